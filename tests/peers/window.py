"""How soon the window is there, and what it costs when nobody touches it.

    python tests/peers/window.py [FILE]

Under Xvfb with software drawing. `mapped` is the time from process start until the window is on screen; `idle` is
the processor time of ten seconds in which nothing happens, after five in which everything arrives. The peer is
QGIS without a window: Python with its libraries loaded and the application made ready (`qgis_cost.py start`).
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from protocol import ask_qgis, orthoscope, qgis

DISPLAY = ":87"
ROUNDS = 5
TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def opened(command, environment):
    """One run: seconds until the window is mapped, processor seconds until then, idle share, peak MB."""
    start = time.perf_counter()
    window = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            tree = subprocess.run(["xwininfo", "-root", "-tree"], env=environment, capture_output=True, text=True).stdout
            shown = next((line.split()[0] for line in tree.splitlines() if '"Orthoscope' in line), None)
            if shown:
                state = subprocess.run(["xwininfo", "-id", shown], env=environment, capture_output=True, text=True)
                if "IsViewable" in state.stdout:
                    break
            if window.poll() is not None or time.perf_counter() - start > 60:
                sys.exit("the window did not open")
        mapped, used = time.perf_counter() - start, cpu_seconds(window.pid)
        time.sleep(5)
        before = cpu_seconds(window.pid)
        time.sleep(10)
        idle = (cpu_seconds(window.pid) - before) / 10
        status = Path(f"/proc/{window.pid}/status").read_text()
        peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
        return mapped, used, idle, peak
    finally:
        window.terminate()
        window.wait()


def main():
    if not (shutil.which("Xvfb") and shutil.which("xwininfo")):
        sys.exit("this needs Xvfb and xwininfo (Debian: xvfb, x11-utils)")
    command = [orthoscope(), "open", *sys.argv[1:]]
    screen = subprocess.Popen(["Xvfb", DISPLAY, "-screen", "0", "1920x1080x24", "-noreset"], stderr=subprocess.DEVNULL)
    try:
        time.sleep(2)
        with tempfile.TemporaryDirectory() as home:
            environment = {**os.environ, "DISPLAY": DISPLAY, "HOME": home, "XDG_RUNTIME_DIR": home}
            environment.pop("WAYLAND_DISPLAY", None)
            opened(command, environment)
            python, runs, theirs = qgis(), [], []
            for _ in range(ROUNDS):
                runs.append(opened(command, environment))
                if python:
                    theirs.append(ask_qgis(python, "qgis_cost.py", "start")["start"])
    finally:
        screen.terminate()
        screen.wait()
    mapped, used, idle, peak = (statistics.median(values) for values in zip(*runs))
    print(f"  window on screen after {mapped * 1000:.0f} ms ({used * 1000:.0f} ms of processor), peak {peak:.0f} MB")
    print(f"  idle: {idle * 100:.2f} % of one core")
    if theirs:
        wall, cpu = (statistics.median(t[key] for t in theirs) for key in ("wall_ms", "cpu_ms"))
        print(f"  QGIS without a window is ready after {wall:.0f} ms ({cpu:.0f} ms of processor): "
              f"ratio {mapped * 1000 / wall:.2f}, of processor {used * 1000 / cpu:.2f}")


main()
