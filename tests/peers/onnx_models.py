#!/usr/bin/env python3
"""ONNX models in our process beside ONNX Runtime's own Python: the same library, the same tiles, the same threads.

    onnx_models.py [--model FILE.onnx ...] [--side N] [--batch N] [--rounds N]

Probabilities must agree to 1e-6 before anything is timed; the programs take turns by model, and medians of rounds count. Without
--model the models of the repository's fixtures are asked. Our process uses one thread fewer than there are cores, and so does
Python here. Needs onnx, onnxruntime and numpy; `cargo build --release -p orthoscope-onnx --features runtime --example onnx_ask`.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from protocol import ROOT, example, run

parser = argparse.ArgumentParser()
parser.add_argument("--model", action="append", type=Path)
parser.add_argument("--ask", type=Path, help="the example, where it lies elsewhere")
parser.add_argument("--side", type=int, default=256)
parser.add_argument("--batch", type=int, default=2)
parser.add_argument("--rounds", type=int, default=7)
asked = parser.parse_args()

OURS = asked.ask or example("orthoscope-onnx", "onnx_ask")
LIBRARY = sorted((Path(onnxruntime.__file__).parent / "capi").glob("libonnxruntime.so*"))[0]
FIXTURES = [ROOT / "plugins/models/onnx/fixtures" / f"{name}.onnx" for name in ("logits", "softmax", "sigmoid", "bright")]


def theirs(path, pixels):
    """Probabilities as QGIS Deepness prepares pixels and ONNX Runtime answers; and seconds of a round."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = max(1, (os.cpu_count() or 1) - 1)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    keys = session.get_modelmeta().custom_metadata_map
    bands = pixels.shape[1]
    of = lambda key, other: np.array(json.loads(keys[key]) if key in keys else [other] * bands, np.float32)
    mean, std = (of(k, v).reshape(1, bands, 1, 1) for k, v in (("standardization_mean", 0.0), ("standardization_std", 1.0)))
    seen = (pixels / np.float32(255) - mean) / std
    name, seconds, said = session.get_inputs()[0].name, [], []
    fixed = session.get_inputs()[0].shape[0]
    step = fixed if isinstance(fixed, int) else len(seen)
    for _ in range(asked.rounds):
        started = time.perf_counter()
        said = np.concatenate([session.run(None, {name: seen[i : i + step]})[0] for i in range(0, len(seen), step)])
        seconds.append(time.perf_counter() - started)
    said = said.astype(np.float64)
    if said.ndim == 3:
        said = said[:, None]
    is_share = said.min() >= 0 and said.max() <= 1
    if said.shape[1] == 1:
        p = said if is_share else 1 / (1 + np.exp(-said))
        return np.concatenate([1 - p, p], axis=1), statistics.median(seconds)
    if not (is_share and np.abs(said.sum(axis=1) - 1).max() < 1e-3):
        said = np.exp(said - said.max(axis=1, keepdims=True))
    return said / said.sum(axis=1, keepdims=True), statistics.median(seconds)


def main():
    chance = np.random.default_rng(7)
    print(f"ONNX Runtime {onnxruntime.__version__}")
    for path in asked.model or FIXTURES:
        shape = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"]).get_inputs()[0].shape
        side = shape[2] if isinstance(shape[2], int) else asked.side
        pixels = chance.integers(0, 256, (asked.batch, shape[1], side, side)).astype(np.float32)
        with tempfile.TemporaryDirectory() as folder:
            given, out = Path(folder) / "in.f32", Path(folder) / "out.f32"
            pixels.astype("<f4").tofile(given)
            environment = {**os.environ, "ORT_DYLIB_PATH": str(LIBRARY)}
            command = [OURS, path, given, asked.batch, side, asked.rounds, out]
            ours = json.loads(run(command, env=environment))
            said = np.fromfile(out, "<f4").reshape(asked.batch, ours["classes"], side, side)
        right, seconds = theirs(path, pixels)
        off = np.abs(said - right).max()
        if not off <= 1e-6:
            sys.exit(f"{path.name}: probabilities differ by {off:.1e}")
        mine = statistics.median(ours["seconds"])
        print(f"{path.name}: {pixels.shape}; probabilities off by {off:.1e}; "
              f"ours {mine * 1000:.2f} ms, Python {seconds * 1000:.2f} ms ({mine / seconds:.2f})")


main()
