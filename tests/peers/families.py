#!/usr/bin/env python3
"""Writes an image for each sentence about what is read (GeoTIFF, ENVI, HDF5, pictures) and compares Orthoscope with GDAL.

    cargo build -p orthoscope-raster --example raster_dump
    python tests/peers/families.py DUMP_PROGRAM [--keep FOLDER]

Samples, transform, CRS and what is missing, as in `raster_equality.py`; then the count of each outcome. Needs rasterio,
numpy, tifffile with imagecodecs, and h5py.
"""
import collections
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile
import warnings

import h5py
import numpy as np
import rasterio
import tifffile
from rasterio.control import GroundControlPoint
from rasterio.transform import Affine, from_origin

import raster_equality

warnings.filterwarnings("ignore")
WIDTH, HEIGHT = 150, 110
PLACE = from_origin(500_000, 4_100_000, 0.5, 0.5)
KINDS = {"uint8": "u1", "int8": "i1", "uint16": "u2", "int16": "i2", "uint32": "u4", "int32": "i4", "uint64": "u8",
         "int64": "i8", "float32": "f4", "float64": "f8", "complex_int16": "complex_int16", "complex64": "c8",
         "complex128": "c16"}
ENVI_KINDS = {1: "u1", 2: "i2", 3: "i4", 4: "f4", 5: "f8", 6: "c8", 9: "c16", 12: "u2", 13: "u4", 14: "i8", 15: "u8"}


def values(kind, bands=1, seed=0):
    random = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    plane = 90 + 60 * np.sin(x / 9 + seed) + 40 * np.cos(y / 7)
    data = np.stack([plane + 9 * band + random.normal(0, 3, plane.shape) for band in range(bands)])
    if kind == "complex_int16" or np.dtype(kind).kind == "c":
        data = np.round(data) + 1j * np.round(data[:, ::-1] - 100)
        return data.astype("c8" if kind == "complex_int16" else kind)
    if np.dtype(kind).kind == "f":
        return data.astype(kind)
    return np.clip(data, 1 if np.dtype(kind).kind == "u" else -120, 126 if kind == "i1" else 250).astype(kind)


def tiff(path, kind="uint8", bands=1, data=None, **profile):
    data = values(KINDS.get(kind, kind), bands) if data is None else data
    profile = dict(driver="GTiff", width=data.shape[2], height=data.shape[1], count=len(data), dtype=kind,
                   crs="EPSG:32615", transform=PLACE) | profile
    with rasterio.open(path, "w", **profile) as out:
        out.write(data)
    return path


def numbers(folder):
    for kind in KINDS:
        for bands, extra in [(1, {}), (3, dict(interleave="band")), (3, dict(interleave="pixel", tiled=True, blockxsize=64, blockysize=48)),
                             (2, dict(compress="deflate", BIGTIFF="YES")), (2, dict(compress="lzw", ENDIANNESS="BIG"))]:
            name = "-".join([kind, str(bands), *map(str, extra.values())])
            yield tiff(folder / f"{name}.tif", kind, bands, **extra)
    for bits, kind in [(1, "uint8"), (2, "uint8"), (4, "uint8"), (7, "uint8"), (10, "uint16"), (12, "uint16"), (15, "uint16"),
                       (20, "uint32"), (24, "uint32"), (16, "float32")]:
        for compress in ("none", "deflate", "lzw"):
            data = values(KINDS[kind])
            data = data % (1 << min(bits, 16)) if kind != "float32" else data
            yield tiff(folder / f"bits{bits}-{compress}.tif", kind, data=data, nbits=bits, compress=compress)
    half = values("f4", 3).astype("f2")
    for predictor in (None, 3):
        path = folder / f"float16-{predictor}.tif"
        tifffile.imwrite(path, half, planarconfig="separate", compression="deflate", predictor=predictor)
        yield path


def packings(folder):
    # What is lossy is compared within a step.
    for compress in ("none", "lzw", "deflate", "zstd", "packbits", "lzma", "lerc", "lerc_deflate", "lerc_zstd"):
        for predictor in (1, 2, 3):
            for kind in ("uint8", "uint16", "float32", "float64"):
                is_float = kind.startswith("float")
                if predictor > 1 and (compress not in ("lzw", "deflate", "zstd") or is_float != (predictor == 3)):
                    continue
                for tiled in (False, True):
                    more = dict(tiled=True, blockxsize=64, blockysize=64) if tiled else {}
                    name = f"{compress}-p{predictor}-{kind}-{'tiles' if tiled else 'strips'}.tif"
                    yield tiff(folder / name, kind, 3, compress=compress, predictor=predictor, **more)
    for compress in ("CCITTRLE", "CCITTFAX3", "CCITTFAX4"):
        for photometric in ("MINISWHITE", "MINISBLACK"):
            data = values("u1") > 90
            yield tiff(folder / f"{compress}-{photometric}.tif", data=data.astype("u1"), compress=compress, nbits=1,
                       photometric=photometric)
    for name, more in {"ycbcr": dict(photometric="YCBCR"), "rgb": dict(photometric="RGB"), "no-tables": dict(JPEGTABLESMODE=0),
                       "planes": dict(interleave="band"), "tiles": dict(tiled=True, blockxsize=64, blockysize=64, photometric="YCBCR")}.items():
        yield tiff(folder / f"jpeg-{name}.tif", bands=3, compress="jpeg", **more)
    yield tiff(folder / "jpeg-gray.tif", compress="jpeg")
    yield tiff(folder / "webp.tif", bands=3, compress="webp", WEBP_LOSSLESS="YES")
    yield tiff(folder / "webp-lossy.tif", bands=4, compress="webp")
    yield tiff(folder / "lerc-lossy.tif", "float32", 2, compress="lerc", MAX_Z_ERROR=0.5)
    rgb = np.ascontiguousarray(values("u1", 3).transpose(1, 2, 0))
    for name in ("jpeg2000", "jpegxl"):
        path = folder / f"{name}.tif"
        tifffile.imwrite(path, rgb, compression=name, tile=(64, 64), photometric="rgb", compressionargs={"level": 0} if name == "jpeg2000" else {"lossless": True})
        yield path


def places(folder):
    yield tiff(folder / "rotated.tif", transform=PLACE * Affine.rotation(30))
    yield tiff(folder / "sheared.tif", transform=PLACE * Affine.shear(10, 5))
    yield tiff(folder / "point.tif", AREA_OR_POINT="Point")
    path = tiff(folder / "pixel-is-point.tif")
    with rasterio.open(path, "r+") as out:
        out.update_tags(AREA_OR_POINT="Point")
    yield path
    points = [GroundControlPoint(row, col, 500_000 + col * 0.5 + row * 0.1, 4_100_000 - row * 0.5 + col * 0.05)
              for row in (0, 50, HEIGHT) for col in (0, 80, WIDTH)]
    yield tiff(folder / "gcps.tif", transform=None, gcps=points)
    path = tiff(folder / "world.tif", crs=None, transform=None)
    (folder / "world.tfw").write_text("0.5\n0.1\n0.2\n-0.5\n500000\n4100000\n")
    (folder / "world.prj").write_text(rasterio.crs.CRS.from_epsg(32633).to_wkt(version="WKT1_ESRI"))
    yield path
    path = tiff(folder / "pam.tif", crs=None, transform=None, bands=2)
    (folder / "pam.tif.aux.xml").write_text(
        "<PAMDataset><SRS>EPSG:32616</SRS><GeoTransform>10, 2, 0, 20, 0, -2</GeoTransform><PAMRasterBand band=\"1\">"
        "<Description>near infrared</Description><NoDataValue>100</NoDataValue><Scale>0.1</Scale><Offset>3</Offset>"
        "<UnitType>m</UnitType></PAMRasterBand></PAMDataset>")
    yield path


def missing(folder):
    mask = (np.add.outer(np.arange(HEIGHT), np.arange(WIDTH)) % 7 > 2).astype("u1") * 255
    for internal in (True, False):
        path = folder / f"mask-{'inside' if internal else 'beside'}.tif"
        with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=internal):
            tiff(path, bands=3)
            with rasterio.open(path, "r+") as out:
                out.write_mask(mask)
        yield path
    with rasterio.Env(GDAL_TIFF_INTERNAL_MASK=True):
        path = tiff(folder / "mask-jpeg.tif", bands=3, compress="jpeg", tiled=True, blockxsize=64, blockysize=64)
        with rasterio.open(path, "r+") as out:
            out.write_mask(mask)
            out.build_overviews([2, 4])
    yield path
    rgba = np.concatenate([values("u1", 3), mask[None]])
    for premultiplied in ("NON-PREMULTIPLIED", "PREMULTIPLIED"):
        yield tiff(folder / f"alpha-{premultiplied}.tif", data=rgba, photometric="RGB", ALPHA=premultiplied)
    yield tiff(folder / "no-data.tif", "int16", 2, nodata=100)
    yield tiff(folder / "no-data-nan.tif", "float32", 1, nodata=float("nan"), data=np.where(mask[None] > 0, values("f4"), np.nan))
    yield tiff(folder / "no-data-64.tif", "uint64", 1, nodata=90)
    path = folder / "no-data-beyond.tif"
    tifffile.imwrite(path, values("u1")[0], extratags=[(42113, "s", 0, "-9999", True)])
    yield path
    yield tiff(folder / "sparse.tif", "int16", 1, nodata=-5, data=np.full((1, HEIGHT, WIDTH), -5, "i2"), SPARSE_OK=True, tiled=True,
               blockxsize=64, blockysize=64)
    path = tiff(folder / "palette.tif", photometric="palette")
    with rasterio.open(path, "r+") as out:
        out.write_colormap(1, {i: (i, 255 - i, i // 2, 255) for i in range(256)})
    yield path
    path = tiff(folder / "overviews-beside.tif", "uint16", 2)
    with rasterio.Env(TIFF_USE_OVR=True), rasterio.open(path, "r+") as out:
        out.build_overviews([2, 4])
    yield path
    path = folder / "pages.tif"
    with tifffile.TiffWriter(path) as out:
        for page in range(3):
            out.write(values("u2", 1, page)[0])
    yield path


def envi(folder):
    orders = {"bsq": (0, 1, 2), "bil": (1, 0, 2), "bip": (1, 2, 0)}
    for code, kind in ENVI_KINDS.items():
        for interleave, axes in orders.items():
            for order in (0, 1):
                data = values(kind, 3).transpose(axes)
                raw = np.ascontiguousarray(data).astype(np.dtype(kind).newbyteorder(">" if order else "<")).tobytes()
                for packed in (False, True) if code in (1, 4) else (False,):
                    name = f"envi-{kind}-{interleave}-{order}{'-gzip' if packed else ''}"
                    (folder / f"{name}.dat").write_bytes(gzip.compress(raw) if packed else raw)
                    (folder / f"{name}.hdr").write_text(
                        f"ENVI\nsamples = {WIDTH}\nlines = {HEIGHT}\nbands = 3\nheader offset = 0\nfile type = ENVI Standard\n"
                        f"data type = {code}\ninterleave = {interleave}\nbyte order = {order}\n"
                        f"{'file compression = 1' if packed else ''}\n"
                        "map info = {UTM, 1, 1, 500000, 4100000, 0.5, 0.5, 15, North, WGS-84, units=Meters}\n"
                        "wavelength units = Nanometers\nwavelength = {450, 550, 650}\nfwhm = {9, 9, 9}\nbbl = {1, 0, 1}\n")
                    yield folder / f"{name}.dat"


def cubes(folder):
    for kind in ("u1", "i2", "f4", "f8", "c8", "c16"):
        path = folder / f"cube-{kind}.h5"
        with h5py.File(path, "w") as out:
            out.create_dataset("values", data=values(kind, 3), chunks=(1, 55, 50), compression="gzip", shuffle=True)
        yield path


def pictures(folder):
    rgb = values("u1", 3)
    for driver, ending in [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp")]:
        path = folder / f"picture.{ending}"
        more = dict(LOSSLESS="YES") if driver == "WEBP" else {}
        with rasterio.open(path, "w", driver=driver, width=WIDTH, height=HEIGHT, count=3, dtype="uint8", **more) as out:
            out.write(rgb)
        (folder / f"picture.{ending}.aux.xml").unlink(missing_ok=True)
        folder.joinpath(f"picture.{ending[0]}{ending[-1]}w").write_text("0.5\n0\n0\n-0.5\n500000\n4100000\n")
        yield path
    path = folder / "deep.png"
    with rasterio.open(path, "w", driver="PNG", width=WIDTH, height=HEIGHT, count=1, dtype="uint16") as out:
        out.write((values("u2") * 250))
    yield path


FAMILIES = [numbers, packings, places, missing, envi, cubes, pictures]


def main():
    program, *rest = sys.argv[1:]
    with tempfile.TemporaryDirectory() as made:
        root = pathlib.Path(rest[1]) if rest[:1] == ["--keep"] else pathlib.Path(made)
        for family in FAMILIES:
            folder = root / family.__name__
            folder.mkdir(parents=True, exist_ok=True)
            files, unwritten = [], 0
            for path in lenient(family(folder)):
                if path is None:
                    unwritten += 1
                else:
                    files.append(str(path))
            counts = collections.Counter()
            with tempfile.TemporaryDirectory() as out:
                run = subprocess.run([program, out, *files], capture_output=True, text=True)
                lines = [json.loads(text) for text in run.stdout.splitlines()]
                if run.returncode or len(lines) != len(files):
                    print(run.stderr[-2000:])
                    sys.exit(f"the program ended with {run.returncode} after {len(lines)} of {len(files)} files")
                for line in lines:
                    raster_equality.compare(line, counts)
            print(f"{family.__doc__ or family.__name__}: {len(files)} files, {dict(counts)}")


def lenient(made):
    """What is made, one by one; a family whose writer fails ends there, and says so."""
    try:
        yield from made
    except Exception as error:  # noqa: BLE001 (whatever a writer says)
        print(f"not written: {type(error).__name__}: {str(error)[:200]}")
        yield None


if __name__ == "__main__":
    main()
