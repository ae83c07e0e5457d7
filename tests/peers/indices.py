#!/usr/bin/env python3
"""Compares every formula of the catalogue of spectral indices with spyndex, the catalogue's own code.

    peers/bin/pip install rasterio spyndex
    cargo build --bin orthoscope
    peers/bin/python tests/peers/indices.py [PROGRAM]

Images of one pixel with a band of random reflectance for every role; `orthoscope stats --index` must give what
spyndex computes from the same numbers in double precision, to 1e-4 relative or absolute (the program works in
single precision, and some indices divide by small differences).
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import rasterio
import spyndex

warnings.filterwarnings("ignore")
BANDS = "A B G1 G Y R RE1 RE2 RE3 N N2 WV S1 S2 T T1 T2 VV VH HH HV".split()
ROUNDS = 3


def program():
    if len(sys.argv) > 1:
        return sys.argv[1]
    return str(pathlib.Path(__file__).parents[2] / "target" / "debug" / "orthoscope")


def ours(*arguments):
    ran = subprocess.run([program(), *arguments, "--json"], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def write(path, pixel):
    profile = dict(driver="GTiff", width=1, height=1, count=len(BANDS), dtype="float32")
    with rasterio.open(path, "w", **profile) as image:
        for number, name in enumerate(BANDS, 1):
            image.write(np.full((1, 1), pixel[name], "float32"), number)
            image.set_band_description(number, name)


def theirs(index, pixel):
    known = {**pixel, **index["parameters"]}
    for name in spyndex.indices[index["name"]].bands:
        if len(name) == 3 and name.startswith("k"):
            a, b = name[1], name[2]
            parameters = {"a": pixel[a], "b": pixel[b], "sigma": index["parameters"]["sigma"]}
            known[name] = 1.0 if a == b else spyndex.computeKernel("RBF", params=parameters)
    # NumPy numbers, because the root of a negative Python number is complex.
    return float(spyndex.computeIndex(index["name"], params={name: np.float64(v) for name, v in known.items()}))


def main():
    indices = ours("list", "indices")["indices"]
    shared = [index for index in indices if index["name"] in spyndex.indices]
    random = np.random.default_rng(3)
    differences = 0
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            pixel = {name: float(np.float32(random.uniform(0.02, 0.9))) for name in BANDS}
            path = f"{folder}/{number}.tif"
            write(path, pixel)
            for index in shared:
                found = ours("stats", path, "--index", index["name"])["expressions"][0]["min"]
                expected = theirs(index, pixel)
                found = float("nan") if found is None else found
                if not np.isclose(found, expected, rtol=1e-4, atol=1e-4, equal_nan=True):
                    differences += 1
                    print(f"{index['name']}: {found} instead of {expected}")
    only = sorted({index["name"] for index in indices} - {index["name"] for index in shared})
    print(f"{len(shared)} formulas compared at {ROUNDS} pixels: {differences} differences; only here: {', '.join(only)}")
    return differences > 0


if __name__ == "__main__":
    sys.exit(main())
