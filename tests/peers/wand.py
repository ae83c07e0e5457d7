"""What a flood of like colours can find of buildings at all: `wand.py FOLDER`.

FOLDER holds the images of Joplin before and after the tornado of 2011 and its damage polygons. From the middle of each
polygon, and from nine more places in it, what hangs together and differs by at most a tolerance in OKLab is compared with
the polygon (IoU), by the best of seven tolerances, class by class: the bound of any wand on this image, whatever its hand.
"""

import sys
from pathlib import Path

import geopandas
import numpy
import rasterio
from rasterio.features import rasterize
from scipy import ndimage

TOLERANCES = (3, 5, 8, 12, 16, 20, 26)
LMS = numpy.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566],
                   [0.0883024619, 0.2817188376, 0.6299787005]])
LAB = numpy.array([[0.2104542553, 0.7936177850, -0.0040720468], [1.9779984951, -2.4285922050, 0.4505937099],
                   [0.0259040371, 0.7827717662, -0.8086757660]])


def oklab(rgb):
    share = rgb / 255.0
    linear = numpy.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return numpy.cbrt(linear @ LMS.T) @ LAB.T


def found(colours, truth, column, row):
    """The best IoU from one place."""
    distance = numpy.sqrt(((colours - colours[row, column]) ** 2).sum(-1)) * 100
    best = 0.0
    for tolerance in TOLERANCES:
        pieces, _ = ndimage.label(distance <= tolerance)
        area = ndimage.binary_fill_holes(pieces == pieces[row, column])
        best = max(best, (area & truth).sum() / (area | truth).sum())
    return best


def measure(path, polygons):
    with rasterio.open(path) as image:
        rgb = numpy.moveaxis(image.read([1, 2, 3]), 0, -1).astype(float)
        transform, crs, (height, width) = image.transform, image.crs, image.shape
    by_class = {}
    for shape, kind in zip(polygons.to_crs(crs).geometry, polygons["dmg"].astype(int)):
        if shape.geom_type != "Polygon":
            continue
        left, bottom, right, top = shape.bounds
        (x0, y0), (x1, y1) = ~transform * (left, top), ~transform * (right, bottom)
        rim = max(20, int(0.8 * max(x1 - x0, y1 - y0)))
        x0, y0, x1, y1 = int(x0) - rim, int(y0) - rim, int(x1) + rim, int(y1) + rim
        if x0 < 0 or y0 < 0 or x1 > width or y1 > height:
            continue
        colours = oklab(rgb[y0:y1, x0:x1])
        here = transform * rasterio.Affine.translation(x0, y0)
        truth = rasterize([(shape, 1)], out_shape=colours.shape[:2], transform=here) > 0
        rows, columns = numpy.nonzero(ndimage.binary_erosion(truth, iterations=2))
        if truth.sum() < 30 or not len(rows):
            continue
        column, row = (int(n) for n in ~here * (shape.centroid.x, shape.centroid.y))
        middle = found(colours, truth, column, row)
        others = numpy.linspace(0, len(rows) - 1, 9).astype(int)
        best = max([middle, *(found(colours, truth, columns[i], rows[i]) for i in others)])
        by_class.setdefault(kind, []).append((middle, best))
    names = {1: "no damage", 2: "minor damage", 3: "major damage", 4: "destroyed"}
    for kind, values in sorted(by_class.items()):
        middle, best = numpy.median(numpy.array(values), axis=0)
        print(f"{Path(path).name}: {len(values)} {names[kind]}: IoU {middle:.2f} from the middle, {best:.2f} from the best place")


def main():
    folder = Path(sys.argv[1])
    polygons = geopandas.read_file(folder / "joplin_damage_pred_west.gpkg")
    for name in ("joplin2011_post_west_2048x2048_epsg4326.tif", "joplin2011_pre_west_1024x2048_utm15n.tif"):
        measure(folder / name, polygons)


if __name__ == "__main__":
    main()
