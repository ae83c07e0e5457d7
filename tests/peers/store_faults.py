"""What becomes of a project when the disk fails: `store_faults.py [POINTS]`.

Runs the store's example `acknowledge` under strace with one failing system call (EIO, ENOSPC, EMFILE) at the n-th
time, and on file systems that are full or write-protected. It must end with a sentence and a hint, never with a
panic; what it said was saved must be there afterwards, and the file sound.

    cargo build -p orthoscope-store --example acknowledge
"""

import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import protocol

EDITS = 12
FAULTS = [
    ("pwrite64", "EIO"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("pread64", "EIO"),
    ("openat", "EMFILE"), ("ftruncate", "EIO"), ("unlink", "EIO"), ("write", "ENOSPC"), ("fcntl", "ENOLCK"),
    ("flock", "ENOLCK"),
]


def program():
    target = Path(os.environ.get("CARGO_TARGET_DIR", protocol.ROOT / "target"))
    for profile in ("debug", "release"):
        binary = target / profile / "examples" / "acknowledge"
        if binary.exists():
            return str(binary)
    sys.exit("cargo build -p orthoscope-store --example acknowledge")


def start(command, path, edits):
    return subprocess.run([*command, program(), path, str(edits)], capture_output=True, text=True, timeout=60)


def saved(done):
    return max([0, *map(int, re.findall(r"^saved (\d+)$", done.stdout, re.M))])


def check(done, path, acknowledged, what):
    """After a fault: an orderly end, and everything acknowledged is there."""
    assert done.returncode in (0, 1), f"{what}: ended with {done.returncode}\n{done.stderr}"
    if done.returncode == 1:
        assert re.search(r"^error: .+\nhint: .+", done.stderr, re.M), f"{what}: no sentence\n{done.stderr}"
    if not Path(path).exists():
        assert acknowledged == 0, f"{what}: the file is gone"
        return
    after = start([], path, 0)
    last = re.search(r"^last (\d+)$", after.stdout, re.M)
    assert last and int(last[1]) >= acknowledged, f"{what}: {acknowledged} acknowledged\n{after.stdout}{after.stderr}"
    assert "clean true" in after.stdout, f"{what}: not sound\n{after.stdout}"


def failing_calls(folder, points):
    random.seed(1)
    done, failed = {}, 0
    for i in range(points):
        call, error = FAULTS[i % len(FAULTS)]
        when = 1 + (i // len(FAULTS)) if i < 20 * len(FAULTS) else random.randrange(1, 200)
        path = os.path.join(folder, f"{i}.gpkg")
        # Every second file exists before, so that opening is tried as well as making.
        before = saved(start([], path, 3)) if i % 2 else 0
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        ended = start(inject, path, EDITS)
        # strace cannot start the program itself when the call belongs to the loader.
        if "error while loading shared libraries" in ended.stderr:
            continue
        check(ended, path, max(before, saved(ended)), f"{call} {error} at {when}")
        done[call] = done.get(call, 0) + 1
        failed += ended.returncode
    calls = ", ".join(f"{call} {n}" for call, n in done.items())
    print(f"failing calls: {calls}: {failed} of {sum(done.values())} runs ended with an error; 0 lost, 0 corrupt")


def full_disks(folder):
    sizes = [256 + 64 * i for i in range(16)]
    for size in sizes:
        mount = Path(folder) / "full"
        mount.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}k", "none", mount], check=True)
        try:
            path = mount / "a.gpkg"
            ended = start([], path, 400)
            kept = Path(folder) / "kept.gpkg"
            if path.exists():
                for suffix in ("", "-wal"):
                    if Path(f"{path}{suffix}").exists():
                        shutil.copy(f"{path}{suffix}", f"{kept}{suffix}")
            check(ended, kept, saved(ended), f"a disk of {size} KiB")
        finally:
            subprocess.run(["umount", mount], check=True)
        for suffix in ("", "-wal", "-shm"):
            Path(f"{kept}{suffix}").unlink(missing_ok=True)
    print(f"full disks: {len(sizes)} sizes, 0 lost, 0 corrupt")


def protected_media(folder):
    home = Path(folder) / "protected"
    home.mkdir()
    start([], home / "a.gpkg", 5)
    subprocess.run(["mount", "--bind", home, home], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", home], check=True)
        ended = start([], home / "a.gpkg", 1)
        assert ended.returncode == 1 and "write-protected" in ended.stderr, ended.stderr
        check(ended, home / "a.gpkg", 5, "write-protected medium")
        assert [p.name for p in home.iterdir()] == ["a.gpkg"], "something lies beside the file"
    finally:
        subprocess.run(["umount", home], check=True)
    print("write-protected medium: opens for reading, nothing beside the file")


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 220
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("strace"):
            failing_calls(folder, points)
        else:
            print("SKIPPED: failing calls; strace is not installed", file=sys.stderr)
        if os.geteuid() == 0:
            full_disks(folder)
            protected_media(folder)
        else:
            print("SKIPPED: full disks and write-protected media; mounting takes root", file=sys.stderr)


if __name__ == "__main__":
    main()
