"""Changes of shapes against shapely, on random sound and unsound input.

    python tests/peers/geometry.py [INPUTS] [PROGRAM]

A third of the inputs is sound: outlines with holes and parts apart. The others are tangles: corners at random, or on
few grid points so that edges lie on edges and corners on corners; parts that overlap, spikes, doubled edges. Half lie
near the origin, half at the coordinates of a UTM zone, where shapely is given the same shapes moved to the origin (its
noding would round otherwise). What an unsound ring encloses is the even-odd rule for both sides: shapely's nodes and
faces, each face counted by a ray; for sound shapes shapely takes the shape as it is.

Per operation: how often both made a shape, the largest area of the symmetric difference as a share of the area that
went in, and how often one of them made none. Fails above 1e-9. "box" is no such operation: GEOS looks for the
narrowest box, Orthoscope for the smallest; it fails where shapely's is smaller.

The shapes of "box" are widened too. "widen" is
compared with an outline of 256 corners to the circle, Orthoscope's having 63: the difference is a share of the area
that was added, and fails above a chord's error.
"""

import json
import subprocess
import sys

import numpy as np
import shapely
from shapely.geometry import LineString, MultiPolygon, Polygon
from shapely.ops import polygonize, unary_union

from protocol import ROOT

INPUTS = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
PROGRAM = sys.argv[2] if len(sys.argv) > 2 else None
TOLERANCE = 1e-9
CHORD = 2e-3  # an arc of 0.1 radians and its chord differ by 1.25e-3 of the distance
ALONE = ["widen"]
OPERATIONS = ["merge", "subtract", "intersect", "cut out", "fill holes", "repair", "split", "box"]


def ring(rng, grid, middle, size):
    n = int(rng.integers(3, 16))
    if grid:
        return (middle + rng.integers(0, 9, (n, 2)) * size / 8).tolist()
    if rng.random() < 0.5:  # a star round its middle: sound
        angle = np.sort(rng.uniform(0, 2 * np.pi, n))
        radius = rng.uniform(0.3, 1.0, n) * size / 2
        return (middle + size / 2 + np.stack([np.cos(angle), np.sin(angle)], 1) * radius[:, None]).tolist()
    return (middle + rng.uniform(0, size, (n, 2))).tolist()


def star(rng, middle, radius, n):
    angle = np.sort(rng.uniform(0, 2 * np.pi, n))
    return (middle + np.stack([np.cos(angle), np.sin(angle)], 1) * rng.uniform(0.4, 1.0, (n, 1)) * radius).tolist()


def sound_shape(rng, middle, size):
    """Outlines with a hole each, apart from each other."""
    polygons = []
    for i in range(int(rng.choice([1, 1, 2]))):
        at = middle + rng.uniform(0.4, 0.6, 2) * size + np.array([i * 1.5 * size, 0])
        n = int(rng.integers(12, 40))
        while True:
            rings = [star(rng, at, size / 2, n)]
            if rng.random() < 0.5:
                rings.append(star(rng, at, size / 20, 8))
            if Polygon(closed(rings[0]), [closed(r) for r in rings[1:]]).is_valid:
                break
        polygons.append(rings)
    return polygons


def shape(rng, grid, middle, size):
    if rng.random() < 0.6:
        return sound_shape(rng, middle, size)
    polygons = []
    for _ in range(int(rng.choice([1, 1, 1, 2, 3]))):
        shift = rng.integers(0, 3, 2) * size / 4
        rings = [ring(rng, grid, middle + shift, size)]
        for _ in range(int(rng.choice([0, 0, 1, 2]))):
            rings.append(ring(rng, grid, middle + shift + size / 4, size / 3))
        polygons.append(rings)
    return polygons


def tasks():
    rng = np.random.default_rng(11)
    for n in range(INPUTS):
        grid = bool(n % 2)
        middle = np.array([0.0, 0.0]) if n % 4 < 2 else np.array([366_812.0, 4_103_990.0])
        size = float(rng.choice([8.0, 40.0, 400.0]))
        line = (middle + np.array([[-size, rng.uniform(0, size)], [size * 3, rng.uniform(0, size)]])).tolist()
        if OPERATIONS[n % 8] == "cut out":
            line = ring(rng, grid, middle, size)
        task = {
            "operation": OPERATIONS[n % 8],
            "shapes": [shape(rng, grid, middle, size) for _ in range(2)],
            "line": line,
        }
        yield task
        if task["operation"] == "box":
            for operation in ALONE:
                yield {**task, "operation": operation, "shapes": task["shapes"][:1], "amount": size / 16}


def closed(points):
    return points if points[0] == points[-1] else points + [points[0]]


def crossings(points, x, y):
    """How often a ray to the right of a place meets a ring."""
    p = np.asarray(closed(points))
    a, b = p[:-1], p[1:]
    spans = (a[:, 1] > y) != (b[:, 1] > y)
    a, b = a[spans], b[spans]
    return int(((a[:, 0] + (b[:, 0] - a[:, 0]) * (y - a[:, 1]) / (b[:, 1] - a[:, 1])) > x).sum())


def enclosed(rings):
    """What rings enclose by the even-odd rule, from shapely's own nodes and faces."""
    lines = unary_union([LineString(closed(r)) for r in rings])
    inside = []
    for face in polygonize(lines):
        # Far from every edge: a face may have spikes no wider than the last bit.
        x, y = shapely.maximum_inscribed_circle(face).coords[0]
        if sum(crossings(r, x, y) for r in rings) % 2:
            inside.append(face)
    return unary_union(inside)


def area_of(polygons):
    whole = given(polygons)
    return whole if whole.is_valid else unary_union([enclosed(rings) for rings in polygons])


def moved(rings, by):
    """Exactly: map coordinates differ from each other by numbers that floats hold."""
    return [[[x - by[0], y - by[1]] for x, y in r] for r in rings]


def near(task):
    by = task["shapes"][0][0][0][0]
    return {
        **task,
        "shapes": [[moved(rings, by) for rings in polygons] for polygons in task["shapes"]],
        "line": moved([task["line"]], by)[0],
    }, by


def given(polygons):
    """The shape as it came, sound or not."""
    made = [Polygon(closed(r[0]), [closed(h) for h in r[1:]]) for r in polygons]
    return made[0] if len(made) == 1 else MultiPolygon(made)


def areas_only(shape):
    parts = [g for g in getattr(shape, "geoms", [shape]) if g.area > 0]
    return unary_union(parts)


def theirs(task):
    a, b = (area_of(s) for s in (task["shapes"] * 2)[:2])
    operation = task["operation"]
    if operation == "merge":
        return [a.union(b)]
    if operation == "subtract":
        return [areas_only(a.difference(b))]
    if operation == "intersect":
        return [areas_only(a.intersection(b))]
    if operation == "cut out":
        taken = enclosed([task["line"]])
        return [areas_only(a.difference(taken))] if areas_only(a.intersection(taken)).area > 0 else []
    if operation == "fill holes":
        polygons = [a] if a.geom_type == "Polygon" else list(a.geoms)
        holes = any(len(p.interiors) for p in polygons)
        return [unary_union([Polygon(p.exterior) for p in polygons])] if holes else []
    if operation == "repair":
        return [] if given(task["shapes"][0]).is_valid else [a]
    if operation == "split":
        polygons = [a] if a.geom_type == "Polygon" else list(a.geoms)
        whole, cut = [], []
        for p in polygons:
            faces = polygonize(unary_union([p.boundary, LineString(task["line"])]))
            pieces = [f for f in faces if p.contains(f.representative_point())]
            (cut if len(pieces) > 1 else whole).append(pieces if len(pieces) > 1 else p)
        pieces = sorted((f for group in cut for f in group), key=lambda f: -f.area)
        return [unary_union([pieces[0], *whole]), *pieces[1:]] if pieces else []
    if operation == "widen":
        return [a.buffer(task["amount"], quad_segs=64)] if a.area > 0 else []
    return [given(task["shapes"][0]).minimum_rotated_rectangle] if not a.is_empty else []


def shapes_of(answer, by):
    if isinstance(answer, str):
        return []
    moved_back = [[moved(rings, by) for rings in polygons] for polygons in answer]
    return [unary_union([Polygon(r[0], r[1:]) for r in polygons]) for polygons in moved_back]


def difference(ours, reference):
    """The symmetric difference, pieces paired by where they lie."""
    rest, total = list(reference), 0.0
    for made in ours:
        best = max(range(len(rest)), key=lambda i: made.intersection(rest[i]).area, default=None)
        other = rest.pop(best) if best is not None else Polygon()
        total += made.symmetric_difference(other).area
    return total + sum(r.area for r in rest)


def main():
    all_tasks = list(tasks())
    command = [PROGRAM] if PROGRAM else "cargo run --quiet -p orthoscope-spatial --example geometry".split()
    text = json.dumps(all_tasks)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT)
    answers = json.loads(done.stdout)
    found = {operation: [0, 0.0, 0, 0, 0] for operation in OPERATIONS + ALONE}
    sound = 0
    for task, answer in zip(all_tasks, answers, strict=True):
        row = found[task["operation"]]
        sound += task["operation"] not in ALONE and all(given(s).is_valid for s in task["shapes"])
        task, by = near(task)
        reference = theirs(task)
        ours, reference = shapes_of(answer, by), [r for r in reference if r.area > 0]
        row[3] += sum(not shapely.is_valid(Polygon(r[0], r[1:])) for g in answer for r in g) if not isinstance(answer, str) else 0
        size = sum(area_of(s).area for s in task["shapes"])
        if task["operation"] == "widen":
            size = sum(r.area for r in reference) - size
        if task["operation"] == "box" and ours and reference:
            row[0] += 1
            row[1] = max(row[1], (ours[0].area - reference[0].area) / size)
            continue
        if bool(ours) != bool(reference):
            row[2] += sum(s.area for s in ours + reference) > TOLERANCE * size
            continue
        row[4] += len(ours) != len(reference)
        if ours:
            row[0] += 1
            row[1] = max(row[1], difference(ours, reference) / size)
    print(f"{INPUTS} inputs, {sound} of them sound")
    print(f"{'operation':12}{'compared':>9}{'largest difference':>20}{'one made none':>15}{'unsound':>9}{'pieces differ':>15}")
    for operation, (count, worst, lone, unsound, pieces) in found.items():
        print(f"{operation:12}{count:9}{worst:20.2e}{lone:15}{unsound:9}{pieces:15}")
    most = {operation: CHORD if operation == "widen" else TOLERANCE for operation in found}
    bad = [o for o, (_, worst, lone, unsound, _) in found.items() if worst >= most[o] or lone or unsound]
    sys.exit(f"differs: {bad}" if bad else 0)


if __name__ == "__main__":
    main()
