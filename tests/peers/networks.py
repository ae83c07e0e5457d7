#!/usr/bin/env python3
"""Networks on the processor beside PyTorch (eager) and ONNX Runtime: the same weights, the same pixels, the same threads.

    networks.py [--farseg .../torchgeo/models/farseg.py] [--threads N] [--rounds N]

Answers must agree before they are timed. The programs take turns by shape; medians of rounds count, seconds of the clock on
`--threads` threads. An epoch is eight batches, learnt from with AdamW. Needs torch and onnxruntime (with onnx and onnxscript for
its files), safetensors; for FarSeg torchvision and torchgeo's file (MIT), which is imported by itself.
"""

import argparse
import importlib.util
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("--farseg")
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=7)
asked = parser.parse_args()
os.environ["RAYON_NUM_THREADS"] = os.environ["OMP_NUM_THREADS"] = str(asked.threads)

import numpy as np
import torch
from protocol import ROOT, example, run_json
from safetensors.torch import save_file

OURS = example("orthoscope-teaching", "network_speed")


def imported(path, *arguments):
    """A module of a file that is a program: what it prints when it is read goes nowhere."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    module = importlib.util.module_from_spec(spec)
    kept, sys.argv, sys.stdout = (sys.argv, sys.stdout), [str(path), *arguments], open(os.devnull, "w")
    try:
        spec.loader.exec_module(module)
    finally:
        sys.argv, sys.stdout = kept
    return module


def timed(work, rounds):
    work()
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def onnx_seconds(net, pixels, folder):
    import onnxruntime

    path = Path(folder) / "net.onnx"
    torch.onnx.export(net, (pixels,), str(path), dynamo=False, input_names=["x"], output_names=["y"])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = asked.threads
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    given = {"x": pixels.numpy()}
    return timed(lambda: session.run(None, given), asked.rounds), session.run(None, given)[0]


def epoch(net, pixels, classes):
    """What one of our epochs is: eight batches forward, back and a step of AdamW."""
    net.train()
    optimiser = torch.optim.AdamW(net.parameters(), lr=1e-4, weight_decay=1e-4)
    target = torch.randint(0, classes, (pixels.shape[0], *pixels.shape[2:]))

    def work():
        for _ in range(8):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(net(pixels), target).backward()
            optimiser.step()

    return timed(work, min(asked.rounds, 3))


def compared(title, family, size, net, pattern, bands, classes, side, batch):
    pixels = pattern(1000, (batch, bands, side, side))
    net.eval()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        weights = Path(folder) / "net.safetensors"
        kept = {k: v.contiguous() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
        save_file(kept, weights)
        ours = run_json([OURS, family, size, weights, *map(str, [bands, classes, side, batch, asked.rounds])])
        theirs = net(pixels)
        right = theirs.reshape(-1).numpy()[:: ours["step"]]
        off = np.abs(np.array(ours["samples"]) - right).max() / np.abs(right).max()
        if not off < 1e-3:
            sys.exit(f"{title}: answers differ by {off:.1e}")
        torch_seconds = timed(lambda: net(pixels), asked.rounds)
        ort_seconds, said = onnx_seconds(net, pixels, folder)
        assert np.abs(said - theirs.numpy()).max() / np.abs(right).max() < 1e-3
    mine = statistics.median(ours["answers"])
    print(f"{title}, {batch} x {bands} x {side} x {side}, {asked.threads} threads; answers off by {off:.1e}")
    print(f"  answer  ours {mine:.3f} s   torch {torch_seconds:.3f} ({mine / torch_seconds:.2f})   "
          f"ORT {ort_seconds:.3f} ({mine / ort_seconds:.2f})")
    learnt, theirs = statistics.median(ours["epochs"]), epoch(net, pixels, classes)
    print(f"  epoch   ours {learnt:.2f} s   torch {theirs:.2f} ({learnt / theirs:.2f})", flush=True)


def main():
    torch.manual_seed(0)
    torch.set_num_threads(asked.threads)
    fixture = imported(ROOT / "plugins/models/unet/fixtures/unet_torch.py")
    for size, first, side, batch in (("tiny", 8, 256, 4), ("small", 16, 256, 4), ("large", 64, 256, 1)):
        net = fixture.UNet(4, 5, first)
        fixture.fill(net)
        compared(f"U-Net {size}", "unet", size, net, fixture.pattern, 4, 5, side, batch)
    if asked.farseg:
        of = importlib.util.spec_from_file_location("farseg", asked.farseg)
        module = importlib.util.module_from_spec(of)
        of.loader.exec_module(module)
        net = module.FarSeg("resnet18", 5, backbone_pretrained=False)
        net.backbone.fc = torch.nn.Identity()
        fixture.fill(net)
        compared("FarSeg ResNet-18", "farseg", "resnet18", net, fixture.pattern, 3, 5, 256, 2)


main()
