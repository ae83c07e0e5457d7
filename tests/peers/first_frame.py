"""From a closed file to its first picture at 1920 x 1080, in a program that is already running.

    python tests/peers/first_frame.py FILE

Orthoscope: `app/picture/examples/first_frame.rs` (open, read, send, draw, read back; the device is awake).
Peers: QGIS opens the file and draws the whole of it (`qgis_cost.py`); rasterio opens it and reads the same pixels
into an array, and draws nothing. The programs take turns; wall milliseconds, medians.
"""

import json
import statistics
import sys
import time

import rasterio

from protocol import ask_qgis, example, qgis, run

ROUNDS = 9


def read(path):
    start = time.perf_counter()
    with rasterio.open(path, num_threads="ALL_CPUS") as f:
        scale = max(f.width / 1920, f.height / 1080)
        f.read(tuple(range(1, min(f.count, 3) + 1)),
               out_shape=(min(f.count, 3), round(f.height / scale), round(f.width / scale)))
    return (time.perf_counter() - start) * 1000


def main():
    path = sys.argv[1]
    ours_at, python = example("orthoscope-picture", "first_frame"), qgis()
    ours, reads, drawn = [], [], []
    read(path)
    for _ in range(ROUNDS):
        ours.append(json.loads(run([ours_at, path, 1]).splitlines()[-1]))
        reads.append(read(path))
        if python:
            drawn.append(ask_qgis(python, "qgis_cost.py", "frame", path, "1")["first"]["wall_ms"])
    median = {key: statistics.median(o[key] for o in ours) for key in ours[0]}
    print("  orthoscope " + "  ".join(f"{key} {value:.1f} ms" for key, value in median.items()))
    peer = statistics.median(reads)
    print(f"  rasterio   open and read {peer:.1f} ms: ratio {median['whole'] / peer:.2f}; "
          f"without drawing {(median['open'] + median['read']) / peer:.2f}")
    if drawn:
        peer = statistics.median(drawn)
        print(f"  QGIS       open and draw {peer:.1f} ms: ratio {median['whole'] / peer:.2f}")


main()
