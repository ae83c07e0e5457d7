#!/usr/bin/env python3
"""Compares VRT mosaics as Orthoscope puts them together with those of GDAL.

    cargo build --workspace --example raster_dump
    python tests/peers/mosaics.py DUMP_PROGRAM [FOLDER_OR_VRT…]

Makes images of every number type and mosaics of them: whole and broken offsets, sources that are enlarged and
shrunk by every resampling, scales, tables, no-data, masks, many sources (more than a process may have open files);
then every mosaic that is named. Prints the largest difference of each kind of mosaic, and how many are equal.
Averages are also held against weights by area: GDAL 3.10 takes the one pixel under the first corner of each where a source is
enlarged, and lies a row off where a window begins within one.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import rasterio

warnings.filterwarnings("ignore")
TYPES = {name: name.lower().replace("byte", "uint8") for name in "Byte UInt16 Int16 UInt32 Int32 Float32 Float64".split()}
RESAMPLINGS = ["nearest", "bilinear", "cubic", "cubicspline", "lanczos", "average"]


def image(path, kind, width, height, seed, no_data=None):
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    values = 90 + 60 * np.sin(x / 7 + seed) + 50 * np.cos(y / 5) + random.normal(0, 6, (height, width))
    values = np.clip(values, 1, 250)
    if no_data is not None:
        values[random.random((height, width)) < 0.1] = no_data
    with rasterio.open(path, "w", driver="GTiff", width=width, height=height, count=1, dtype=TYPES[kind],
                       nodata=no_data, tiled=True, blockxsize=64, blockysize=64) as out:
        out.write(values.astype(TYPES[kind]), 1)


def source(name, src, dst, element="SimpleSource", resampling=None, more=""):
    attribute = f' resampling="{resampling}"' if resampling else ""
    rect = lambda tag, r: f'<{tag} xOff="{r[0]}" yOff="{r[1]}" xSize="{r[2]}" ySize="{r[3]}"/>'
    return (f'<{element}{attribute}><SourceFilename relativeToVRT="1">{name}</SourceFilename>'
            f'<SourceBand>1</SourceBand>{rect("SrcRect", src)}{rect("DstRect", dst)}{more}</{element}>')


def shares(size, first, length, to, count, n):
    """How much of each pixel of the source lies under each of the mosaic, as a matrix of rows that add up to 1."""
    step, out = length / count, np.zeros((n, size))
    for i in range(to, to + count):
        low, high = first + (i - to) * step, first + (i - to + 1) * step
        for j in range(int(low), min(int(np.ceil(high)), size)):
            out[i, j] = max(min(high, j + 1) - max(low, j), 0)
    return out / np.maximum(out.sum(axis=1, keepdims=True), 1e-12)


def by_area(folder, kind, size, src, dst):
    """The mosaic of averages by area, or None where the place is not whole."""
    with rasterio.open(folder / f"{kind}.tif") as dataset:
        values = dataset.read(1).astype("f8")
    down = shares(values.shape[0], src[1], src[3], dst[1], dst[3], size[1])
    across = shares(values.shape[1], src[0], src[2], dst[0], dst[2], size[0])
    return down @ values @ across.T


def mosaic(path, size, kind, inner, no_data=None):
    hole = f"<NoDataValue>{no_data}</NoDataValue>" if no_data is not None else ""
    path.write_text(f'<VRTDataset rasterXSize="{size[0]}" rasterYSize="{size[1]}"><VRTRasterBand dataType="{kind}" '
                    f'band="1">{hole}{inner}</VRTRasterBand></VRTDataset>')
    return path


def generated(folder):
    for number, kind in enumerate(TYPES):
        image(folder / f"{kind}.tif", kind, 96, 80, number)
        whole = (0, 0, 96, 80)
        yield f"{kind}: as it is", mosaic(folder / f"plain_{kind}.vrt", (96, 80), kind, source(f"{kind}.tif", whole, whole))
    whole = (0, 0, 96, 80)
    places = {"twice as large": ((0, 0, 96, 80), (0, 0, 192, 160)), "half as large": (whole, (0, 0, 48, 40)),
              "a third as large": ((3, 4, 90, 60), (1, 2, 30, 20)), "1.7 times": ((10, 10, 50, 40), (5, 5, 85, 68)),
              "a broken window": ((10.3, 7.6, 60, 50), (2, 3, 60, 50))}
    for resampling in RESAMPLINGS:
        for where, (src, dst) in places.items():
            for kind in ("Byte", "Float32"):
                size = (int(dst[0] + dst[2]) + 3, int(dst[1] + dst[3]) + 3)
                path = folder / f"{resampling}_{kind}_{where.replace(' ', '_')}.vrt"
                if resampling == "average":
                    np.save(path.with_suffix(".npy"), by_area(folder, kind, size, src, dst))
                yield f"{resampling}: {where}", mosaic(path, size, kind, source(f"{kind}.tif", src, dst, resampling=resampling))
    changes = {"scaled": "<ScaleOffset>3.25</ScaleOffset><ScaleRatio>-0.5</ScaleRatio>", "table": "<LUT>0:10,100:40.5,255:0</LUT>",
               "stretched": "<Exponent>0.7</Exponent><SrcMin>10</SrcMin><SrcMax>200</SrcMax><DstMin>0</DstMin><DstMax>1000</DstMax>",
               "without 100": "<NODATA>100</NODATA>"}
    for what, more in changes.items():
        for kind in ("Byte", "Int16", "Float32"):
            inner = source("Byte.tif", whole, whole, element="ComplexSource", more=more)
            yield f"ComplexSource {what}", mosaic(folder / f"{what.replace(' ', '_')}_{kind}.vrt", (96, 80), kind, inner)
    image(folder / "holes.tif", "Int16", 60, 60, 99, no_data=-5)
    layers = source("Int16.tif", whole, (0, 0, 96, 80)) + source(
        "holes.tif", (0, 0, 60, 60), (20, 10, 60, 60), element="ComplexSource", more="<NODATA>-5</NODATA>")
    yield "layers with holes", mosaic(folder / "layers.vrt", (110, 90), "Int16", layers, no_data=-9)
    many = folder / "many"
    many.mkdir()
    inner = ""
    for i in range(1600):
        image(many / f"{i}.tif", "Byte", 16, 16, i)
        inner += source(f"many/{i}.tif", (0, 0, 16, 16), (i % 40 * 16, i // 40 * 16, 16, 16))
    yield "1600 sources", mosaic(folder / "many.vrt", (640, 640), "Byte", inner)


def named(arguments):
    for argument in map(pathlib.Path, arguments):
        for path in [argument] if argument.is_file() else sorted(argument.rglob("*.vrt")):
            yield f"file {path.name}", path


def compare(program, cases, folder):
    names = [str(path) for _, path in cases]
    out = subprocess.run([program, str(folder), *names], check=True, capture_output=True, text=True).stdout
    for (what, path), line in zip(cases, map(json.loads, out.splitlines())):
        refused = line.get("open_error") or line.get("read_error") or line.get("skipped")
        try:
            with rasterio.open(path) as dataset:
                theirs, mask = dataset.read().astype("f8"), dataset.read_masks()
        except Exception as error:
            yield what, path, f"GDAL refuses it; we {'too' if refused else 'read it'} ({str(error)[:80]})", None
            continue
        if refused:
            yield what, path, f"refused: {refused}", None
            continue
        planes = np.fromfile(line["raw"], dtype=line["stored_type"]).reshape(len(line["bands"]), line["height"], line["width"])
        stored = [i for i, b in enumerate(line["bands"]) if b["origin"] in ("Stored", "Real")]
        ours = planes[stored].astype("f8")
        there = np.fromfile(line["valid"], dtype="u1").reshape(ours.shape[1:]) > 0 if "valid" in line else np.ones(ours.shape[1:], bool)
        where = there & (mask.max(axis=0) > 0)
        difference = np.abs(ours - theirs)[:, where]
        difference = difference[~np.isnan(difference)]
        largest = float(difference.max()) if difference.size else 0.0
        exact = path.with_suffix(".npy")
        if largest and exact.exists():
            off = np.abs(ours[0] - np.load(exact)).max()
            what += f" (from the mean by area: {off:.2g})"
        yield what, path, "equal" if largest == 0 else f"differs by {largest:.6g} at most, mean {difference.mean():.3g}", largest


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        cases = [*generated(folder), *named(sys.argv[2:])]
        counts = {}
        for what, path, result, _ in compare(program, cases, folder):
            print(f"{what} ({path.name}): {result}")
            key = result.split(":")[0].split(" by")[0].split(";")[0]
            counts[key] = counts.get(key, 0) + 1
        print(json.dumps(counts))


if __name__ == "__main__":
    main()
