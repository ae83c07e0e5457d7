#!/usr/bin/env python3
"""Times composites and spectra of a cube of 1 Mpx × 224 bands against Spectral Python and rasterio.

    cargo build --release -p orthoscope-raster --example cube_speed
    python tests/peers/cube_speed.py CUBE_SPEED_PROGRAM [FOLDER]

The cubes (int16, 448 MB each, in the page cache) are made once in FOLDER. The same bands and random pixels are read
by each; the best of five runs counts for the peers, whose arrays are taken to contiguous memory as a texture needs it.
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import rasterio
import spectral

SIDE, BANDS, PIXELS = 1024, 224, 20_000


def best(run, times=5):
    took = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        took.append(time.perf_counter() - start)
    return min(took)


def make(folder):
    cube = np.random.default_rng(7).integers(0, 10_000, (SIDE, SIDE, BANDS), dtype="i2")
    for interleave in ("bip", "bil", "bsq"):
        header = folder / f"cube_{interleave}.hdr"
        if not header.exists():
            spectral.envi.save_image(str(header), cube, interleave=interleave, dtype=np.int16, ext="img", force=True)
        yield interleave, header


def main():
    program = sys.argv[1]
    folder = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else pathlib.Path(tempfile.mkdtemp())
    folder.mkdir(exist_ok=True)
    for interleave, header in make(folder):
        header.with_suffix(".img").read_bytes()
        image = spectral.open_image(str(header))
        random = np.random.default_rng(1)
        places = random.integers(0, SIDE, (PIXELS, 2))
        bands = best(lambda: np.ascontiguousarray(np.moveaxis(image.read_bands([30, 20, 10]), 2, 0)))

        def spectra():
            for row, column in places:
                image.read_pixel(row, column)

        pixels = PIXELS / best(spectra, 3)
        with rasterio.open(header.with_suffix(".img")) as dataset:
            gdal = best(lambda: dataset.read([31, 21, 11]), 3)
        ours = [json.loads(subprocess.run([program, str(header), str(PIXELS)], capture_output=True, check=True).stdout)
                for _ in range(5)]
        composite = min(o["first_ms"] for o in ours)
        rate = max(o["spectra_per_s"] for o in ours)
        print(f"{interleave}: composite ours {composite:.1f} ms, Spectral Python {bands * 1e3:.1f} ms "
              f"(ratio {bands * 1e3 / composite:.2f}), rasterio {gdal * 1e3:.1f} ms (ratio {gdal * 1e3 / composite:.1f})")
        print(f"{interleave}: spectra ours {rate:.0f}/s (99 of 100 within {min(o['p99_us'] for o in ours):.1f} µs), "
              f"Spectral Python {pixels:.0f}/s (ratio {rate / pixels:.2f})")


if __name__ == "__main__":
    main()
