"""Is a project file a GeoPackage to everybody else?

Usage: geopackage.py [PROJECT.gpkg]; without one, `orthoscope demo` makes it.

GDAL's own validator, ogrinfo, pyogrio, geopandas and QGIS must find nothing wrong and the same regions; a spatial
index that GDAL adds must do no harm. Needs GDAL with its Python scripts (Debian: gdal-bin, python3-gdal) beside the
peers' environment; without QGIS (python3-qgis) that part is skipped loudly.
"""

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas
import pyogrio

import protocol


def validate(path):
    """GDAL's validate_gpkg with its extra checks; its warnings are errors here."""
    has_gdal = [p for p in ("python3", "/usr/bin/python3") if subprocess.run([p, "-c", "import osgeo_utils"], capture_output=True).returncode == 0]
    if not has_gdal:
        sys.exit("no python3 here has GDAL's scripts: install python3-gdal")
    command = [has_gdal[0], "-m", "osgeo_utils.samples.validate_gpkg", "-k", "--extra", "--warning-as-error", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    said = (done.stdout + done.stderr).strip()
    if done.returncode != 0 or said:
        sys.exit(f"validate_gpkg finds fault with {path}:\n{said}")
    print("validate_gpkg: nothing to say")


def compare(path):
    """Every reader sees the rows that SQLite has, with class, stage and author."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        count, shown = db.execute("SELECT count(*), count(stage) FROM region").fetchone()
        box = db.execute("SELECT min_x, min_y, max_x, max_y FROM gpkg_contents WHERE table_name = 'region'").fetchone()
        srs = db.execute("SELECT srs_id FROM gpkg_contents WHERE table_name = 'region'").fetchone()[0]
    assert count == shown, "every region has a stage"
    summary = protocol.run(["ogrinfo", "-ro", "-so", "-al", path])
    assert f"Feature Count: {count}\n" in summary, f"ogrinfo does not count {count} regions"
    for line in protocol.run(["ogrinfo", "-ro", "-al", path]).splitlines():
        assert not line.startswith(("ERROR", "Warning")), line
    frame = geopandas.read_file(path, layer="region")
    assert len(frame) == count and {"class", "stage", "author", "id"} <= set(frame.columns)
    if count:
        assert frame.geometry.notna().all() and (frame.geometry.is_empty == False).all()
        assert tuple(frame.total_bounds) == box, f"{tuple(frame.total_bounds)} is not {box}"
    if srs > 0:
        assert frame.crs is not None and frame.crs.to_epsg() in (srs, None), frame.crs
    info = pyogrio.read_info(path, layer="region")
    assert info["features"] == count and info["fid_column"] == "fid"
    print(f"ogrinfo, geopandas, pyogrio: {count} regions, CRS {frame.crs and frame.crs.to_string()}")


def in_qgis(path, folder):
    """QGIS takes every layer of the file, counts the rows that SQLite has and draws the regions by class."""
    python = protocol.qgis()
    if not python:
        return
    said = protocol.ask_qgis(python, "in_qgis.py", path, Path(folder) / "qgis.png")
    layers = said["layers"]
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        tables = [name for (name,) in db.execute("SELECT table_name FROM gpkg_contents")]
        rows = {name: db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in tables}
        classes = {name for (name,) in db.execute("SELECT DISTINCT class FROM region WHERE class IS NOT NULL")}
        authors = {name for (name,) in db.execute("SELECT DISTINCT author FROM region WHERE author IS NOT NULL")}
        stages = {name for (name,) in db.execute("SELECT DISTINCT stage FROM region")}
        srs = db.execute("SELECT srs_id FROM gpkg_contents WHERE table_name = 'region'").fetchone()[0]
    assert set(layers) == set(tables), f"QGIS offers {sorted(layers)}, the file has {sorted(tables)}"
    for name, layer in layers.items():
        assert layer["valid"] and not layer["error"], (name, layer["error"])
        assert layer["features"] == layer["counted"] == rows[name], (name, layer["features"], rows[name])
        assert layer["sound"], f"QGIS finds broken shapes in {name}"
    region = layers["region"]
    assert {"class", "stage", "author", "id"} <= set(region["fields"]), region["fields"]
    for column, wanted in (("class", classes), ("stage", stages), ("author", authors)):
        assert set(region["values"][column]) - {"NULL"} == wanted, (column, region["values"][column])
    assert srs <= 0 or region["crs"] == f"EPSG:{srs}", region["crs"]
    if "picture" in said:
        assert said["picture"]["drawn"] == said["picture"]["classes"], said["picture"]
    print(f"QGIS: {len(layers)} layers, {region['features']} regions, {len(classes)} classes drawn, {region['crs']}")


def index_by_another(path, folder):
    """GDAL adds its spatial index to a copy; the copy is still valid and still a project."""
    copy = Path(folder) / "indexed.gpkg"
    shutil.copy(path, copy)
    protocol.run(["ogrinfo", copy, "-sql", "SELECT CreateSpatialIndex('region', 'geom')"])
    validate(copy)
    verified = protocol.run_json([protocol.orthoscope(), "verify", copy, "--json"])
    assert verified["replay_equal"] and not verified["violations"], verified
    print("a spatial index by GDAL: still valid, still clean")


def main():
    with tempfile.TemporaryDirectory() as folder:
        if len(sys.argv) > 1:
            path = Path(sys.argv[1])
        else:
            protocol.run([protocol.orthoscope(), "demo", "--no-window", "--dir", folder])
            path = next(Path(folder).rglob("*.gpkg"))
        validate(path)
        compare(path)
        in_qgis(path, folder)
        index_by_another(path, folder)


if __name__ == "__main__":
    main()
