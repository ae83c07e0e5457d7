"""Questions as Parquet, read by pyarrow and written by pyarrow, beside the same questions as JSON lines.

    python tests/peers/question_tables.py [COUNT]

Makes a project with COUNT questions of every kind, exports it both ways, and compares every row that pyarrow reads with
the line of JSON. Then a table as other benchmarks have it (question, subject, choices, answer) is written by pyarrow,
with and without a dictionary and in several groups of rows, imported and counted. Prints how many are equal and fails
where one is not.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pyarrow
import pyarrow.parquet as parquet

from protocol import orthoscope

COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 2000


def run(*arguments):
    ran = subprocess.run([orthoscope(), *arguments, "--json"], capture_output=True, text=True)
    if ran.returncode:
        sys.exit(f"{arguments}: {ran.stderr}")
    return json.loads(ran.stdout)


def question(n):
    kinds = ["yes_no", "single_choice", "multiple_choice", "open_ended", "number", "place"]
    kind = kinds[n % len(kinds)]
    answer = {
        "yes_no": {"options": [n % 2]},
        "single_choice": {"options": [n % 3]},
        "multiple_choice": {"options": [0, 2]},
        "open_ended": {"text": f"Ünter den Linden {n}"},
        "number": {"number": n / 8},
        "place": {"place": [-94.5, 37 + n / 1000]},
    }[kind]
    row = {"id": f"q{n}", "text": f"Which is {n}?", "kind": kind, "author": "Ana", "category": "poi", "unit": "m"}
    if kind in ("single_choice", "multiple_choice"):
        row["options"] = [f"option {i}" for i in range(3)]
    if n % 11:
        row["answer"] = "unanswerable" if n % 13 == 0 else answer
    row["evidence"] = [{"image": f"Vdata/{n}.png"}, {"view": {"bounds": [0, 1, 2, 3 + n], "layers": []}}][: n % 3]
    row["context"] = {"text": "long " * (n % 50)} if n % 50 else {}
    return row


def said(row):
    """The answer of a row of Parquet as a line of JSON has it."""
    answer = row["answer"]
    if answer is None:
        return None
    if answer["unanswerable"]:
        return "unanswerable"
    if answer["place"] is not None:
        return {"place": [answer["place"]["longitude"], answer["place"]["latitude"]]}
    for name in ("text", "number"):
        if answer[name] is not None:
            return {name: answer[name]}
    return {"options": answer["options"]}


def cited(piece):
    if piece["kind"] == "view":
        return {"view": {"bounds": piece["bounds"], "layers": piece["layers"]}}
    return {piece["kind"]: piece["value"]}


def ours(folder):
    project = str(folder / "q.gpkg")
    run("new", project)
    (folder / "in.jsonl").write_text("".join(json.dumps(question(n)) + "\n" for n in range(COUNT)))
    assert run("qa", project, "import", str(folder / "in.jsonl"))["accepted"] == COUNT
    for form, name in [("jsonl", "out.jsonl"), ("parquet", "out.parquet")]:
        run("qa", project, "export", "-o", str(folder / name), "--form", form)
    table = parquet.read_table(folder / "out.parquet")
    print(table.schema)
    rows = table.to_pylist()
    lines = [json.loads(line) for line in (folder / "out.jsonl").read_text().splitlines()]
    equal = 0
    for row, line in zip(rows, lines, strict=True):
        same = (
            row["question"] == line["text"]
            and row["kind"] == line["kind"]
            and row["choices"] == line.get("options", [])
            and said(row) == line.get("answer")
            and [cited(piece) for piece in row["evidence"]] == line.get("evidence", [])
            and row["context"]["text"] == line.get("context", {}).get("text", "")
            and row["source_id"] == line["source_id"]
        )
        equal += same
        if not same:
            print("differs:", row, line)
    print(f"pyarrow {pyarrow.__version__}: {equal} of {len(lines)} rows equal")
    again = str(folder / "again.gpkg")
    run("new", again)
    assert run("qa", again, "import", str(folder / "out.parquet"))["accepted"] == COUNT
    # As another program writes what it read.
    parquet.write_table(table, folder / "by_pyarrow.parquet", row_group_size=700)
    third = str(folder / "third.gpkg")
    run("new", third)
    taken = run("qa", third, "import", str(folder / "by_pyarrow.parquet"))["accepted"]
    run("qa", third, "export", "-o", str(folder / "third.jsonl"))
    plain = lambda path: [{**json.loads(line), "id": 0} for line in (folder / path).read_text().splitlines()]
    same = plain("third.jsonl") == plain("out.jsonl")
    print(f"{taken} taken of what pyarrow wrote, the same as before: {same}")
    return equal == len(lines) == taken and same


def theirs(folder):
    rows = [
        {"question": f"What is {n}?", "subject": "poi", "choices": ["a", "b", "c", "d"], "answer": n % 4}
        for n in range(1000)
    ]
    good = True
    for n, options in enumerate([{}, {"use_dictionary": False}, {"row_group_size": 90, "data_page_version": "2.0"}]):
        path, project = folder / f"theirs{n}.parquet", str(folder / f"theirs{n}.gpkg")
        parquet.write_table(pyarrow.Table.from_pylist(rows), path, **options)
        run("new", project)
        taken = run("qa", project, "import", str(path))
        scored = run("qa", project, "evaluate")["baselines"][0]["overall"]
        good &= taken["accepted"] == 1000 and scored["right"] == 250
        print(f"{options}: {taken['accepted']} of 1000 taken, always option 1 scores {scored['right']}")
    parquet.write_table(pyarrow.Table.from_pylist(rows), folder / "zstd.parquet", compression="zstd")
    ran = subprocess.run([orthoscope(), "qa", project, "import", str(folder / "zstd.parquet")], capture_output=True, text=True)
    print("packed otherwise:", ran.stderr.strip())
    return good and ran.returncode == 1


with tempfile.TemporaryDirectory() as name:
    sys.exit(0 if ours(Path(name)) & theirs(Path(name)) else 1)
