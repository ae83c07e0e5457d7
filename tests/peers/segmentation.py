#!/usr/bin/env python3
"""Smart selection and the pixel classifier beside scikit-image, OpenCV and scikit-learn, on the same numbers.

    cargo build --release -p orthoscope-segment --example segment_peer
    peers/bin/python tests/peers/segmentation.py target/release/examples/segment_peer [--small]

First whether the results agree, then how long each took, as ratios (Orthoscope / peer; the best of several runs, threads
as each program takes them). Needs numpy, scipy, scikit-image, scikit-learn, opencv-python-headless."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from scipy import ndimage
from skimage import color, filters, segmentation
from sklearn.ensemble import RandomForestClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.metrics import adjusted_rand_score

PROGRAM = sys.argv[1]
SMALL = "--small" in sys.argv
FOLDER = Path(tempfile.mkdtemp())


def ours(task, image, markers=None, *numbers, runs=3):
    """Result as 32-bit words, milliseconds of the best run, and of its parts. `image`: bands, rows, columns."""
    bands, height, width = image.shape
    image.astype(np.float32).tofile(FOLDER / "image")
    markers = np.zeros((height, width), np.uint32) if markers is None else markers
    markers.astype(np.uint32).tofile(FOLDER / "markers")
    best, parts = float("inf"), []
    for _ in range(runs):
        said = subprocess.run(
            [PROGRAM, task, str(width), str(height), str(bands), FOLDER / "image", FOLDER / "markers", FOLDER / "out"]
            + [str(n) for n in numbers], check=True, capture_output=True, text=True)
        said = json.loads(said.stdout)
        if said["ms"] < best:
            best, parts = said["ms"], said["parts"]
    return np.fromfile(FOLDER / "out", np.uint32), best, parts


def timed(work, runs=3):
    best, result = float("inf"), None
    for _ in range(runs):
        began = time.perf_counter()
        result = work()
        best = min(best, (time.perf_counter() - began) * 1e3)
    return result, best


def scene(height, width, seed=7):
    """Roofs of several tones on ground with texture and noise; the truth of which roof, 0 for the ground."""
    rng = np.random.default_rng(seed)
    ground = ndimage.gaussian_filter(rng.normal(size=(3, height, width)), (0, 6, 6)) * 60
    image = np.stack([np.full((height, width), tone, float) for tone in (88, 96, 70)]) + ground
    truth = np.zeros((height, width), np.int32)
    number = 0
    for top in range(20, height - 60, 90):
        for left in range(20, width - 80, 110):
            number += 1
            h, w = rng.integers(30, 55), rng.integers(40, 75)
            tone = np.array([170, 150, 140]) + rng.normal(size=3) * 22
            image[:, top:top + h, left:left + w] = tone[:, None, None]
            truth[top:top + h, left:left + w] = number
    image += rng.normal(size=image.shape) * 6
    return np.clip(image, 0, 255), truth


def iou(a, b):
    return (a & b).sum() / max((a | b).sum(), 1)


def say(what, agrees, mine, peer, name):
    print(f"{what:34} {agrees:44} {mine:9.1f} ms  {peer:9.1f} ms {name:26} {mine / peer:6.3f}", flush=True)


def gaussian_derivatives():
    image, _ = scene(200, 260)
    plane = image[0]
    found, _, _ = ours("features", plane[None], None, 1.6, runs=1)
    found = found.view(np.float32).reshape(8, *plane.shape)
    g = lambda order, sigma=1.6: ndimage.gaussian_filter(plane, sigma, order=order, truncate=4.0)
    gx, gy, gxx, gyy, gxy = g((0, 1)), g((1, 0)), g((0, 2)), g((2, 0)), g((1, 1))
    smooth = lambda p: ndimage.gaussian_filter(p, 0.8, truncate=4.0)
    def eigen(xx, xy, yy):
        root = np.sqrt(((xx - yy) / 2) ** 2 + xy ** 2)
        return (xx + yy) / 2 + root, (xx + yy) / 2 - root
    wanted = [g((0, 0)), gxx + gyy, np.hypot(gx, gy), g((0, 0)) - g((0, 0), 1.6 * 0.66),
              *eigen(smooth(gx * gx), smooth(gx * gy), smooth(gy * gy)), *eigen(gxx, gxy, gyy)]
    names = ["Gaussian", "LoG", "gradient", "DoG", "structure 1", "structure 2", "Hessian 1", "Hessian 2"]
    for name, mine, peer in zip(names, found, wanted):
        off = np.abs(mine - peer).max() / np.abs(peer).max()
        print(f"feature {name:26} largest difference {off:.1e} of the range, scipy.ndimage")
        assert off < 2e-5, (name, off)


def walker(side):
    image, truth = scene(side, side)
    image = image / 255
    markers = np.zeros((side, side), np.int32)
    for number in np.unique(truth)[1:]:
        rows, columns = np.nonzero(truth == number)
        markers[int(rows.mean()), int(columns.mean())] = 1
    ground = (truth == 0) & (np.add.outer(np.arange(side), np.arange(side)) % 97 == 0)
    markers[ground & (ndimage.binary_dilation(truth > 0, iterations=4) == 0)] = 2
    exact_side = min(side, 220)
    small, marks = image[0, :exact_side, :exact_side], markers[:exact_side, :exact_side]
    mine = ours("walker", small[None], marks, 1e-9, runs=1)[0].view(np.float32).reshape(2, *small.shape)
    peer = segmentation.random_walker(small, marks, beta=130, mode="bf", return_full_prob=True)
    off = np.abs(mine - peer).max()
    assert off < 1e-4, off
    found, took, _ = ours("walker", image[:1], markers)
    found = found.view(np.float32).reshape(2, side, side)[0] > 0.5
    for mode in ["cg_j", "cg"]:
        peer, other = timed(lambda: segmentation.random_walker(image[0], markers, beta=130, mode=mode), 1)
        agree = f"direct solution: {off:.0e} off; labels alike {np.mean(found == (peer == 1)):.5f}"
        say(f"random walker {side}²", agree, took, other, f"scikit-image {mode}")


def water(side):
    image, truth = scene(side, side)
    slopes = filters.sobel(image[0]).astype(np.float32)
    markers = np.zeros((side, side), np.int32)
    for number in np.unique(truth)[1:]:
        rows, columns = np.nonzero(truth == number)
        markers[int(rows.mean()), int(columns.mean())] = number
    markers[0, :] = truth.max() + 1
    found, took, _ = ours("watershed", slopes[None], markers)
    peer, other = timed(lambda: segmentation.watershed(slopes, markers))
    same = np.mean(found.reshape(side, side) == peer)
    assert same > 0.9999, same
    say(f"watershed {side}²", f"labels alike {same:.6f}", took, other, "scikit-image")


def boundary_recall(labels, truth):
    edges = segmentation.find_boundaries(truth, mode="inner")
    near = ndimage.binary_dilation(segmentation.find_boundaries(labels, mode="thick"), iterations=2)
    return near[edges].mean()


def superpixels(side):
    image, truth = scene(side, side)
    lab = color.rgb2lab(np.moveaxis(image, 0, 2) / 255)
    count = side * side // 400
    found, took, _ = ours("slic", np.moveaxis(lab, 2, 0), None, 400, 10)
    found = found.reshape(side, side)
    peer, other = timed(lambda: segmentation.slic(lab, n_segments=count, compactness=10, convert2lab=False,
                                                 channel_axis=2, start_label=0))
    mine, theirs = boundary_recall(found, truth), boundary_recall(peer, truth)
    assert mine > theirs - 0.02, (mine, theirs)
    agree = f"borders found {mine:.3f}, {theirs:.3f}; {found.max() + 1}, {peer.max() + 1} pieces"
    say(f"SLIC {side}²", agree, took, other, "scikit-image")


def cut(side):
    image, truth = scene(side, side)
    number = truth[side // 2 - side // 2 % 90 + 30, side // 2]
    number = number if number else int(np.unique(truth)[len(np.unique(truth)) // 2])
    rows, columns = np.nonzero(truth == number)
    top, bottom, left, right = rows.min() - 9, rows.max() + 10, columns.min() - 9, columns.max() + 10
    mask = np.zeros((side, side), np.uint8)
    mask[top:bottom, left:right] = cv2.GC_PR_FGD
    pixels = np.ascontiguousarray(np.moveaxis(image, 0, 2)).astype(np.uint8)
    found, took, _ = ours("grabcut", np.moveaxis(pixels, 2, 0).astype(np.float32), mask)
    found = found.reshape(side, side) == 1

    def peer():
        state, own = mask.copy(), [np.zeros((1, 65)), np.zeros((1, 65))]
        cv2.grabCut(pixels, state, None, *own, 5, cv2.GC_INIT_WITH_MASK)
        return (state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)
    theirs, other = timed(peer)
    true = truth == number
    agree = f"IoU {iou(found, true):.3f}, {iou(theirs, true):.3f}; alike {iou(found, theirs):.3f}"
    assert iou(found, true) > iou(theirs, true) - 0.03
    say(f"GrabCut {side}²", agree, took, other, "OpenCV")


def features_of(image):
    """ilastik's bank by SciPy: bands, rows, columns to pixels by features."""
    planes = []
    for plane in image:
        for sigma in (0.3, 0.7, 1.0, 1.6, 3.5, 5.0, 10.0):
            g = lambda order, s=sigma: ndimage.gaussian_filter(plane, s, order=order)
            base = g((0, 0))
            planes.append(base)
            if sigma < 0.5:
                continue
            gx, gy, gxx, gyy, gxy = g((0, 1)), g((1, 0)), g((0, 2)), g((2, 0)), g((1, 1))
            planes += [gxx + gyy, np.hypot(gx, gy), base - g((0, 0), sigma * 0.66)]
            smooth = lambda p: ndimage.gaussian_filter(p, sigma / 2)
            for xx, xy, yy in ((smooth(gx * gx), smooth(gx * gy), smooth(gy * gy)), (gxx, gxy, gyy)):
                root = np.sqrt(((xx - yy) / 2) ** 2 + xy ** 2)
                planes += [(xx + yy) / 2 + root, (xx + yy) / 2 - root]
    return np.stack([p.astype(np.float32).ravel() for p in planes], axis=1)


def classifier(width, height):
    image, truth = scene(height, width)
    image = image.astype(np.float32)
    rng = np.random.default_rng(3)
    markers = np.zeros((height, width), np.int32)
    for label, where in ((1, truth == 0), (2, truth > 0)):
        rows, columns = np.nonzero(where)
        # A scribble is a line of some pixels.
        for start in rng.choice(len(rows), 25, replace=False):
            row, column = rows[start], columns[start]
            span = slice(column, min(column + 30, width))
            markers[row, span][where[row, span]] = label
    seen = markers > 0
    for kind, flag in (("forest, 100 trees", 0), ("logistic", 1), ("perceptron of 32", 2)):
        found, took, parts = ours("classify", image, markers, flag)
        share = found.view(np.float32).reshape(height, width, 2)[..., 1]
        looked, learnt, hasty, whole = parts
        mine = np.mean((share > 0.5)[~seen] == (truth > 0)[~seen])
        print(f"classifier, {kind}: features {looked:.0f} ms once; an update {learnt + hasty:.0f} ms "
              f"({learnt:.0f} learning, {hasty:.0f} classifying in haste, {whole:.0f} in full), right {mine:.4f}", flush=True)
        if flag == 2:
            small = MLPClassifier((32,), solver="lbfgs", alpha=1.0, max_iter=200, random_state=0)
            scaled = (features - features[known].mean(0)) / features[known].std(0)
            _, second = timed(lambda: small.fit(scaled[known], markers.ravel()[known]), 1)
            theirs, third = timed(lambda: small.predict_proba(scaled), 1)
            peer = np.mean((theirs[:, 1] > 0.5).reshape(height, width)[~seen] == (truth > 0)[~seen])
            assert mine > peer - 0.01, (mine, peer)
            say("the same, a perceptron of 32 units", f"right {mine:.4f}, {peer:.4f}", learnt + whole, second + third, "scikit-learn")
        if flag == 0:
            features, first = timed(lambda: features_of(image), 1)
            forest = RandomForestClassifier(100, n_jobs=-1, random_state=0)
            known = seen.ravel()
            _, second = timed(lambda: forest.fit(features[known], markers.ravel()[known]), 1)
            theirs, third = timed(lambda: forest.predict_proba(features), 1)
            peer = np.mean((theirs[:, 1] > 0.5).reshape(height, width)[~seen] == (truth > 0)[~seen])
            assert mine > peer - 0.01, (mine, peer)
            say(f"features of {width} × {height}", "", looked, first, "SciPy")
            agree = f"right {mine:.4f}, {peer:.4f}; ARI {adjusted_rand_score((share > 0.5).ravel()[::7], (theirs[:, 1] > 0.5)[::7]):.3f}"
            say("update: learn and classify", agree, learnt + hasty, second + third, "scikit-learn, all cores")
            say("the same, every tree asked", "", learnt + whole, second + third, "scikit-learn, all cores")


if __name__ == "__main__":
    gaussian_derivatives()
    walker(150 if SMALL else 300)
    water(200 if SMALL else 800)
    superpixels(300 if SMALL else 800)
    cut(300 if SMALL else 400)
    classifier(*((400, 250) if SMALL else (1600, 1000)))
