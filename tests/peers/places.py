"""What the local provider counts and measures, against shapely and pyproj, on regions of a file.

    python tests/peers/places.py IMAGE.tif FILE.gpkg ATTRIBUTE VALUE [PROGRAM] [PLACES]

Imports the polygons of FILE into a project on IMAGE and asks `orthoscope ask … --tool nearby` at random places, with random
radii, for the regions whose ATTRIBUTE is VALUE. The other side finds the nearest point of each polygon with shapely in
the file's own CRS, and measures the geodesic to it with pyproj.Geod. Fails when a count differs, but for regions within
a millimetre of the radius, or a distance differs by more than a millimetre; says how often it was asked again and
answered from the file.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import geopandas
import numpy as np
import pyproj
import shapely

IMAGE, FILE, ATTRIBUTE, VALUE = sys.argv[1:5]
PROGRAM = str(Path(sys.argv[5] if len(sys.argv) > 5 else "target/debug/orthoscope").resolve())
PLACES = int(sys.argv[6]) if len(sys.argv) > 6 else 40
MILLIMETRE = 1e-3


def program(folder, *arguments):
    done = subprocess.run([PROGRAM, *arguments, "--json"], cwd=folder, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr}")
    return json.loads(done.stdout)


def nearest_m(shapes, point, to_lonlat, geod, lonlat):
    near = shapely.get_coordinates(shapely.get_point(shapely.shortest_line(point, shapes), 1))
    lon, lat = to_lonlat.transform(near[:, 0], near[:, 1])
    n = len(near)
    return geod.inv(np.full(n, lonlat[0]), np.full(n, lonlat[1]), lon, lat)[2]


def main():
    table = geopandas.read_file(FILE)
    wanted = table[table[ATTRIBUTE].astype(str) == VALUE]
    shapes = wanted.geometry.to_numpy()
    to_lonlat = pyproj.Transformer.from_crs(table.crs, 4326, always_xy=True)
    geod = pyproj.Geod(ellps="WGS84")
    west, south, east, north = table.total_bounds
    rng = np.random.default_rng(7)
    worst, counted, kept = 0.0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        program(folder, "new", "p.gpkg")
        program(folder, "add", "p.gpkg", str(Path(IMAGE).resolve()))
        program(folder, "import", "p.gpkg", str(Path(FILE).resolve()))
        for _ in range(PLACES):
            x, y, radius = rng.uniform(west, east), rng.uniform(south, north), float(rng.uniform(20, 600))
            lon, lat = to_lonlat.transform(x, y)
            query = {"at": {"lat": lat, "lon": lon}, "radius_m": radius, "kind": f"{ATTRIBUTE}={VALUE}", "limit": 10000}
            ask = ["ask", "p.gpkg", "--tool", "nearby", "--query", json.dumps(query)]
            said = program(folder, *ask)
            metres = np.sort(nearest_m(shapes, shapely.Point(x, y), to_lonlat, geod, (lon, lat)))
            sure = metres[metres <= radius - MILLIMETRE]
            perhaps = metres[metres <= radius + MILLIMETRE]
            if not len(sure) <= said["total"] <= len(perhaps):
                sys.exit(f"{query}: {said['total']} and not {len(sure)}")
            found = np.array([place["distance_m"] for place in said["places"]])
            if len(found):
                worst = max(worst, float(np.abs(found - metres[: len(found)]).max()))
            counted += said["total"]
            again = program(folder, *ask)
            kept += bool(again["cached"] and again["places"] == said["places"])
    print(f"{PLACES} places, {counted} regions counted alike; distances differ by at most {worst * 1000:.3f} mm")
    print(f"asked again: {kept} of {PLACES} answered from the file, alike")
    if worst > MILLIMETRE or kept != PLACES:
        sys.exit(1)


main()
