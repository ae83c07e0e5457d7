"""A project of a million polygons beside the files that geopandas writes and reads: `million.py [REGIONS]`.

    cargo build --release -p orthoscope-store --example journal_speed
    cargo build --release -p orthoscope-project --example bulk_edit

Writing: a project of labelled footprints, durable and with all tables, beside GeoParquet, FlatGeobuf and GeoPackage of
the same shapes and attributes. Opening: until every region and label is in memory with the index, beside pyogrio and
pandas. Which region is under a point: beside shapely's STRtree. Processor seconds of whole processes for writing and
opening (the interpreter's own start is taken off), medians of three.
"""

import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import protocol

REGIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
TURNS = 3

MAKE = """
import geopandas, numpy, shapely
n = {n}
i = numpy.arange(n)
x, y = 500000.37 + (i % 300) * 12.0, 4100000.11 + (i // 300) * 12.0
ring = numpy.stack([numpy.stack([x + a, y + b], 1) for a, b in ((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))], 1)
shapes = shapely.polygons(ring)
frame = geopandas.GeoDataFrame({{"id": [f"way/{{k}}" for k in i], "source": "osm", "class": "no damage", "author": "Ada"}},
                               geometry=shapes, crs=26915)
"""


def cost(command):
    """Processor and wall seconds of a process, and its greatest memory in MB."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return processor, time.monotonic() - start, done.stdout


def python(code):
    return cost([sys.executable, "-c", code])


def program(name):
    target = Path(os.environ.get("CARGO_TARGET_DIR", protocol.ROOT / "target")) / "release" / "examples" / name
    if not target.exists():
        sys.exit(f"cargo build --release --example {name}")
    return str(target)


def middle(runs):
    return tuple(statistics.median(run[i] for run in runs) for i in (0, 1))


def row(what, ours, peer, name, goal):
    ratio = peer[0] / ours[0]
    print(f"{what}: {ours[0]:.2f} s of processor ({ours[1]:.2f} s), {name} {peer[0]:.2f} ({peer[1]:.2f}): "
          f"{ratio:.2f} times as fast, goal {goal}, {'met' if ratio >= goal else 'MISSED'}")


def writing(folder):
    make = MAKE.format(n=REGIONS)
    base = [python(make) for _ in range(TURNS)]
    formats = {
        "GeoParquet": (f"frame.to_parquet('{folder}/p.parquet')", 2),
        "FlatGeobuf": (f"frame.to_file('{folder}/p.fgb', engine='pyogrio')", 5),
        "GeoPackage": (f"frame.to_file('{folder}/p.gpkg', engine='pyogrio')", 8),
    }
    ours, peers = [], {name: [] for name in formats}
    for _ in range(TURNS):
        path = folder / "ours.gpkg"
        path.unlink(missing_ok=True)
        # With all that comes after the import: single edits, closing, opening and checking are in other rows.
        done = cost([program("journal_speed"), str(path), str(REGIONS), "--only-write"])
        said = re.search(r"append the batch: ([\d.]+) s, ([\d.]+) s of processor", done[2])
        ours.append((float(said[2]), float(said[1])))
        for name, (code, _) in formats.items():
            for old in folder.glob("p.*"):
                if old.suffix[1:4] == name.lower()[:3]:
                    old.unlink()
            peers[name].append(python(make + code))
    start = middle(base)
    for name, (_, goal) in formats.items():
        peer = middle(peers[name])
        row(f"write {REGIONS} labelled regions", middle(ours), (peer[0] - start[0], peer[1] - start[1]), name, goal)


def opening(folder):
    base = [python("import geopandas, pyogrio") for _ in range(TURNS)]
    start = middle(base)
    ours, read = [], {"pyogrio.read_dataframe(use_arrow=True), GeoPackage": [], "geopandas.read_parquet": []}
    codes = [
        f"import geopandas, pyogrio; f = pyogrio.read_dataframe('{folder}/p.gpkg', use_arrow=True); assert len(f) == {REGIONS}",
        f"import geopandas, pyogrio; f = geopandas.read_parquet('{folder}/p.parquet'); assert len(f) == {REGIONS}",
    ]
    for _ in range(TURNS):
        done = cost([program("journal_speed"), str(folder / "ours.gpkg"), "0"])
        ours.append(done[:2])
        print(re.search(r"memory while it is open.*", done[2])[0])
        for name, code in zip(read, codes):
            read[name].append(python(code))
    for name, runs in read.items():
        peer = middle(runs)
        row(f"open {REGIONS}", middle(ours), (peer[0] - start[0], peer[1] - start[1]), name, 20)


def pointing(folder):
    code = MAKE.format(n=REGIONS) + """
import json, time
tree = shapely.STRtree(shapes)
r = numpy.random.default_rng(1)
points = shapely.points(r.uniform(x.min(), x.max(), 20000), r.uniform(y.min(), y.max(), 20000))
best = 9
for _ in range(3):
    start = time.process_time()
    for point in points[:2000]:
        tree.query(point, predicate="intersects")
    best = min(best, (time.process_time() - start) / 2000)
start = time.process_time(); tree.query(points, predicate="intersects"); bulk = (time.process_time() - start) / 20000
box = shapely.box(x.min(), y.min(), x.min() + 3600, y.min() + 4000)
start = time.process_time(); found = len(tree.query(box, predicate="intersects")); select = time.process_time() - start
print(json.dumps([best, bulk, select, found]))
"""
    one, bulk, select, found = json.loads(python(code)[2])
    said = cost([program("bulk_edit"), str(REGIONS)])[2]
    print(said)
    print(f"STRtree: {one * 1e6:.1f} µs a point one by one, {bulk * 1e6:.2f} in bulk; a box with {found} regions {select * 1e3:.1f} ms")


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        writing(folder)
        opening(folder)
        pointing(folder)


if __name__ == "__main__":
    main()
