"""What ogrinfo, geopandas, pycocotools and rasterio make of a finished `orthoscope demo`.

    python tests/peers/demo.py [DIR...]

DIR is a folder that `orthoscope demo --no-window --dir DIR` has filled. Without one the demo is run here: on the
program's own scene, and on Joplin's imagery where `ORTHOSCOPE_SAMPLES` names the samples. The project as GDAL
reads it is the truth that every export is held against.
"""

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

import geopandas
from shapely.geometry import mapping

import exports
import protocol


def truth_of(folder):
    """The exported regions of a project, as geopandas reads them."""
    project = folder / "demo.gpkg"
    frame = geopandas.read_file(project, layer="region")
    summary = protocol.run(["ogrinfo", "-ro", "-so", "-al", project])
    assert f"Feature Count: {len(frame)}\n" in summary, f"ogrinfo does not count {len(frame)} regions"
    accepted = frame[frame["stage"].isin(["agreed", "accepted"])]
    chosen = accepted if len(accepted) else frame
    manifest = json.loads((folder / "dataset" / "geojson" / "manifest.json").read_text())
    assert manifest["regions"]["in"] == len(chosen), (manifest["regions"], len(chosen))
    print(f"  ogrinfo, geopandas: {len(frame)} regions, {len(chosen)} to export, {frame.crs.to_string()}")
    with sqlite3.connect(f"file:{project}?mode=ro", uri=True) as db:
        (schema,) = db.execute("SELECT body FROM schema ORDER BY rowid DESC LIMIT 1").fetchone()
    regions = [
        {"id": id, "class": code, "geometry": mapping(geometry)}
        for id, code, geometry in zip(chosen["id"], chosen["class"], chosen.geometry)
    ]
    return {
        "folder": folder,
        "crs": frame.crs.to_string(),
        "classes": [
            {"code": c["code"], "value": c["raster_value"], "priority": c["priority"]}
            for c in json.loads(schema)["class"]
        ],
        "regions": regions,
    }


def check(folder):
    print(f"{folder}:")
    exports.check_all(folder / "dataset", truth_of(folder))


def main():
    if len(sys.argv) > 1:
        for folder in sys.argv[1:]:
            check(Path(folder))
        return
    with tempfile.TemporaryDirectory() as folder:
        demo = [protocol.orthoscope(), "demo", "--no-window", "--dir"]
        town = Path(folder) / "town"
        protocol.run([*demo, town])
        check(town)
        real = protocol.samples()
        if real:
            joplin = Path(folder) / "joplin"
            protocol.run([*demo, joplin, "--scene", real / "building_damage" / "joplin2011"])
            check(joplin)


if __name__ == "__main__":
    main()
