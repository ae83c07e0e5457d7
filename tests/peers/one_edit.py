"""How long one edit keeps the person waiting, beside QGIS.

    python tests/peers/one_edit.py [REGIONS]

Orthoscope: `app/store/examples/journal_speed.rs`, single edits of a project of so many regions (2000), handed to the
writer thread (what the window waits for) and until they are on disk. QGIS: `commitChanges` of one changed attribute
in the same file, during which its window stands still (`qgis_cost.py edit`).
"""

import sys
import tempfile
from pathlib import Path

from protocol import ask_qgis, example, qgis, run


def main():
    regions = sys.argv[1] if len(sys.argv) > 1 else "2000"
    with tempfile.TemporaryDirectory(dir=Path.home()) as folder:
        path = Path(folder) / "town.gpkg"
        print(run([example("orthoscope-store", "journal_speed"), path, regions]))
        python = qgis()
        if python:
            said = ask_qgis(python, "qgis_cost.py", "edit", path)
            commit = said["commit"]
            print(f"QGIS, commit of one attribute: {commit['wall_ms']:.2f} ms (median), worst {said['worst_ms']:.1f} ms, "
                  f"{commit['cpu_ms']:.2f} ms of processor")


main()
