#!/usr/bin/env python3
"""Compares what Orthoscope reads from images with what rasterio (GDAL) reads.

    cargo build -p orthoscope-raster --example raster_dump
    python tests/peers/raster_equality.py DUMP_PROGRAM FOLDER_OR_FILE...

For every image that both read: samples of every stored band (exact, or within one rounding for JPEG),
transform, CRS and which pixels are missing. Prints one line per difference and the counts at the end.

Why samples differ: decoders of JPEG round by a step, and enlarge hues that pixels share each in its own way (tens of
steps at edges); damaged strips are zeros for GDAL and an error here. Transforms: images that only control points place
are placed by them here. CRSs: datums are shifted by the EPSG table where PROJ chooses another way; a `.prj` beside a
TIFF counts here. Missing: alpha and no-data packed by JPEG, whose values differ by a step.
"""
import collections
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import rasterio
import rasterio.warp
from rasterio.crs import CRS

warnings.filterwarnings("ignore")
SUFFIXES = {".tif", ".tiff", ".png", ".jpg", ".jpeg", ".webp", ".jp2", ".j2k", ".jxl", ".btf", ".tf8"}


def images(arguments):
    for argument in map(pathlib.Path, arguments):
        if argument.is_file():
            yield argument
        else:
            yield from sorted(p for p in argument.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())


def bands_like_theirs(line, planes, theirs, dataset):
    """Our planes that stand for rasterio's bands: what is stored, complex numbers put together again, and
    where rasterio shows red, green and blue instead of inks or lightness, our colours made of them."""
    origins = [b["origin"] for b in line["bands"]]
    pick = lambda *names: planes[[i for i, o in enumerate(origins) if o in names]]
    if "Real" in origins:
        return pick("Real").astype("f8") + 1j * pick("Imaginary").astype("f8"), theirs.astype("c16")
    if "Colors" in origins and dataset.colorinterp[0] == rasterio.enums.ColorInterp.red:
        return pick("Colors"), theirs[:3]
    ours = pick("Stored")
    if ["MINISWHITE", "YES"] in line["metadata"]:
        # We turn such images round; rasterio hands out what is stored.
        largest = next(b["range"][1] for b in line["bands"] if b["origin"] == "Stored")
        ours = (largest - ours.astype("f8")).astype(ours.dtype)
    return ours, theirs


def compare_samples(line, dataset, data):
    planes = np.fromfile(line["raw"], dtype=line["stored_type"])
    planes = planes.reshape(len(line["bands"]), line["height"], line["width"])
    ours, theirs = bands_like_theirs(line, planes, data, dataset)
    if ours.shape != theirs.shape:
        return f"shape {ours.shape} instead of {theirs.shape}"
    exact = np.array_equal(ours, theirs, equal_nan=True) if ours.dtype.kind in "fc" else np.array_equal(ours, theirs)
    if exact:
        return "equal"
    difference = np.abs(ours.astype(complex) - theirs.astype(complex))
    return f"largest difference {np.nanmax(difference):g}, mean {np.nanmean(difference):.4f}"


def compare_transform(line, dataset):
    theirs = dataset.get_transform() if dataset.transform != rasterio.Affine.identity() else None
    ours = line["transform"]
    if ours is None or theirs is None:
        return "equal" if ours is None and theirs is None else f"transform {ours} instead of {theirs}"
    scale = max(abs(theirs[1]) + abs(theirs[2]), 1e-300)
    off = max(abs(a - b) for a, b in zip(ours, theirs)) / scale
    return "equal" if off < 1e-6 else f"transform {ours} instead of {theirs}"


def compare_crs(line, dataset):
    theirs = dataset.crs
    if not theirs:
        return "equal" if line["proj4"] is None else f"CRS {line['epsg']} {line['proj4']} instead of none"
    if line["proj4"] is None:
        return f"no CRS instead of {theirs.to_string()[:120]}"
    if line["epsg"] is not None:
        code = theirs.to_epsg()
        if code == line["epsg"]:
            return "equal"
    try:
        off = farthest_apart(CRS.from_proj4(line["proj4"]), theirs, dataset)
    except (rasterio.errors.CRSError, rasterio._err.CPLE_BaseError) as error:
        return f"CRS {line['proj4']} is not accepted: {error}"
    if off < 0.01:
        return "equal"
    return f"CRS {off:.2f} m off: {line['epsg']} {line['proj4']} instead of {theirs.to_epsg()} {theirs.to_proj4()}"


def farthest_apart(ours, theirs, dataset):
    """Metres between the places that both CRSs give to the corners and the centre of the image."""
    w, h = dataset.width, dataset.height
    points = [dataset.transform @ p if hasattr(dataset.transform, "__matmul__") else dataset.transform * p
              for p in [(0, 0), (w, 0), (0, h), (w, h), (w / 2, h / 2)]]
    xs, ys = zip(*points)
    places = [np.array(rasterio.warp.transform(crs, "EPSG:4326", xs, ys)) for crs in (ours, theirs)]
    if not np.isfinite(places).all():
        return float("inf")
    return float(np.abs(places[0] - places[1]).max() * 111_320)


def compare_valid(line, dataset, data):
    if line["palette"]:
        return "equal"
    # Ours says a pixel is missing where all colour bands are.
    masks = dataset.read_masks()
    alpha = [i for i, c in enumerate(dataset.colorinterp) if c == rasterio.enums.ColorInterp.alpha]
    colors = [i for i in range(dataset.count) if i not in alpha] or [0]
    theirs = (masks[colors] != 0).any(axis=0)
    if alpha:
        theirs &= data[alpha[0]] != 0
    if data.dtype.kind == "f":
        theirs &= ~np.isnan(data[colors]).all(axis=0)
    ours = np.ones(theirs.shape, bool)
    if "valid" in line:
        ours = np.fromfile(line["valid"], "u1").reshape(theirs.shape) != 0
    wrong = int((ours != theirs).sum())
    return "equal" if wrong == 0 else f"{wrong} of {theirs.size} pixels differ in being missing"


def main():
    program, *arguments = sys.argv[1:]
    files = [str(p) for p in images(arguments)]
    counts = collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run([program, folder, *files], capture_output=True, text=True)
        lines = [json.loads(text) for text in run.stdout.splitlines()]
        if run.returncode or len(lines) != len(files):
            print(run.stderr[-2000:])
            sys.exit(f"the program ended with {run.returncode} after {len(lines)} of {len(files)} files")
        for line in lines:
            compare(line, counts)
    for key, value in sorted(counts.items()):
        print(f"{value:5d} {key}")


def compare(line, counts):
    name = "/".join(pathlib.Path(line["file"]).parts[-2:])
    failure = line.get("open_error") or line.get("read_error")
    try:
        dataset = rasterio.open(line["file"])
        data = None if "skipped" in line else dataset.read()
    except Exception as error:  # noqa: BLE001 (whatever the peer says)
        counts["both refuse" if failure else "only we read it"] += 1
        if not failure:
            print(f"{name}: only we read it; rasterio: {str(error)[:150]}")
        return
    if failure:
        counts["only rasterio reads it"] += 1
        print(f"{name}: {failure}")
        return
    if data is None:
        counts["too large to compare"] += 1
        return
    checks = {
        "samples": compare_samples(line, dataset, data),
        "transform": compare_transform(line, dataset),
        "crs": compare_crs(line, dataset),
        "valid": compare_valid(line, dataset, data),
    }
    for what, verdict in checks.items():
        counts[f"{what} {'equal' if verdict == 'equal' else 'differ'}"] += 1
        if verdict != "equal":
            hint = " | ".join(line["warnings"])
            print(f"{name}: {what}: {verdict}" + (f" [{hint}]" if hint and what != "samples" else ""))
    counts["both read"] += 1


if __name__ == "__main__":
    main()
