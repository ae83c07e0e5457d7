"""Questions that templates draft about a real damage scene, their answers recomputed by geopandas, shapely and pyproj.

    python tests/peers/questions.py [COUNT]

Imports the buildings of the Joplin sample with their damage classes, has questions of every template drafted, reads regions
and questions from the project file as any program can, and computes each answer from scratch. Prints how many of each
template are equal and fails where one is not. Then a set in MapEval's layout with as many of each answer as the published
one has is judged by a constant answer.
"""

import json
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import geopandas
from pyproj import Geod

from protocol import orthoscope, samples

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 450
COMPASS = ["North", "North-east", "East", "South-east", "South", "South-west", "West", "North-west"]
GEOD = Geod(ellps="WGS84")


def run(*arguments):
    ran = subprocess.run([orthoscope(), *arguments, "--json"], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{arguments}: {ran.stderr}")
    return json.loads(ran.stdout)


def scene(folder, real):
    """A project with the buildings of the sample and what each is said to be."""
    project = str(folder / "joplin.gpkg")
    buildings = real / "building_damage" / "joplin2011"
    run("new", project)
    run("add", project, str(buildings / "joplin2011_pre_west_1024x2048_utm15n.tif"))
    # As GeoJSON, which names its classes as the damage scale does.
    frame = geopandas.read_file(buildings / "joplin_damage_pred_west.gpkg").to_crs(4326)
    frame["class"] = frame["subtype"].str.replace("-", " ")
    frame["id"] = [f"building {n}" for n in range(len(frame))]
    labels = folder / "labels.geojson"
    frame[["id", "class", "geometry"]].to_file(labels, driver="GeoJSON")
    taken = run("import", project, str(labels), "--as", "labels", "--class-field", "class", "--author", "Ana")
    print(f"{len(frame)} buildings, {taken['accepted']} labels")
    return project


class Ground:
    def __init__(self, project):
        frame = geopandas.read_file(project, layer="region")
        frame = frame[frame["class"].notna()].set_index("id")
        self.frame = frame
        self.middles = frame.geometry.centroid
        self.lonlat = self.middles.to_crs(4326)
        self.shapes = frame.geometry.to_crs(4326)
        with sqlite3.connect(project) as db:
            body = json.loads(db.execute("SELECT body FROM schema").fetchone()[0])
        self.names = {one["code"]: one["name"] for one in body["class"]}

    def inside(self, view):
        left, bottom, right, top = view
        x, y = self.middles.x, self.middles.y
        return self.frame[(x >= left) & (x <= right) & (y >= bottom) & (y <= top)]

    def inverse(self, a, b):
        p, q = self.lonlat[a], self.lonlat[b]
        azimuth, _, metres = GEOD.inv(p.x, p.y, q.x, q.y)
        return azimuth % 360, metres

    def area(self, key):
        return abs(GEOD.geometry_area_perimeter(self.shapes[key])[0])

    def near(self, of, code):
        keys = [k for k in self.frame.index[self.frame["class"] == code] if k != of]
        return sorted((self.inverse(of, k)[1], k) for k in keys)

    def name(self, key):
        return self.frame.loc[key, "source_id"]

    def answer(self, about):
        """What the answer is, in the words of an option (or a number, or None where there is nothing)."""
        (what, args), = about.items()
        if what in ("count", "exists"):
            hits = (self.inside(args["view"])["class"] == args["class"]).sum()
            return str(hits) if what == "count" else ("Yes" if hits else "No")
        if what == "within":
            return str(sum(d <= args["metres"] for d, _ in self.near(args["of"], args["class"])))
        if what == "nearest":
            found = self.near(args["of"], args["class"])
            return self.name(found[0][1]) if found else None
        if what == "largest":
            inside = self.inside(args["view"])
            keys = inside.index[inside["class"] == args["class"]]
            return self.name(max(keys, key=self.area))
        if what == "majority":
            (first, n), *rest = Counter(self.inside(args["view"])["class"]).most_common(2)
            assert not rest or rest[0][1] < n
            return self.names[first]
        if what == "distance":
            return self.inverse(args["from"], args["to"])[1]
        if what == "direction":
            return COMPASS[round(self.inverse(args["from"], args["to"])[0] / 45) % 8]
        raise ValueError(what)


def is_equal(question, found):
    answer = question["answer"]
    if answer == "unanswerable":
        return found is None
    if "number" in answer:
        return abs(answer["number"] - found) <= 0.06
    options = question.get("options") or ["Yes", "No"]
    return options[answer["options"][0]] == found


def compare(project):
    drafted = run("qa", project, "draft", "--count", str(COUNT), "--seed", "11", "--author", "Ana")
    ground = Ground(project)
    with sqlite3.connect(project) as db:
        questions = [json.loads(body) for (body,) in db.execute("SELECT body FROM question")]
    equal, all_of = Counter(), Counter()
    for question in questions:
        origin = question["origin"]["template"]
        found = ground.answer(origin["about"])
        all_of[origin["name"]] += 1
        equal[origin["name"]] += is_equal(question, found)
        if not is_equal(question, found):
            print("differs:", question["text"], question["answer"], found, origin["computation"])
    for name, n in sorted(all_of.items()):
        print(f"{name:10} {equal[name]} of {n} equal")
    assert drafted["accepted"] == len(questions)
    drift = run("qa", project, "verify")["drift"]
    print(f"{len(questions)} questions, {sum(equal.values())} equal, {len(drift)} otherwise by our own check")
    return equal == all_of and not drift


def constant(folder):
    """74, 73, 71, 62 of each option and 20 that cannot be answered."""
    rows = []
    for correct, n in [(0, 74), (1, 73), (2, 71), (3, 62), (-1, 20)]:
        for _ in range(n):
            answer = {"type": "mcq", "options": list("abcd"), "correct": correct}
            rows.append({"id": len(rows), "question": f"Which is {len(rows)}?", "answer": answer, "context": "",
                         "classification": None if correct < 0 else "poi"})
    (folder / "dataset.json").write_text(json.dumps(rows))
    (folder / "ones.json").write_text(json.dumps({str(row["id"]): "1" for row in rows}))
    project = str(folder / "set.gpkg")
    run("new", project)
    taken = run("qa", project, "import", str(folder / "dataset.json"))
    scored = run("qa", project, "evaluate", "--answers", str(folder / "ones.json"), "--model", "one")
    model, base = scored["models"][0], scored["baselines"][0]
    run("qa", project, "export", "-o", str(folder / "again.json"), "--form", "mapeval-text")
    same = json.loads((folder / "again.json").read_text()) == rows
    print(f"{taken['accepted']} taken, written the same: {same}; always option 1: {base['overall']['right']} of "
          f"{base['overall']['n']}, {base['answerable']['right']} of {base['answerable']['n']} answerable; "
          f"as a model: {model['overall']['right']}")
    return same and (base["overall"]["right"], model["overall"]["right"]) == (74, 74)


def main():
    real = samples()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fine = constant(folder)
        if real:
            fine &= compare(scene(folder, real))
    sys.exit(0 if fine else 1)


main()
