"""Time from process start to the first full view of a 20,000 x 20,000 RGB tiled deflate GeoTIFF with overviews.

    python tests/peers/first_view.py [SIDE]

Peers: gdal_translate -outsize (which takes the same overview) and rasterio in Python, each writing a PNG of the
same size. The picture must be the same one: mean absolute difference is printed and bounded.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import rasterio
from PIL import Image
from rasterio.transform import from_origin
from rasterio.windows import Window

from protocol import compare, orthoscope, run

SIDE = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
SIZE = (1600, 1000)

RASTERIO = """
import rasterio, sys
from PIL import Image
with rasterio.open(sys.argv[1]) as f:
    a = f.read(out_shape=(3, int(sys.argv[4]), int(sys.argv[3])), window=eval(sys.argv[5]))
Image.fromarray(a.transpose(1, 2, 0)).save(sys.argv[2])
"""


def make(path):
    """A seeded mosaic: soft terrain with fine grain, so that deflate has real work to do."""
    rng = np.random.default_rng(11)
    profile = dict(
        driver="GTiff", width=SIDE, height=SIDE, count=3, dtype="uint8", crs="EPSG:32615", tiled=True,
        blockxsize=512, blockysize=512, compress="deflate", predictor=2, bigtiff="YES",
        transform=from_origin(366_000, 4_104_000, 0.05, 0.05), photometric="RGB",
    )
    grain = rng.integers(-12, 12, (3, 512, 512), dtype=np.int16)
    x = np.arange(SIDE, dtype=np.float32)
    with rasterio.open(path, "w", **profile) as f:
        for row in range(0, SIDE, 512):
            height = min(512, SIDE - row)
            y = np.arange(row, row + height, dtype=np.float32)[:, None]
            soft = 110 + 50 * np.sin(x / 700) * np.cos(y / 900) + 25 * np.sin((x + y) / 130)
            tiled = np.tile(grain, (1, 1, SIDE // 512 + 1))[:, :height, :SIDE]
            bands = np.clip(soft[None] + tiled + np.array([0, 8, -20])[:, None, None], 1, 254)
            f.write(bands.astype(np.uint8), window=Window(0, row, SIDE, height))
    with rasterio.open(path, "r+") as f:
        f.build_overviews([2, 4, 8, 16, 32, 64], rasterio.enums.Resampling.average)


def main():
    folder = Path(tempfile.gettempdir()) / f"orthoscope-first-view-{SIDE}"
    folder.mkdir(exist_ok=True)
    image = folder / "mosaic.tif"
    if not image.exists():
        make(image)
    # The same rectangle for all: the image's full width at 16:10.
    width, height = SIDE, SIDE * SIZE[1] // SIZE[0]
    top = (SIDE - height) // 2
    ours, theirs = folder / "ours.png", folder / "gdal.png"
    left, upper = 366_000, 4_104_000 - top * 0.05
    box = f"{left},{upper - height * 0.05},{left + width * 0.05},{upper}"
    our_command = [orthoscope(), "render", image, "-o", ours, "--size", f"{SIZE[0]}x{SIZE[1]}", "--bbox", box]
    gdal = ["gdal_translate", "-q", "-of", "PNG", "-outsize", SIZE[0], SIZE[1], "-srcwin", 0, top, width, height,
            image, theirs]
    fast = [*gdal[:-2], "-co", "ZLEVEL=1", *gdal[-2:]]
    python = [sys.executable, "-c", RASTERIO, image, folder / "rasterio.png", SIZE[0], SIZE[1],
              f"((({top}, {top + height})), (0, {width}))"]
    run(our_command), run(gdal), run(python)
    a, b = (np.asarray(Image.open(p).convert("RGB"), dtype=np.int16) for p in (ours, theirs))
    difference = np.abs(a - b).mean()
    print(f"mean absolute difference to gdal_translate: {difference:.2f} of 255")
    assert a.shape == b.shape and difference < 8, "not the same picture"
    compare(f"first full view of {SIDE} x {SIDE}", our_command, {"gdal_translate": gdal, "gdal, PNG level 1": fast, "rasterio": python})


main()
