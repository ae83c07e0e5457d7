"""Reading, counting and halving a large picture beside GDAL (rasterio, gdaladdo, gdalinfo) and tifffile.

    raster_speed.py [FOLDER] [rounds]

Makes a mosaic of 8192 x 8192 RGB from real samples, packed in five ways, and a sparse BigTIFF of 20 GB, in
FOLDER; checks that all programs find the same pixels; then lets them take turns, on one thread, and prints
medians of processor seconds. `rasterio` reads the whole image by one call; `rasterio blocks` reads block by
block into memory that it has already, which is the fastest way there is. A ratio is Orthoscope / peer.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ["RAYON_NUM_THREADS"] = os.environ["GDAL_NUM_THREADS"] = "1"
# GDAL asks for this once; Orthoscope's example has as much.
os.environ["GDAL_CACHEMAX"] = "256"
import numpy as np
import rasterio
import tifffile
from rio_cogeo.cogeo import cog_validate
from protocol import example, run, run_json, samples

SIDE, TILE = 8192, 512
OURS = example("orthoscope-raster", "raster_bench")
SOURCES = [
    "ortho_rgb/oam/oam_kampala_z21_2048x2048_rgba_cog.tif",
    "building_damage/joplin2011/joplin2011_post_west_2048x2048_epsg4326.tif",
    "building_damage/joplin2011/joplin2011_pre_west_1024x2048_utm15n.tif",
    "ortho_rgb/oam/oam_zanzibar_north_z21_8192x4096_jpegtiles.tif",
]
PACKINGS = {
    "none": {},
    "deflate": {"compress": "deflate", "predictor": 2},
    "lzw": {"compress": "lzw", "predictor": 2},
    "zstd": {"compress": "zstd", "predictor": 2},
    "jpeg": {"compress": "jpeg", "photometric": "YCBCR", "jpeg_quality": 85},
}


def mosaic(folder):
    parts = []
    for name in SOURCES:
        with rasterio.open(samples() / name) as image:
            pixels = image.read([1, 2, 3])
        for y in range(0, pixels.shape[1] - 1023, 1024):
            for x in range(0, pixels.shape[2] - 1023, 1024):
                part = pixels[:, y : y + 1024, x : x + 1024]
                if (part.max(0) > 0).mean() > 0.9:
                    parts.append(part)
    out = np.zeros((3, SIDE, SIDE), np.uint8)
    for i in range(64):
        part = parts[i * 7 % len(parts)]
        y, x = i // 8 * 1024, i % 8 * 1024
        out[:, y : y + 1024, x : x + 1024] = part[:, :, ::-1] if i // len(parts) % 2 else part
    shape = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 3, "dtype": "uint8"}
    tiles = {"tiled": True, "blockxsize": TILE, "blockysize": TILE, "interleave": "pixel"}
    for name, packing in PACKINGS.items():
        with rasterio.open(folder / f"{name}.tif", "w", **shape, **tiles, **packing) as image:
            image.write(out)
    return out


def digest(pixels):
    bands, height, width = pixels.shape
    total = 0
    for band in range(bands):
        x, y = np.arange(width)[None, :], np.arange(height)[:, None]
        weight = (x * 31 + y * 17 + band * 7) % 251 + 1
        total += int((pixels[band].astype(np.int64) * weight).sum())
    return total


def ours(work, path, *rest):
    return run_json([OURS, work, path, *rest])


def timed(function):
    begun = time.process_time()
    function()
    return time.process_time() - begun


def child(command):
    begun = os.times()
    run(command)
    ended = os.times()
    return ended.children_user + ended.children_system - begun.children_user - begun.children_system


def whole(path):
    with rasterio.open(path) as image:
        image.read()


def blocks(path):
    room = np.empty((3, TILE, TILE), np.uint8)
    with rasterio.open(path) as image:
        for _, window in image.block_windows(1):
            image.read(window=window, out=room)


def windows(path, again):
    """Seconds of forty windows, those that Orthoscope's example reads, after having read them if `again`."""
    room = np.empty((3, 512, 512), np.uint8)
    places = [(i * 7_919_777 % (SIDE - 511), i * 104_729_333 % (SIDE - 511)) for i in range(40)]
    with rasterio.open(path) as image:
        for turn in range(1 + again):
            begun = time.process_time()
            for x, y in places:
                image.read(window=((y, y + 512), (x, x + 512)), out=room)
            taken = time.process_time() - begun
    return taken


def compare(title, turns, rounds, unit=1e3):
    taken = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            taken[name].append(turn())
    median = {name: statistics.median(values) for name, values in taken.items()}
    mine = median["orthoscope"]
    ratios = {name: round(mine / value, 2) for name, value in median.items() if name != "orthoscope"}
    shown = "  ".join(f"{name} {value * unit:.1f}" for name, value in median.items())
    print(f"{title:<22} {shown}   ratio {ratios}", flush=True)


def decode(folder, pixels, rounds):
    for name in PACKINGS:
        path = folder / f"{name}.tif"
        found, wanted = ours("digest", path)["digest"], digest(pixels)
        agrees = found == wanted if name != "jpeg" else abs(found / wanted - 1) < 1e-3
        if not agrees:
            sys.exit(f"{name}: the pixels differ")
        turns = {
            "orthoscope": lambda: ours("all", path)["cpu"],
            "rasterio": lambda: timed(lambda: whole(path)),
            "rasterio blocks": lambda: timed(lambda: blocks(path)),
            "tifffile": lambda: timed(lambda: tifffile.imread(path, maxworkers=1)),
        }
        compare(f"decode {name}, ms", turns, rounds)
        if name in ("deflate", "jpeg"):
            first = {"orthoscope": lambda: ours("again", path)["first_cpu_ms"] / 1e3}
            compare(f"windows {name}, ms", first | {"rasterio": lambda: windows(path, False)}, rounds)
            second = {"orthoscope": lambda: ours("again", path)["second_cpu_ms"] / 1e3}
            second |= {"rasterio": lambda: windows(path, True), "rasterio, first": lambda: windows(path, False)}
            compare(f"again {name}, ms", second, rounds)


def count(folder, pixels, rounds):
    for name in ("none", "deflate", "zstd"):
        path = folder / f"{name}.tif"
        for band, found in enumerate(ours("statistics", path)["statistics"]):
            wanted = [pixels[band].min(), pixels[band].max(), pixels[band].mean(), pixels[band].std()]
            if not np.allclose([found[key] for key in ("min", "max", "mean", "std")], wanted, rtol=1e-9):
                sys.exit(f"{name}: statistics differ: {found} {wanted}")

        def gdalinfo():
            path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)
            taken = child(["gdalinfo", "-stats", "-hist", path])
            path.with_name(path.name + ".aux.xml").unlink(missing_ok=True)
            return taken

        turns = {"orthoscope": lambda: ours("statistics", path)["cpu"], "gdalinfo": gdalinfo}
        compare(f"statistics {name}, ms", turns, rounds)


def halve(folder, rounds):
    for name in ("none", "deflate"):
        path = folder / f"{name}.tif"

        def mine():
            shutil.rmtree(folder / "kept", ignore_errors=True)
            return ours("overviews", path, folder / "kept")["cpu"]

        def gdaladdo(*options):
            taken = child(["gdaladdo", "-q", "-ro", "-r", "average", *options, path, 2, 4, 8, 16, 32])
            path.with_name(path.name + ".ovr").unlink()
            return taken

        packed = ["--config", "COMPRESS_OVERVIEW", "ZSTD", "--config", "PREDICTOR_OVERVIEW", "2"]
        packed += ["--config", "ZSTD_LEVEL_OVERVIEW", "1"]
        turns = {"orthoscope": mine, "gdaladdo": gdaladdo, "gdaladdo, ZSTD": lambda: gdaladdo(*packed)}
        compare(f"overviews {name}, ms", turns, rounds)


def cloud(folder, pixels, rounds):
    """A copy as a cloud-optimised GeoTIFF, valid and equal to the original, beside GDAL's driver."""
    source = folder / "none.tif"
    mine, theirs = folder / "ours.tif", folder / "gdal.tif"

    def ours_seconds():
        mine.unlink(missing_ok=True)
        return ours("cloud", source, mine)["cpu"]

    def gdal():
        theirs.unlink(missing_ok=True)
        return child(["gdal_translate", "-q", "-of", "COG", "-co", "COMPRESS=DEFLATE", "-co", "PREDICTOR=YES",
                      "-co", "OVERVIEW_RESAMPLING=AVERAGE", source, theirs])

    ours_seconds(), gdal()
    valid, errors, _ = cog_validate(str(mine), strict=True)
    with rasterio.open(mine) as image:
        if not valid or not np.array_equal(image.read(), pixels):
            sys.exit(f"the copy is not valid or not the original: {errors}")
    print(f"cloud-optimised: ours {mine.stat().st_size >> 20} MB, GDAL's {theirs.stat().st_size >> 20} MB")
    compare("write cloud-optimised, ms", {"orthoscope": ours_seconds, "gdal_translate": gdal}, rounds)


def scaling(folder, rounds):
    """How much faster two cores decode than one does, by the clock."""
    for name in PACKINGS:
        path = folder / f"{name}.tif"

        def wall(threads):
            environment = {**os.environ, "RAYON_NUM_THREADS": str(threads)}
            return json.loads(run([OURS, "all", path], env=environment))["wall"]

        def peer(threads):
            begun = time.perf_counter()
            with rasterio.open(path, num_threads=threads) as image:
                image.read()
            return time.perf_counter() - begun

        taken = {key: [] for key in ("ours 1", "ours 2", "rasterio 1", "rasterio 2")}
        for _ in range(rounds):
            for threads in (1, 2):
                taken[f"ours {threads}"].append(wall(threads))
                taken[f"rasterio {threads}"].append(peer(threads))
        m = {key: statistics.median(values) for key, values in taken.items()}
        print(f"two cores, {name}: ours {m['ours 1'] / m['ours 2']:.2f} times as fast as one, "
              f"rasterio {m['rasterio 1'] / m['rasterio 2']:.2f}", flush=True)


def open_large(folder, rounds):
    path = folder / "large.tif"
    shape = {"driver": "GTiff", "width": 262_144, "height": 131_072, "count": 1, "dtype": "uint8"}
    with rasterio.open(path, "w", **shape, BIGTIFF="YES", SPARSE_OK=True, tiled=True, blockxsize=256, blockysize=256):
        pass
    with rasterio.open(path) as image:
        if ours("open", path)["open_ms"] <= 0 or image.width != 262_144:
            sys.exit("the large image was not opened")

    def wall(function):
        begun = time.perf_counter()
        function()
        return time.perf_counter() - begun

    def of_tifffile():
        with tifffile.TiffFile(path) as image:
            return image.pages[0].shape

    turns = {
        "orthoscope": lambda: ours("open", path)["open_ms"] / 1e3,
        "tifffile": lambda: wall(of_tifffile),
        "rasterio": lambda: wall(lambda: rasterio.open(path).close()),
    }
    compare("open 34 Gpx, ms wall", turns, rounds * 2)


def main():
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    if samples() is None:
        return
    print(json.dumps({"load": os.getloadavg(), "rasterio": rasterio.__gdal_version__}))
    print(subprocess.run(["gdalinfo", "--version"], capture_output=True, text=True).stdout.strip())
    open_large(folder, rounds)
    pixels = mosaic(folder)
    decode(folder, pixels, rounds)
    count(folder, pixels, rounds)
    halve(folder, rounds)
    cloud(folder, pixels, rounds)
    scaling(folder, rounds)


main()
