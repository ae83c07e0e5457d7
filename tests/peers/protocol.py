"""How two programs are compared here.

Results must agree before anything is timed; then the programs take turns (A, B, A, B, ...) on the same file in
the same cache state, and medians are compared. Ratios below 1 mean that Orthoscope is faster or smaller.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def orthoscope():
    """The release binary: `ORTHOSCOPE` in the environment, else the target folder's."""
    named = os.environ.get("ORTHOSCOPE")
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    binary = Path(named) if named else target / "release" / "orthoscope"
    if not binary.exists():
        sys.exit(f"{binary} does not exist: cargo build --release --bin orthoscope")
    return str(binary)


def samples():
    """The folder of real samples, or None, said loudly."""
    folder = os.environ.get("ORTHOSCOPE_SAMPLES")
    if not folder:
        print("SKIPPED: real samples; set ORTHOSCOPE_SAMPLES", file=sys.stderr)
        return None
    return Path(folder)


def qgis():
    """A Python that has QGIS, or None, said loudly."""
    for python in ("/usr/bin/python3", "python3"):
        if subprocess.run([python, "-c", "import qgis.core"], capture_output=True).returncode == 0:
            return python
    print("SKIPPED: QGIS; install python3-qgis", file=sys.stderr)
    return None


def ask_qgis(python, script, *arguments):
    """What a script beside this one says in JSON when QGIS runs it, without a screen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    printed = run([python, Path(__file__).with_name(script), *arguments], env=environment)
    return json.loads(printed.splitlines()[-1])


def example(package, name):
    """A release build of an example of one of our crates."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "release" / "examples" / name
    if not path.exists():
        sys.exit(f"cargo build --release -p {package} --example {name}")
    return path


def run(command, **options):
    """Runs a command that must succeed; what it printed."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nfailed with {done.returncode}:\n{done.stderr[-2000:]}")
    return done.stdout


def run_json(command):
    return json.loads(run(command))


def measured(command):
    """Wall seconds, CPU seconds and peak memory in MB of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} failed: {process.stderr.read().decode()[-1500:]}")
    del before
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(title, ours, peers, rounds=7):
    """Times our command against each peer's in turns; prints medians and ratios, returns them."""
    commands = {"orthoscope": ours, **peers}
    taken = {name: [] for name in commands}
    for command in commands.values():
        measured(command)  # one untimed pass: a warm cache for all
    for _ in range(rounds):
        for name, command in commands.items():
            taken[name].append(measured(command))
    median = {
        name: tuple(statistics.median(values) for values in zip(*runs)) for name, runs in taken.items()
    }
    print(f"\n{title} (median of {rounds}, warm)")
    for name, (wall, cpu, memory) in median.items():
        print(f"  {name:<22} wall {wall * 1000:8.1f} ms   CPU {cpu * 1000:8.1f} ms   peak {memory:7.1f} MB")
    ratios = {name: median["orthoscope"][0] / median[name][0] for name in peers}
    for name, ratio in ratios.items():
        print(f"  ratio to {name}: {ratio:.2f}x wall")
    return median, ratios
