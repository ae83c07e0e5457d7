"""A million polygons in one picture, beside datashader: `drawing.py [POLYGONS]`.

    cargo build --release -p orthoscope-renderer --example many_shapes
    pip install datashader spatialpandas

Squares of 4 to 11 m in a grid of 12 m, all of them in a picture of 1920 × 1080. What is covered comes first, as NumPy works
it out from the rule that the squares were made by. Shapes drawn one by one, and datashader: which pixels have their middle in
a square. As the window shows very many, by cells of coverage: the exact areas on its grids, smoothed as it says, pixel by pixel.
Then the wall time of one picture, medians: Orthoscope's shapes and cells stay on the device (`many_shapes`, which names the
adapter: llvmpipe is the processor), datashader's shapes stay in a spatialpandas frame; and of making the cells.
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


def areas(said, texel, left, top, columns, rows):
    """How much of each texel of a grid lies in squares, exactly: a square is a stretch of x times one of y."""
    at = numpy.arange(COUNT)
    side = sides(at)
    x = (at % said["across"] * CELL - left) / texel
    y = (top - at // said["across"] * CELL - side) / texel
    size = side / texel
    grid = numpy.zeros((rows, columns))
    first_x, first_y = numpy.floor(x).astype(int), numpy.floor(y).astype(int)
    for dy in range(int(size.max()) + 2):
        for dx in range(int(size.max()) + 2):
            i, j = first_x + dx, first_y + dy
            wide = numpy.clip(numpy.minimum(x + size, i + 1) - numpy.maximum(x, i), 0, None)
            high = numpy.clip(numpy.minimum(y + size, j + 1) - numpy.maximum(y, j), 0, None)
            inside = (i >= 0) & (i < columns) & (j >= 0) & (j < rows)
            numpy.add.at(grid, (j[inside], i[inside]), (wide * high)[inside])
    return grid


def mass(said):
    """The picture of the mass: on the grids of the two powers of two around a pixel's width the exact areas, smoothed between
    texels and mixed by how far the width is on the way from the one to the other."""
    (x0, x1), (y0, y1) = said["x"], said["y"]
    pixel = (x1 - x0) / WIDTH
    level = int(numpy.floor(numpy.log2(pixel)))
    way = numpy.log2(pixel) - level
    x = x0 + (numpy.arange(WIDTH) + 0.5) * pixel
    y = y1 - (numpy.arange(HEIGHT) + 0.5) * pixel

    def seen(texel):
        left, top = (numpy.floor(x0 / texel) - 2) * texel, (numpy.ceil(y1 / texel) + 2) * texel
        columns, rows = int((x1 - left) / texel) + 4, int((top - y0) / texel) + 4
        grid = numpy.minimum(areas(said, texel, left, top, columns, rows), 1)
        u, v = (x - left) / texel - 0.5, (top - y) / texel - 0.5
        i, j = numpy.floor(u).astype(int), numpy.floor(v).astype(int)
        across, down = (u - i)[None, :], (v - j)[:, None]
        above = grid[j][:, i] * (1 - across) + grid[j][:, i + 1] * across
        below = grid[j + 1][:, i] * (1 - across) + grid[j + 1][:, i + 1] * across
        return above * (1 - down) + below * down

    return seen(2.0**level) * (1 - way) + seen(2.0 ** (level + 1)) * way


def draw(folder, *words):
    out = Path(folder) / "covered.raw"
    done = subprocess.run([example("orthoscope-renderer", "many_shapes"), str(COUNT), str(out), "5", *words],
                          capture_output=True, text=True, check=True)
    return json.loads(done.stdout), numpy.fromfile(out, numpy.uint8).reshape(HEIGHT, WIDTH)


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
        said, ours = draw(folder)
        ours = ours > 127
        from_afar, cells = draw(folder, "far")
    theirs, times = peer(said)
    want = expected(said)
    print(f"{COUNT} polygons, {want.mean():.1%} of {WIDTH} × {HEIGHT} pixels covered")
    print(f"pixels other than the rule says: Orthoscope {(ours != want).mean():.3%}, datashader {(theirs != want).mean():.3%}; "
          f"other than each other {(ours != theirs).mean():.3%}")
    if (ours != want).mean() > 0.005:
        sys.exit("the pictures are not the same, so nothing is timed")
    exact = mass(from_afar)
    off = numpy.abs(cells / 255 - exact)
    print(f"mass, {exact.mean():.2%} of the picture: Orthoscope's cells {cells.mean() / 255:.2%}, off by {off.mean():.4f} a pixel "
          f"({off.max():.4f} at most); datashader says {theirs.mean():.2%}")
    if off.max() > 0.02:
        sys.exit("the mass is not that of the squares, so nothing is timed")
    peers = statistics.median(times)
    mine = statistics.median(from_afar["frame_s"][1:])
    print(f"one picture by cells of coverage: {mine * 1e3:.0f} ms on {from_afar['adapter']}, datashader {peers * 1e3:.0f} ms: "
          f"{peers / mine:.2f} times as fast, goal {GOAL}, {'met' if peers / mine >= GOAL else 'MISSED'}")
    built = from_afar["built_s"]
    print(f"making the cells, one thread: {built * 1e3:.0f} ms: {peers / built:.2f} times as fast as datashader's picture, goal 1, "
          f"{'met' if built <= peers else 'MISSED'}; {from_afar['outlines_mb']:.0f} MB of outlines")
    # The first frame makes what the driver needs.
    mine = statistics.median(said["frame_s"][1:])
    print(f"one picture, each shape drawn: {mine * 1e3:.0f} ms: {peers / mine:.2f} times as fast")
    print(f"made once: {said['made_s']:.2f} s")


main()
