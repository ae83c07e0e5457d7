#!/usr/bin/env python3
"""How many clicks it takes to find a building, without any weights: `assist.py CLICKS_PROGRAM FOLDER [MOST_OBJECTS] [--alone]`.

    cargo build --release -p orthoscope-segment --example clicks

FOLDER holds the images of Joplin before and after the tornado of 2011 and the outlines of its buildings with their damage (a
model's). Clicks are simulated as Sofiiuk and others do (RITM, 2021): the first in the middle of the object, each further one in
the middle of the larger of what is missing and what is too much, 20 at most. NoC@85 is the number of clicks until IoU is 0.85; an
object that is not reached counts 20. scikit-image's random walker and OpenCV's GrabCut get clicks by the same rule, as discs of
two pixels, and the rim of the picture as what is not meant. Intervals: 95 %, 1,000 resamplings of the objects.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import cv2
import geopandas
import numpy as np
import rasterio
from rasterio.features import rasterize
from scipy import ndimage
from skimage.segmentation import random_walker

MOST_CLICKS = 20
OURS = ("walker", "grabcut", "watershed", "superpixels", "flood")
KINDS = {1: "no damage", 2: "minor damage", 3: "major damage", 4: "destroyed"}


class Program:
    """Ours, waiting for clicks on one picture."""

    def __init__(self, path, picture):
        height, width, bands = picture.shape
        self.shape = (height, width)
        self.file = tempfile.NamedTemporaryFile(suffix=".f32")
        np.moveaxis(picture, 2, 0).astype(np.float32).tofile(self.file.name)
        command = [path, str(width), str(height), str(bands), self.file.name]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def find(self, method, clicks):
        line = " ".join([method, *(f"{x} {y} {int(this)}" for x, y, this in clicks)])
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        count = self.shape[0] * self.shape[1]
        answer = self.process.stdout.read(count)
        if len(answer) != count:
            sys.exit("the program ended")
        return np.frombuffer(answer, np.uint8).reshape(self.shape) > 0

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def marks(shape, clicks, this, other):
    found = np.zeros(shape, np.uint8)
    found[[0, -1], :] = found[:, [0, -1]] = other
    for x, y, is_this in clicks:
        cv2.circle(found, (int(x), int(y)), 2, this if is_this else other, -1)
    return found


def scikit(picture, clicks):
    found = marks(picture.shape[:2], clicks, 1, 2)
    return random_walker(picture / 255.0, found.astype(int), beta=130, mode="cg_j", channel_axis=2) == 1


def opencv(picture, clicks):
    known = marks(picture.shape[:2], clicks, 1, 2)
    mask = np.where(known == 1, cv2.GC_FGD, np.where(known == 2, cv2.GC_BGD, cv2.GC_PR_BGD)).astype(np.uint8)
    # Around the first click something is meant, or there is nothing to begin with.
    cv2.circle(mask, tuple(int(n) for n in clicks[0][:2]), 8, cv2.GC_PR_FGD, -1)
    mask[known == 1], mask[known == 2] = cv2.GC_FGD, cv2.GC_BGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)
    cv2.grabCut(np.ascontiguousarray(picture), mask, None, *models, 5, cv2.GC_INIT_WITH_MASK)
    return (mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)


def next_click(truth, found):
    """The middle of the larger error: the place that is farthest from its rim."""
    far = []
    for wrong in (truth & ~found, found & ~truth):
        distance = ndimage.distance_transform_edt(np.pad(wrong, 1))[1:-1, 1:-1]
        at = np.unravel_index(distance.argmax(), distance.shape)
        far.append((distance[at], at))
    (missing, at), (excess, beyond) = far
    row, column = at if missing >= excess else beyond
    return int(column), int(row), bool(missing >= excess)


def course(find, truth):
    """IoU after each click."""
    clicks, found, reached = [], np.zeros_like(truth), []
    for _ in range(MOST_CLICKS):
        click = next_click(truth, found)
        if click in clicks:
            break
        clicks.append(click)
        found = find(clicks)
        reached.append((found & truth).sum() / (found | truth).sum())
        if reached[-1] >= 0.9:
            break
    # What is found stays; clicks that would change nothing are not counted as better or worse.
    return reached + [reached[-1]] * (MOST_CLICKS - len(reached))


def objects(path, polygons, most):
    """Pictures of buildings with their surroundings, their outlines and damage."""
    with rasterio.open(path) as image:
        rgb = np.moveaxis(image.read([1, 2, 3]), 0, -1)
        transform, crs, (height, width) = image.transform, image.crs, image.shape
    taken = {}
    for shape, kind in zip(polygons.to_crs(crs).geometry, polygons["dmg"].astype(int)):
        if shape.geom_type != "Polygon" or taken.get(kind, 0) >= most:
            continue
        left, bottom, right, top = shape.bounds
        (x0, y0), (x1, y1) = ~transform * (left, top), ~transform * (right, bottom)
        rim = max(20, int(0.8 * max(x1 - x0, y1 - y0)))
        x0, y0, x1, y1 = int(x0) - rim, int(y0) - rim, int(x1) + rim, int(y1) + rim
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            continue
        here = transform * rasterio.Affine.translation(x0, y0)
        truth = rasterize([(shape, 1)], out_shape=(y1 - y0, x1 - x0), transform=here) > 0
        if truth.sum() >= 60:
            taken[kind] = taken.get(kind, 0) + 1
            yield kind, rgb[y0:y1, x0:x1], truth


def interval(values):
    random = np.random.default_rng(1)
    means = [np.mean(random.choice(values, len(values))) for _ in range(1000)]
    return f"{np.mean(values):.1f} ({np.percentile(means, 2.5):.1f}–{np.percentile(means, 97.5):.1f})"


def clicks_to(curves, least):
    reached = [np.nonzero(np.array(curve) >= least)[0] for curve in curves]
    return [int(at[0]) + 1 if len(at) else MOST_CLICKS for at in reached]


def measure(program, path, polygons, most, with_peers):
    by_kind = {}
    for kind, picture, truth in objects(path, polygons, most):
        ours = Program(program, picture * (100.0 / 255.0))
        finders = {f"ours, {m}": lambda clicks, m=m: ours.find(m, clicks) for m in OURS}
        if with_peers:
            finders["scikit-image, random walker"] = lambda clicks: scikit(picture, clicks)
            finders["OpenCV, GrabCut"] = lambda clicks: opencv(picture, clicks)
        for name, find in finders.items():
            by_kind.setdefault(kind, {}).setdefault(name, []).append(course(find, truth))
        ours.close()
    for kind, curves in sorted(by_kind.items()):
        count = len(next(iter(curves.values())))
        print(f"\n{Path(path).name}: {count} buildings, {KINDS[kind]}")
        for name, courses in curves.items():
            iou = " ".join(f"{np.mean([c[n - 1] for c in courses]):.2f}" for n in (1, 3, 5, 10, 20))
            print(f"  {name:<28} NoC@85 {interval(clicks_to(courses, 0.85))}   NoC@90 {interval(clicks_to(courses, 0.9))}   "
                  f"IoU after 1, 3, 5, 10, 20: {iou}", flush=True)


def main():
    program, folder = sys.argv[1], Path(sys.argv[2])
    most = int(sys.argv[3]) if len(sys.argv) > 3 else 40
    polygons = geopandas.read_file(folder / "joplin_damage_pred_west.gpkg")
    for name in ("joplin2011_pre_west_1024x2048_utm15n.tif", "joplin2011_post_west_2048x2048_epsg4326.tif"):
        measure(program, folder / name, polygons, most, "--alone" not in sys.argv)


main()
