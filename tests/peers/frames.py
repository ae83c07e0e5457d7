"""What a frame of the panned map costs when everything is at hand, beside QGIS.

    python tests/peers/frames.py IMAGE [PROJECT.gpkg [whole]]

Orthoscope: `app/desktop/examples/frames.rs`, the whole window at 1920 x 1080 (panels, map, tessellation, drawing).
QGIS: one render job for each view, the map alone. With a project, its regions are drawn over the image by both; the
project refers to the image; `whole` has all of it in view instead of one pixel a pixel. The programs take turns; milliseconds, medians of the medians.
"""

import json
import statistics
import sys

from protocol import ask_qgis, example, qgis, run

ROUNDS = 5


def main():
    image, *rest = sys.argv[1:]
    view, files = ("whole" if len(rest) > 1 else "explore"), rest[:1] or [image]
    ours_at, python = example("orthoscope-desktop", "frames"), qgis()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(json.loads(run([ours_at, view, 60, *files]).splitlines()[-1]))
        if python:
            theirs.append(ask_qgis(python, "qgis_cost.py", "pan", image, *rest)["pan"])
    mine = {key: statistics.median(o[key] for o in ours) for key in ours[0]}
    print(f"  orthoscope, {mine['regions']:.0f} regions: window's thread {mine['window']:.2f} ms of processor "
          f"(worst {mine['window_worst']:.2f}), all threads {mine['all']:.2f} ms, wall {mine['wall']:.2f} ms")
    if theirs:
        peer = {key: statistics.median(t[key] for t in theirs) for key in theirs[0]}
        print(f"  QGIS: {peer['cpu_ms']:.2f} ms of processor, wall {peer['wall_ms']:.2f} ms")
        print(f"  ratios: window's thread {mine['window'] / peer['cpu_ms']:.3f}, "
              f"all threads {mine['all'] / peer['cpu_ms']:.2f}, wall {mine['wall'] / peer['wall_ms']:.2f}")


main()
