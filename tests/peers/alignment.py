"""Alignment against an independent writing of the rule, and against SciPy, NumPy and shapely; then what alignment is
worth on a scene whose truth is known.

    python tests/peers/alignment.py ORTHOSCOPE [demo=FOLDER]

The rule: of all adjustments, in the order of the file, the one that begins nearest to any vertex of the building moves
the whole building; an adjustment takes the place of another only if it is strictly nearer. Fails unless every shift is
exactly the same, and unless every number agrees to 1e-9.
"""

import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import scipy.stats
import shapely
import shapely.affinity
from PIL import Image

PROGRAM = pathlib.Path(sys.argv[1]).resolve()
OPTIONS = dict(argument.split("=", 1) for argument in sys.argv[2:])
BUILDINGS, ARROWS, SIDE = 1000, 100, 6000
METHODS = ["nearest", "translation", "affine", "inverse-distance", "thin-plate"]


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr}")
    return json.loads(done.stdout)


def the_rule(ring, arrows):
    best, nearest = math.inf, None
    for (x0, y0), (x1, y1) in arrows:
        for x, y in ring:
            distance = math.sqrt((x - x0) ** 2 + (y - y0) ** 2)
            if distance < best:
                best, nearest = distance, (x1 - x0, y1 - y0)
    return nearest


def buildings(rng, whole):
    """Convex rings with 3 to 9 corners; on whole pixels many are equally near to two arrows."""
    for number in range(BUILDINGS):
        corners = int(rng.integers(3, 10))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        middle, size = rng.uniform(100, SIDE - 100, 2), rng.uniform(20, 90)
        ring = middle + size * np.stack([np.cos(angles), np.sin(angles)], 1)
        if whole:
            ring = np.round(ring / 40) * 40
        ring = [tuple(map(float, corner)) for corner in ring]
        if not shapely.Polygon(ring).is_valid or shapely.Polygon(ring).area == 0:
            ring = [(x, y) for x, y in ((0, 0), (80, 0), (80, 40), (0, 40))]
            ring = [(x + 40.0 * (number % 100), y + 40.0 * (number // 100)) for x, y in ring]
        yield f"b{number}", [*ring, ring[0]]


def annotation(name, ring):
    pixels = [{"x": x, "y": y} for x, y in ring]
    return {"source": "OSM", "label": "no damage", "pixels": pixels, "id": name}


def random_case(folder, rng, whole):
    step = 40 if whole else 1e-9
    starts = np.round(rng.uniform(0, SIDE, (ARROWS, 2)) / step) * step
    ends = starts + np.round(rng.normal(0, 60, (ARROWS, 2)) * 4) / 4
    arrows = [[list(map(float, s)), list(map(float, e))] for s, e in zip(starts, ends)]
    shapes = list(buildings(rng, whole))
    Image.new("L", (SIDE, SIDE)).save(folder / "image.png")
    (folder / "buildings.json").write_text(json.dumps([annotation(*shape) for shape in shapes]))
    (folder / "arrows.json").write_text(json.dumps(arrows))
    project = folder / "p.gpkg"
    run("new", project)
    run("add", project, folder / "image.png")
    taken = run("import", project, folder / "buildings.json", "--as", "regions")["accepted"]
    run("import", project, folder / "arrows.json", "--author", "peer")
    assert taken == BUILDINGS or whole, taken
    return project, dict(shapes), arrows


def compare(project, shapes, arrows):
    said = run("align", project, "--method", "nearest")
    assert said["adjustments"] == len(arrows), said["adjustments"]
    largest, distances, angles, ious = 0.0, [], [], []
    for region in said["regions"]:
        ring = shapes[region["source_id"]]
        dx, dy = the_rule(ring, arrows)
        largest = max(largest, abs(region["dx_px"] - dx), abs(region["dy_px"] - dy))
        before = shapely.Polygon(ring)
        after = shapely.affinity.translate(before, dx, dy)
        ious.append(before.intersection(after).area / before.union(after).area)
        assert math.isclose(region["iou"], ious[-1], abs_tol=1e-6), (region, ious[-1])
        distances.append(math.hypot(dx, dy))
        angles.append((math.degrees(math.atan2(dy, dx)) + 360) % 360)
        assert math.isclose(region["angle_deg"], angles[-1], abs_tol=1e-9)
    theirs = {
        "mean_px": np.mean(distances),
        "coefficient_of_variation": scipy.stats.variation(distances),
        "circular_variance": scipy.stats.circvar(np.radians(angles)),
        "spearman": scipy.stats.spearmanr(angles, distances).statistic,
        "pearson": scipy.stats.pearsonr(angles, distances).statistic,
    }
    for quantile in said["quantiles"]:
        theirs[f"quantile {quantile['share']}"] = np.quantile(distances, quantile["share"])
        said[f"quantile {quantile['share']}"] = quantile["px"]
    worst = max(abs(said[key] - float(value)) for key, value in theirs.items())
    iou = abs(said["mean_iou"] - np.mean(ious))
    return len(said["regions"]), largest, worst, iou


def left_out(arrows):
    """By how much each arrow is missed by a plane, and by a plate, through the others: fitted anew each time."""
    from scipy.interpolate import RBFInterpolator

    starts, shifts = np.array([a[0] for a in arrows]), np.array([np.subtract(a[1], a[0]) for a in arrows])
    errors = {"affine": [], "thin-plate": [], "translation": [], "nearest": [], "inverse-distance": []}
    for i in range(len(arrows)):
        others = np.arange(len(arrows)) != i
        s, d, p = starts[others], shifts[others], starts[i]
        plane = np.linalg.lstsq(np.c_[np.ones(len(s)), s], d, rcond=None)[0]
        said = {
            "affine": np.r_[1, p] @ plane,
            "thin-plate": RBFInterpolator(s, d, kernel="thin_plate_spline", degree=1)(p[None])[0],
            "translation": d.mean(0),
            "nearest": d[np.argmin(np.hypot(*(s - p).T))],
        }
        weights = 1 / ((s - p) ** 2).sum(1)
        said["inverse-distance"] = (d * weights[:, None]).sum(0) / weights.sum()
        for method, value in said.items():
            errors[method].append(np.hypot(*(shifts[i] - value)))
    return {method: float(np.mean(values)) for method, values in errors.items()}


def on_demo(folder, count=30):
    """Footprints of the synthetic town: how far they are from where the image shows them, before and after."""
    scene = pathlib.Path(folder)
    drawn = json.loads((scene / "annotations.crasar.json").read_text())
    arrows = json.loads((scene / "adjustments.json").read_text())
    truth = {a["id"]: np.subtract(arrow[1], arrow[0]) for a, arrow in zip(drawn, arrows, strict=True)}
    rng = np.random.default_rng(30)
    chosen = rng.choice(len(arrows), count, replace=False)
    told = {drawn[i]["id"] for i in chosen}
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        project = place / "town.gpkg"
        run("new", project)
        run("add", project, scene / "post.tif")
        run("import", project, scene / "footprints.geojson", "--as", "regions")
        (place / "arrows.json").write_text(json.dumps([arrows[i] for i in chosen]))
        run("import", project, place / "arrows.json", "--author", "peer")
        before = np.mean([np.hypot(*shift) for name, shift in truth.items() if name not in told])
        print(f"\nTown: {len(truth)} footprints, {count} arrows; the others are off by {before:.2f} px")
        for method in METHODS:
            said = run("align", project, "--method", method)
            shifts = {r["source_id"]: (r["dx_px"], r["dy_px"]) for r in said["regions"]}
            others = [np.hypot(*(truth[n] - shifts[n])) for n in truth if n not in told]
            held = next(e for e in said["errors"] if e["method"] == method)
            print(
                f"  {method:17} {np.mean(others):6.2f} px left ({np.mean(others) / before:.0%}), 90 % within "
                f"{np.quantile(others, 0.9):6.2f} px; foretold by leaving out: {held['mean_px']:6.2f} px"
            )


def main():
    for whole in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            project, shapes, arrows = random_case(pathlib.Path(folder), np.random.default_rng(7 + whole), whole)
            count, shift, numbers, iou = compare(project, shapes, arrows)
            kind = "whole pixels, many ties" if whole else "any place"
            print(f"{count} polygons x {len(arrows)} arrows ({kind}): largest difference of a shift {shift}")
            print(f"  mean, variation, circvar, spearmanr, pearsonr, quantiles: {numbers:.1e}; mean IoU {iou:.1e}")
            if shift != 0 or numbers > 1e-9 or iou > 1e-9:
                sys.exit("differs from the peers")
            if not whole:
                theirs = left_out(arrows)
                ours = {e["method"]: e["mean_px"] for e in run("align", project)["errors"]}
                worst = max(abs(ours[m] - theirs[m]) / theirs[m] for m in METHODS)
                print(f"  arrows left out one by one, each method fitted anew by NumPy and SciPy: {worst:.1e} relative")
                if worst > 1e-6:
                    sys.exit("differs from the peers")
    if "demo" in OPTIONS:
        on_demo(OPTIONS["demo"])


main()
