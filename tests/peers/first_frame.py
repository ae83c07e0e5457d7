"""From a closed file to its first picture at 1920 x 1080, in a program that is already running.

    python tests/peers/first_frame.py FILE

Orthoscope: `app/picture/examples/first_frame.rs` (open, read, send, draw, read back; the device is awake).
Peer: rasterio opens the file and reads the same pixels into an array; it draws nothing.
"""

import json
import os
import statistics
import sys
import time
from pathlib import Path

import rasterio

from protocol import ROOT, run

ROUNDS = 9


def peer(path):
    start = time.perf_counter()
    with rasterio.open(path, num_threads="ALL_CPUS") as f:
        scale = max(f.width / 1920, f.height / 1080)
        f.read(tuple(range(1, min(f.count, 3) + 1)),
               out_shape=(min(f.count, 3), round(f.height / scale), round(f.width / scale)))
    return (time.perf_counter() - start) * 1000


def main():
    path = sys.argv[1]
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    example = target / "release" / "examples" / "first_frame"
    if not example.exists():
        sys.exit("cargo build --release -p orthoscope-picture --example first_frame")
    ours, theirs = [], []
    peer(path)
    for _ in range(ROUNDS):
        ours.append(json.loads(run([example, path, 1]).splitlines()[-1]))
        theirs.append(peer(path))
    median = {key: statistics.median(o[key] for o in ours) for key in ours[0]}
    read = statistics.median(theirs)
    print("  orthoscope " + "  ".join(f"{key} {value:.1f} ms" for key, value in median.items()))
    print(f"  rasterio   open and read {read:.1f} ms")
    print(f"  ratio: {median['whole'] / read:.2f}x; without drawing {(median['open'] + median['read']) / read:.2f}x")


main()
