#!/usr/bin/env python3
"""Compares hyperspectral products with Spectral Python, scikit-learn, SciPy and NumPy.

    cargo build --release -p orthoscope-spectral --example products
    peers/bin/pip install spectral scikit-learn scipy
    peers/bin/python tests/peers/spectral_products.py [--speed] [THREADS]

Results first: on a seeded cube, and on the real cubes of ORTHOSCOPE_SAMPLES. The difference that counts is the
largest one, as a share of the largest value (of each component for components, whose sign is free); for angles, of
the angle itself. With --speed the programs then take turns on 1024 x 1024 x 224 floats, all with so many threads;
ratios are Orthoscope / peer of the medians, of the time on the clock and of
processor time, which other work on the machine disturbs less.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

THREADS = next((a for a in sys.argv[1:] if a.isdigit()), "1")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[name] = THREADS

import numpy as np  # noqa: E402  (after the number of threads)
import spectral  # noqa: E402
from scipy.optimize import nnls  # noqa: E402
from sklearn.cluster import KMeans  # noqa: E402
from spectral.io import envi  # noqa: E402

from protocol import ROOT, samples  # noqa: E402

spectral.settings.show_progress = False
spectral.settings.envi_support_nonlowercase_params = True
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
PROGRAM = TARGET / "release" / "examples" / "products"
COMPONENTS = 10


def seeded(width, height, bands, members=12, seed=7):
    """Mixtures of smooth spectra under light and noise, as a sensor would see them; and the spectra."""
    random = np.random.default_rng(seed)
    axis = np.linspace(0, 1, bands)
    spectra = np.stack([
        0.25 + 0.15 * np.sin(axis * (2 + 0.7 * k) + k) + 0.05 * np.cos(axis * (9 + k)) for k in range(members)
    ])
    cube = np.empty((height, width, bands), np.float32)
    for row in range(height):
        shares = random.dirichlet(np.full(members, 0.5), width)
        light = random.uniform(0.7, 1.3, (width, 1))
        cube[row] = light * (shares @ spectra) + random.normal(0, 0.004, (width, bands))
    return cube, spectra


def real_cubes(folder):
    """Cubes of the samples in the bands that hold something: name and floats."""
    places = ("enmap/enmap_potsdam_a_96x64x224", "engeomap/cubus_gamsberg_subset", "emit/emit20250324t221005_jpl_unmix_ex")
    cubes = {p.split("/")[0]: envi.open(str(folder / "hyperspectral" / f"{p}.hdr")).load() for p in places}
    # Its header does not say the order of bytes, which Spectral Python insists on.
    raw = np.fromfile(folder / "hyperspectral/plantcv/corn-kernel-hyperspectral.raw", "<u2")
    cubes["plantcv"] = raw.reshape(31, 580, 43).transpose(0, 2, 1)
    for name, cube in cubes.items():
        cube = np.asarray(cube).astype(np.float32)
        keep = [b for b in range(cube.shape[2]) if np.ptp(cube[:, :, b]) > 0 and (cube[:, :, b] > -3).all()]
        # More pixels than bands are needed with room to spare.
        most = cube.shape[0] * cube.shape[1] // 4
        step = -(-len(keep) // most)
        yield name, np.ascontiguousarray(cube[:, :, keep[::step]])


class Ours:
    """Runs the example on one cube."""

    def __init__(self, folder, cube):
        self.folder, self.shape = Path(folder), cube.shape
        self.cube = self.folder / "cube.raw"
        cube.tofile(self.cube)

    def run(self, kind, members=None, rounds=1):
        height, width, bands = self.shape
        out = self.folder / "out.raw"
        command = [PROGRAM, self.cube, width, height, bands, kind, out, rounds]
        if members is not None:
            place = self.folder / "members.raw"
            np.asarray(members, "<f8").tofile(place)
            command.append(place)
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{kind}: {done.stderr}")
        turns = [tuple(float(n) for n in line.split()) for line in done.stdout.splitlines()]
        return np.fromfile(out, np.uint8), turns

    def map(self, kind, outputs, members=None, numbers=0):
        raw, _ = self.run(kind, members)
        first = raw[: numbers * 8].view("<f8")
        return first, raw[numbers * 8:].view("<f4").reshape(self.shape[0], self.shape[1], outputs)


def off(ours, theirs):
    return float(np.nanmax(np.abs(ours - theirs)) / np.nanmax(np.abs(theirs)))


def exact_angles(cube, members):
    """By Kahan's formula: the arc cosine of Spectral Python keeps 8 digits of a small angle's square."""
    unit = cube / np.linalg.norm(cube, axis=2, keepdims=True)
    directions = [m / np.linalg.norm(m) for m in members]
    apart = [(np.linalg.norm(unit - m, axis=2), np.linalg.norm(unit + m, axis=2)) for m in directions]
    return np.stack([2 * np.arctan2(*pair) for pair in apart], axis=2)


def signless(ours, theirs):
    return max(
        min(off(ours[..., k], theirs[..., k]), off(ours[..., k], -theirs[..., k])) for k in range(ours.shape[-1])
    )


def fcls(pixel, members):
    """The exact optimum by another road: NNLS with a heavy row that asks for the sum."""
    heavy = 1e4 * np.abs(members).max()
    return nnls(np.vstack([members.T, np.full((1, len(members)), heavy)]), np.append(pixel, heavy))[0]


def equality(name, cube, members):
    with tempfile.TemporaryDirectory() as folder:
        ours, bands, count = Ours(folder, cube), cube.shape[2], len(members)
        wide = cube.astype(np.float64)
        stats = spectral.calc_stats(wide)
        rows = []
        angles = exact_angles(wide, members)
        found = ours.map("sam", count, members)[1]
        rows.append(("spectral angles", float(np.nanmax(np.abs(found - angles) / np.maximum(angles, 1e-6)))))
        theirs = spectral.spectral_angles(wide, members)
        rows.append(("  Spectral Python's", float(np.nanmax(np.abs(theirs - angles) / np.maximum(angles, 1e-6)))))
        numbers = ours.run("cov")[0].view("<f8")
        rows.append(("mean", off(numbers[:bands], stats.mean)))
        rows.append(("covariance", off(numbers[bands:].reshape(bands, bands), stats.cov)))
        pca = spectral.principal_components(stats)
        keep = min(COMPONENTS, bands)
        values, scores = ours.map("pca", keep, numbers=bands)
        rows.append(("PCA eigenvalues", float(np.max(np.abs(values / pca.eigenvalues - 1)[:keep]))))
        rows.append(("PCA scores", signless(scores, pca.reduce(num=keep).transform(wide))))
        noise = spectral.noise_from_diffs(wide)
        mnf = spectral.mnf(stats, noise)
        values, scores = ours.map("mnf", keep, numbers=bands)
        rows.append(("MNF eigenvalues", float(np.max(np.abs(values / mnf.napc.eigenvalues - 1)[:keep]))))
        rows.append(("MNF scores", signless(scores, mnf.reduce(wide, num=keep))))
        rows.append(("RX", off(ours.map("rx", 1)[1][..., 0], spectral.rx(wide, background=stats))))
        target = members[:1]
        found = ours.map("mf", 1, target)[1][..., 0]
        rows.append(("matched filter", off(found, spectral.matched_filter(wide, target[0], stats))))
        found = ours.map("ace", 1, target)[1][..., 0]
        # Spectral Python gives the cosine with its sign.
        rows.append(("coherence", off(found, np.asarray(spectral.ace(wide, target[0], background=stats)))))
        some = [(r, c) for r in range(0, cube.shape[0], 5) for c in range(0, cube.shape[1], 5)]
        few = members[:4]
        for kind, solve in (("nnls", lambda p: nnls(few.T, p)[0]), ("fcls", lambda p: fcls(p, few))):
            found = ours.map(kind, len(few) + 1, few)[1]
            theirs = np.array([solve(wide[at]) for at in some])
            rows.append((kind.upper(), off(np.array([found[at][: len(few)] for at in some]), theirs)))
        start = cube.reshape(-1, bands)[:: cube.shape[0] * cube.shape[1] // 6][:6].astype(np.float64)
        centres = ours.run("kmeans", start)[0].view("<f8").reshape(-1, bands)
        theirs = KMeans(6, init=start, n_init=1, max_iter=20, tol=0, algorithm="lloyd")
        theirs = theirs.fit(wide.reshape(-1, bands)).cluster_centers_
        rows.append(("k-means centres", off(centres, theirs)))
        condition = np.linalg.cond(stats.cov)
        print(f"\n{name}: {cube.shape[1]} x {cube.shape[0]} x {bands}, condition of the covariance {condition:.0e}")
        for what, difference in rows:
            print(f"  {what:<20} {difference:9.1e}{'' if difference <= 1e-5 else '   above 1e-5'}")


def speed():
    cube, members = seeded(1024, 1024, 224)
    stats = None

    def rx():
        return spectral.rx(cube)

    def matched():
        return spectral.matched_filter(cube, members[0])

    def pca():
        return spectral.principal_components(stats).reduce(num=COMPONENTS).transform(cube)

    peers = {
        "sam": ("H4 angles to 12 spectra", lambda: spectral.spectral_angles(cube, members), members),
        "cov": ("H5 mean and covariance", lambda: spectral.calc_stats(cube), None),
        "rx": ("H7 RX with statistics", rx, None),
        "mf": ("H8 matched filter with statistics", matched, members[:1]),
        "pca": ("H5+H6 PCA of 10 components with statistics",
                lambda: spectral.principal_components(cube).reduce(num=COMPONENTS).transform(cube), None),
    }
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(folder, cube)
        print(f"\n1024 x 1024 x 224 floats, {THREADS} thread(s), median of turns")
        for kind, (what, run, given) in peers.items():
            mine, theirs = [], []
            for _ in range(int(os.environ.get("ROUNDS", "3"))):
                # The first turn of a process takes its memory from the system.
                mine.append(ours.run(kind, given, 2)[1][-1])
                begin, busy = time.perf_counter(), time.process_time()
                run()
                theirs.append((time.perf_counter() - begin, time.process_time() - busy))
            for i, clock in enumerate(("wall", "processor")):
                a, b = (statistics.median(turn[i] for turn in turns) for turns in (mine, theirs))
                ratio = f"ratio {a / b:.3f} ({b / a:.1f} x)" if a > 0 else "not told by the system"
                print(f"  {what:<44} {clock:<9} {a:7.3f} s   Spectral Python {b:7.3f} s   {ratio}", flush=True)


def main():
    if not PROGRAM.exists():
        sys.exit(f"{PROGRAM} does not exist: cargo build --release -p orthoscope-spectral --example products")
    print(f"Spectral Python {spectral.__version__}, NumPy {np.__version__}")
    equality("seeded", *seeded(96, 80, 60))
    folder = samples()
    for name, cube in real_cubes(folder) if folder else []:
        pixels = cube.reshape(-1, cube.shape[2]).astype(np.float64)
        equality(name, cube, pixels[:: max(1, len(pixels) // 5)][:5])
    if "--speed" in sys.argv:
        speed()


if __name__ == "__main__":
    main()
