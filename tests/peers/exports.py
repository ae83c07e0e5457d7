"""What pycocotools, rasterio, geopandas and shapely make of the exports.

    python tests/peers/exports.py [OUT]

OUT holds one folder per project with `truth.json` (the project's own shapes) and `geojson`, `coco`, `masks`,
`crasar` (see `app/dataset/examples/exports.rs`); without it they are made first. Fails on the first difference.
"""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path

import geopandas
import numpy as np
import rasterio
import rasterio.features
import shapely
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pyproj import Transformer
from shapely.geometry import Polygon, shape
from shapely.validation import make_valid

from protocol import ROOT, run, samples

TOLERANCE = 1e-6


def manifest(folder):
    """The manifest, its hashes and its counts checked."""
    m = json.loads((folder / "manifest.json").read_text())
    for file in m["files"]:
        assert hashlib.sha256((folder / file["path"]).read_bytes()).hexdigest() == file["sha256"], file["path"]
    listed = {f["path"] for f in m["files"]} | {"manifest.json"}
    found = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert found == listed, found ^ listed
    assert m["regions"]["out"] == sum(m["counts"]["by_class"].values())
    assert m["regions"]["in"] == m["regions"]["out"] + len(m["regions"]["left_out"])
    return m


def source_path(m, truth):
    """The image that was exported; a relative path is one from the project's folder."""
    return Path(truth.get("folder", ".")) / m["sources"][0]["path"]


def worst(pairs):
    """The largest symmetric difference as a share of the area."""
    return max(a.symmetric_difference(b).area / a.area for a, b in pairs)


def geojson(folder, truth):
    m = manifest(folder)
    for file in m["files"]:
        frame = geopandas.read_file(folder / file["path"])
        code = int(file["path"].split(".")[1])
        assert frame.crs.to_epsg() == code, (frame.crs, code)
        assert len(frame) == len(truth["regions"]) == m["regions"]["out"]
        by_id = frame.set_index(frame["id"].astype(str))
        back = by_id.to_crs(truth["crs"]).geometry
        share = worst((shape(r["geometry"]), back[r["id"]]) for r in truth["regions"])
        assert share < TOLERANCE, share
        assert all(by_id["class"][r["id"]] == r["class"] for r in truth["regions"])
        rings = [p.exterior for g in frame.geometry for p in getattr(g, "geoms", [g])]
        assert all(ring.is_ccw for ring in rings), "RFC 7946: outlines run counter-clockwise"
        print(f"  geojson EPSG:{code}: {len(frame)} features, largest symmetric difference {share:.1e} of the area")


def on_image(truth, source):
    """The truth in pixels of the image, through pyproj and rasterio's transform."""
    way = Transformer.from_crs(truth["crs"], source.crs, always_xy=True)
    inverse = ~source.transform

    def pixels(x, y):
        x, y = inverse * way.transform(x, y)
        return x, y

    return {r["id"]: shapely.transform(shape(r["geometry"]), pixels, interleaved=False) for r in truth["regions"]}


def coco(folder, truth):
    m = manifest(folder)
    (path,) = folder.glob("annotations*.json")
    data = COCO(str(path))
    document = json.loads(path.read_text())
    regions = {a["region_id"] for a in document["annotations"]}
    assert len(data.anns) == len(document["annotations"]) == next(f["items"] for f in m["files"] if f["path"] == path.name)
    assert len(data.imgs) == len(list((folder / "images").rglob("*.png")))
    assert len(regions) == m["regions"]["out"]
    names = {c["id"]: c["name"] for c in document["categories"]}
    classes = {r["id"]: r["class"] for r in truth["regions"]}
    with rasterio.open(source_path(m, truth)) as source:
        shapes = on_image(truth, source)
        for image in document["images"]:
            chip = np.asarray(Image.open(folder / image["file_name"]))
            window = rasterio.windows.Window(image["x_px"], image["y_px"], image["width"], image["height"])
            assert np.array_equal(chip, source.read((1, 2, 3), window=window).transpose(1, 2, 0)), image["file_name"]
    holes, worst_share, outlines = 0, 0.0, 0
    for a in document["annotations"]:
        image = data.imgs[a["image_id"]]
        assert names[a["category_id"]] == classes[a["region_id"]]
        size = (image["height"], image["width"])
        meant = make_valid(shapes[a["region_id"]])
        box = (image["x_px"], image["y_px"], image["x_px"] + image["width"], image["y_px"] + image["height"])
        meant = meant.intersection(Polygon([(box[0], box[1]), (box[2], box[1]), (box[2], box[3]), (box[0], box[3])]))
        decoded = data.annToMask(a)
        assert decoded.shape == size
        if isinstance(a["segmentation"], dict):
            holes += 1
            assert int(coco_mask.area(a["segmentation"])) == int(decoded.sum()) == a["area"]
            here = rasterio.Affine.translation(-0.0 + image["x_px"], image["y_px"])
            burned = rasterio.features.rasterize([meant], out_shape=size, transform=here)
            assert (burned != decoded).sum() <= 2, (a["id"], (burned != decoded).sum())
        else:
            outlines += 1
            parts = [Polygon(np.reshape(p, (-1, 2)) + (image["x_px"], image["y_px"])) for p in a["segmentation"]]
            got = make_valid(parts[0])
            for part in parts[1:]:
                got = got.union(make_valid(part))
            # Positions are written to 1/10,000 px.
            allowed = 1e-4 * (meant.length + 1)
            difference = got.symmetric_difference(meant).area
            assert difference <= allowed, (a["id"], difference, allowed)
            worst_share = max(worst_share, difference / meant.area)
    print(
        f"  coco: {len(data.imgs)} chips, {len(data.anns)} annotations of {len(regions)} regions, {holes} with holes, "
        f"outlines within {worst_share:.1e} of the area"
    )


def masks(folder, truth):
    m = manifest(folder)
    values = {c["code"]: c["value"] for c in truth["classes"]}
    priority = {c["code"]: c["priority"] for c in truth["classes"]}
    with rasterio.open(source_path(m, truth)) as source, rasterio.open(folder / "mask.tif") as mask:
        assert (mask.transform, mask.crs, mask.shape) == (source.transform, source.crs, source.shape)
        assert mask.nodata == 0 and mask.dtypes == ("uint8",) and mask.profile["tiled"]
        got = mask.read(1)
        layer = m["layer"]["crs"].split(":")[1]
        frame = geopandas.read_file(folder.parent / "geojson" / f"regions.{layer}.geojson")
        frame["order"] = [priority[c] for c in frame["class"]]
        frame = frame.sort_values("order", kind="stable")
        burn = [(g, values[c]) for g, c in zip(frame.geometry, frame["class"])]
        burned = rasterio.features.rasterize(burn, out_shape=source.shape, transform=source.transform)
        colors = mask.colormap(1)
    different = int((burned != got).sum())
    assert different == 0, f"{different} pixels differ"
    legend = json.loads((folder / "classes.json").read_text())
    for c in legend["classes"]:
        assert c["pixels"] == int((got == c["value"]).sum()), c
        assert "#%02x%02x%02x" % colors[c["value"]][:3] == c["color"].lower()
    print(f"  masks: {got.shape[1]} x {got.shape[0]}, {int((got > 0).sum())} labelled pixels, 0 differ from rasterize")


def crasar(folder, truth):
    m = manifest(folder)
    with rasterio.open(source_path(m, truth)) as source:
        items = json.loads((folder / f"{Path(source.name).name}.json").read_text())
        back = Transformer.from_crs(4326, truth["crs"], always_xy=True)
        here = Transformer.from_crs(source.crs, truth["crs"], always_xy=True)
        unions = {}
        for item in items:
            assert set(item) == {"source", "label", "pixels", "EPSG:4326", "id"}
            degrees = [(c["lon"], c["lat"]) for c in item["EPSG:4326"]]
            pixels = [source.transform * (c["x"], c["y"]) for c in item["pixels"]]
            assert degrees[0] == degrees[-1] and pixels[0] == pixels[-1]
            by_degrees = Polygon([back.transform(*c) for c in degrees]).buffer(0)
            by_pixels = Polygon([here.transform(*c) for c in pixels]).buffer(0)
            assert by_degrees.symmetric_difference(by_pixels).area < TOLERANCE * by_degrees.area
            unions.setdefault(item["id"].split("-")[0], []).append((item["label"], by_degrees))
    assert len({i["id"] for i in items}) == len(items)
    left = {l["region"] for l in m["regions"]["left_out"]}
    meant = sorted((r["class"], round(shape(r["geometry"]).area, 3)) for r in truth["regions"] if r["id"] not in left)
    got = sorted((parts[0][0], round(sum(p.area for _, p in parts), 3)) for parts in unions.values())
    assert len(meant) == len(got) == m["regions"]["out"]
    assert all(a[0] == b[0] and abs(a[1] - b[1]) < 2e-3 for a, b in zip(meant, got))
    print(f"  crasar: {len(items)} items of {len(got)} regions")


def check_all(folder, truth):
    for check in (geojson, coco, masks, crasar):
        check(folder / check.__name__, truth)


def main():
    if len(sys.argv) > 1:
        out = Path(sys.argv[1])
    else:
        out = Path(tempfile.gettempdir()) / "orthoscope-exports"
        command = ["cargo", "run", "--quiet", "-p", "orthoscope-dataset", "--example", "exports", "--", out]
        folder = samples()
        run(command + ([folder / "building_damage" / "joplin2011"] if folder else []), cwd=ROOT, env=os.environ)
    for project in sorted(p for p in out.iterdir() if (p / "truth.json").exists()):
        print(f"{project.name}:")
        check_all(project, json.loads((project / "truth.json").read_text()))


if __name__ == "__main__":
    main()
