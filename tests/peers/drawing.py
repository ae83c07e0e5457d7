"""A million polygons in one picture, beside datashader: `drawing.py [POLYGONS]`.

    cargo build --release -p orthoscope-renderer --example many_shapes
    pip install datashader spatialpandas

Squares of 4 to 11 m in a grid of 12 m, all of them in a picture of 1920 × 1080. Which pixels are covered comes first: a
pixel is covered when its middle lies in a square, as NumPy works it out from the rule that the squares were made by;
both programs are compared with that. Then the wall time of one picture, medians: Orthoscope's shapes stay on the device
(`many_shapes`, which names the adapter: llvmpipe is the processor), datashader's stay in a spatialpandas frame.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
import datashader
import pandas
import spatialpandas
from spatialpandas.geometry import PolygonArray

from protocol import example

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
WIDTH, HEIGHT, CELL = 1920, 1080, 12.0
GOAL = 5


def sides(at):
    return 4.0 + at * 7919 % 8


def expected(said):
    """By the rule itself: which middles of pixels lie in a square; the picture's rows go down."""
    (x0, x1), (y0, y1) = said["x"], said["y"]
    x = x0 + (numpy.arange(WIDTH) + 0.5) * (x1 - x0) / WIDTH
    y = y1 - (numpy.arange(HEIGHT) + 0.5) * (y1 - y0) / HEIGHT
    x, y = numpy.meshgrid(x, y)
    column, row = numpy.floor(x / CELL), numpy.floor(y / CELL)
    at = (row * said["across"] + column).astype(numpy.int64)
    inside = (column >= 0) & (column < said["across"]) & (row >= 0) & (at < COUNT)
    side = sides(at)
    return inside & (x - column * CELL < side) & (y - row * CELL < side)


def peer(said):
    at = numpy.arange(COUNT)
    x, y = at % said["across"] * CELL, at // said["across"] * CELL
    side = sides(at)
    ring = numpy.stack([x, y, x + side, y, x + side, y + side, x, y + side, x, y], 1)
    frame = spatialpandas.GeoDataFrame({"geometry": PolygonArray([[one] for one in ring]), "one": 1})
    canvas = datashader.Canvas(WIDTH, HEIGHT, x_range=tuple(said["x"]), y_range=tuple(said["y"]))
    times = []
    for _ in range(4):
        start = time.perf_counter()
        picture = canvas.polygons(frame, geometry="geometry", agg=datashader.any())
        times.append(time.perf_counter() - start)
    # The first picture is that of the compiler.
    return picture.values[::-1].astype(bool), times[1:]


def main():
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "covered.raw"
        done = subprocess.run([example("orthoscope-renderer", "many_shapes"), str(COUNT), str(out), "5"],
                              capture_output=True, text=True, check=True)
        said = json.loads(done.stdout)
        ours = numpy.fromfile(out, numpy.uint8).reshape(HEIGHT, WIDTH).astype(bool)
    theirs, times = peer(said)
    want = expected(said)
    print(f"{COUNT} polygons, {want.mean():.1%} of {WIDTH} × {HEIGHT} pixels covered")
    print(f"pixels other than the rule says: Orthoscope {(ours != want).mean():.3%}, datashader {(theirs != want).mean():.3%}; "
          f"other than each other {(ours != theirs).mean():.3%}")
    if (ours != want).mean() > 0.005:
        sys.exit("the pictures are not the same, so nothing is timed")
    # The first frame makes what the driver needs.
    mine, peers = statistics.median(said["frame_s"][1:]), statistics.median(times)
    print(f"one picture: {mine * 1e3:.0f} ms on {said['adapter']}, datashader {peers * 1e3:.0f} ms: "
          f"{peers / mine:.2f} times as fast, goal {GOAL}, {'met' if peers / mine >= GOAL else 'MISSED'}")
    print(f"made once: {said['made_s']:.2f} s")


main()
