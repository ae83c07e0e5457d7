"""What becomes of a project when the disk fails: `store_faults.py [POINTS] [ROUNDS]`.

Runs the store's example `acknowledge` under strace with one failing system call (EIO, ENOSPC, EMFILE) at the n-th
time, and on file systems that are full or write-protected. It must end with a sentence and a hint, never with a
panic; what it said was saved must be there afterwards, and the file sound.

ROUNDS (20 unless told otherwise) is how often it is killed, how often the disk beneath it is copied while it writes,
and how often its disk fills up or is pulled out and comes back, after which it must go on by
itself. Older files are brought up to date under failing calls, and memory, file descriptors and threads are rationed.

    cargo build -p orthoscope-store --example acknowledge
"""

import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
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


def start(command, path, edits, *more):
    return subprocess.run([*command, program(), path, str(edits), *more], capture_output=True, text=True, timeout=120)


class Running:
    """A program that draws while something is done to it; `lines` is what it has said so far."""

    def __init__(self, path, edits=10**9, *more):
        command = [program(), str(path), str(edits), *more]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.said()))
        self.reader.start()

    def said(self):
        for line in self.process.stdout:
            self.lines.append(line)
        return ()

    def saved(self):
        return max([0, *(int(line[6:]) for line in list(self.lines) if line.startswith("saved "))])

    def wait(self, condition, seconds=30):
        until = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < until, f"waited in vain; it said last: {self.lines[-3:]}"
            assert self.process.poll() is None or condition(), f"it ended: {self.process.stderr.read()}"
            time.sleep(0.002)

    def end(self, how=signal.SIGKILL):
        if how:
            self.process.send_signal(how)
        self.process.wait(60)
        self.reader.join()
        return self.saved()


class Disk:
    """A file system of its own in a file, that can be copied as it lies there, and be pulled out."""

    def __init__(self, folder, megabytes=24):
        self.image, self.mount = Path(folder) / "disk.img", Path(folder) / "disk"
        self.mount.mkdir(exist_ok=True)
        with open(self.image, "wb") as image:
            image.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.image], check=True)
        made = subprocess.run(["losetup", "-f", "--show", self.image], capture_output=True, text=True, check=True)
        self.device = made.stdout.strip()
        self.plug()

    def plug(self):
        subprocess.run(["mount", self.device, self.mount], check=True)

    def pull(self):
        subprocess.run(["umount", "-l", self.mount], check=True)

    def throw_away(self):
        subprocess.run(["umount", "-l", self.mount], check=False)
        subprocess.run(["losetup", "-d", self.device], check=False)
        self.image.unlink()


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


def killed(folder, rounds):
    path, known = Path(folder) / "killed.gpkg", 0
    start([], path, 1)
    for _ in range(rounds):
        running = Running(path, 10**9, *random.choice([[], ["--patient"]]))
        running.wait(lambda: running.saved() > 0)
        time.sleep(random.uniform(0, 0.2))
        known = max(known, running.end())
        if running.saved() > 4000:
            check(start([], path, 0), path, known, "killed")
            path.unlink()
            start([], path, 1)
            known = 0
    check(start([], path, 0), path, known, "killed")
    print(f"killed: {rounds} times, 0 lost, 0 corrupt")


def snapshots(folder, rounds):
    """What a power cut would leave: the disk's own bytes, without what the system keeps in memory for it."""
    disk, copy = Disk(folder), Path(folder) / "copy.img"
    seen, least = Path(folder) / "seen", 0
    seen.mkdir(exist_ok=True)
    path = disk.mount / "a.gpkg"
    try:
        for number in range(rounds):
            if number % 10 == 0:
                for old in disk.mount.glob("a.gpkg*"):
                    old.unlink()
            running = Running(path)
            running.wait(lambda: running.saved() > least)
            time.sleep(random.uniform(0, 0.15))
            acknowledged = running.saved()
            running.process.send_signal(signal.SIGSTOP)
            shutil.copy(disk.image, copy)
            running.process.send_signal(signal.SIGCONT)
            running.end()
            subprocess.run(["mount", "-o", "loop", copy, seen], check=True)
            try:
                check(start([], seen / "a.gpkg", 0), seen / "a.gpkg", acknowledged, f"snapshot {number}")
            finally:
                subprocess.run(["umount", seen], check=True)
    finally:
        disk.throw_away()
        copy.unlink(missing_ok=True)
    print(f"snapshots of the disk while it is written to: {rounds}, 0 acknowledged lost, 0 corrupt")


def faults_that_pass(folder, rounds):
    """The disk fills up or is pulled out, or the file is moved away; nothing is called saved meanwhile, and it goes on."""
    done = {}
    for number in range(rounds):
        disk = Disk(folder, 6)
        path, filler = disk.mount / "a.gpkg", disk.mount / "filler"
        try:
            running = Running(path, 120, "--patient")
            running.wait(lambda: running.saved() > random.randrange(2, 30))
            fault = ["full", "pulled out", "moved"][number % 3]
            if fault == "full":
                subprocess.run(["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False)
            elif fault == "pulled out":
                disk.pull()
            else:
                path.rename(disk.mount / "away.gpkg")
            waits = lambda: any(line.startswith("waits: ") for line in running.lines)
            running.wait(lambda: waits() or running.process.poll() is not None)
            if waits():
                said = next(line for line in running.lines if line.startswith("waits: "))
                assert len(said.split(". ")) > 1 or " " in said, said
                at = running.saved()
                time.sleep(0.15)
                assert running.saved() == at, f"{fault}: called saved what cannot be"
                done[fault] = done.get(fault, 0) + 1
            if fault == "full":
                filler.unlink()
            elif fault == "pulled out":
                disk.plug()
            elif (disk.mount / "away.gpkg").exists():
                (disk.mount / "away.gpkg").rename(path)
            acknowledged = running.end(None)
            assert running.process.returncode == 0, f"{fault}: {running.process.stderr.read()} {running.lines[-3:]}"
            assert acknowledged == 120, f"{fault}: {acknowledged} of 120 saved in the end"
            check(start([], path, 0), path, 120, fault)
        finally:
            disk.throw_away()
    print("faults that pass:", ", ".join(f"{fault} {n}" for fault, n in done.items()), "times; it went on by itself, 0 lost")


def older_files(folder, points):
    """A file of version 2 is brought up while calls fail: afterwards it is the old one or the new one."""
    old, path = Path(folder) / "old.gpkg", Path(folder) / "older.gpkg"
    start([], old, 5)
    with sqlite3.connect(old) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_schema WHERE name IN ('packed')").fetchall():
            db.execute(f"DROP TABLE {table}")
            db.execute("DELETE FROM gpkg_contents WHERE table_name = ?", [table])
        db.execute("UPDATE meta SET value = '2' WHERE key = 'version'")
    db.close()
    calls = [("pwrite64", "ENOSPC"), ("pwrite64", "EIO"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("rename", "EIO"),
             ("copy_file_range", "EIO"), ("openat", "EMFILE"), ("unlink", "EIO")]
    for i in range(points):
        for beside in path.parent.glob("older.gpkg*"):
            beside.unlink()
        shutil.copy(old, path)
        call, error = calls[i % len(calls)]
        when = 1 + i // len(calls)
        inject = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}:when={when}"]
        ended = start(inject, path, 1)
        if "error while loading shared libraries" not in ended.stderr:
            check(ended, path, max(5, saved(ended)), f"bringing up, {call} {error} at {when}")
    print(f"older files brought up under failing calls: {points}, 0 lost, 0 corrupt")


def rations(folder):
    """Little memory, few files, no threads: an orderly end or a death, and nothing acknowledged is lost."""
    path, runs = Path(folder) / "rationed.gpkg", 0
    limits = [["prlimit", f"--as={megabytes << 20}"] for megabytes in range(8, 120, 4)]
    limits += [["prlimit", f"--nofile={files}"] for files in range(4, 16)]
    limits += [["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=clone3,clone", "-e", "inject=clone3,clone:error=EAGAIN"]]
    for limit in limits:
        path.unlink(missing_ok=True)
        ended = start(limit, path, 40, "--patient")
        if path.exists():
            check(start([], path, 0), path, saved(ended), " ".join(limit))
        else:
            assert saved(ended) == 0, f"{limit}: the file is gone"
        assert "panicked" not in ended.stderr, ended.stderr
        runs += 1
    print(f"rations of memory, files and threads: {runs}, 0 lost, 0 corrupt")


def slow_disk(folder):
    """Each flush takes 0.3 s: no edit waits for it."""
    delay = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_exit=300000"]
    ended = start(delay, Path(folder) / "slow.gpkg", 20, "--patient")
    longest = int(re.search(r"took (\d+) µs", ended.stdout)[1])
    assert ended.returncode == 0 and saved(ended) == 20, ended.stderr
    assert longest < 50_000, f"an edit took {longest} µs while each flush took 300,000"
    print(f"slow disk: an edit took {longest} µs at most while each flush took 300,000")


def main():
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 220
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    with tempfile.TemporaryDirectory() as folder:
        if shutil.which("strace"):
            failing_calls(folder, points)
            older_files(folder, max(16, points // 4))
            slow_disk(folder)
            rations(folder)
        else:
            print("SKIPPED: failing calls; strace is not installed", file=sys.stderr)
        killed(folder, rounds)
        if os.geteuid() == 0:
            snapshots(folder, rounds)
            faults_that_pass(folder, max(4, rounds // 2))
            full_disks(folder)
            protected_media(folder)
        else:
            print("SKIPPED: full disks and write-protected media; mounting takes root", file=sys.stderr)


if __name__ == "__main__":
    main()
