"""What a power cut leaves of a project: `power_cuts.py [STATES]`.

Records every call by which the store's example `acknowledge` changes its files, and makes of that what a disk may hold
after the power went at any moment: everything up to a flush, and of what came after it all, nothing, or any part, in
any order, each write torn at sectors of 512 bytes; names made, changed and removed likewise until their folder is
flushed. Each state is opened, for reading or for writing, and must be sound and hold every edit that was called saved
before the cut. Those opened for writing must take one more edit.

    cargo build -p orthoscope-store --example acknowledge
"""

import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from store_faults import program

SECTOR = 512
CALLS = "openat,open,close,write,pwrite64,ftruncate,fdatasync,fsync,unlink,unlinkat,rename,renameat,renameat2"
# What lies beside a project and comes back by itself.
FORGOTTEN = ("-shm", ".lock")


class File:
    """A file: what its disk surely holds, and the changes since its last flush."""

    def __init__(self):
        self.kept, self.waiting, self.at = bytearray(), [], 0

    def flush(self):
        for change in self.waiting:
            apply(self.kept, change)
        self.waiting = []

    def left(self, dice):
        """What may be there after a cut."""
        content = bytearray(self.kept)
        for change in self.waiting:
            offset, data = change
            if dice is True:
                apply(content, change)
            elif dice and data is None and dice.random() < 0.5:
                apply(content, change)
            elif dice and data is not None and dice.random() < 0.7:
                torn = dice.random() < 0.3
                for start in range(0, len(data), SECTOR):
                    if not torn or dice.random() < 0.5:
                        apply(content, (offset + start, data[start : start + SECTOR]))
        return bytes(content)


def apply(content, change):
    offset, data = change
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    content.extend(bytes(max(0, offset + len(data) - len(content))))
    content[offset : offset + len(data)] = data


def recorded(folder, name, edits):
    """The calls of one run, as lists of (name, arguments, result)."""
    trace = Path(folder) / "trace"
    command = ["strace", "-xx", "-s", "1000000", "-o", trace, "-e", f"trace={CALLS}", program(), name, str(edits)]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    for line in trace.read_text().splitlines():
        found = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", line)
        if found and int(found[3]) >= 0:
            yield found[1], found[2], int(found[3])
    trace.unlink()


def text(argument):
    return bytes(int(byte, 16) for byte in re.findall(r"\\x([0-9a-f]{2})", argument))


class Disk:
    """The folder as the calls leave it."""

    def __init__(self, folder):
        self.folder, self.open = folder, {}
        self.names, self.sure, self.moves = {}, {}, []
        self.saved = 0

    def inside(self, quoted):
        path = os.path.join(self.folder, os.fsdecode(text(quoted)))
        name = os.path.relpath(path, self.folder)
        return None if name.startswith("..") or name.endswith(FORGOTTEN) else name

    def move(self, change):
        change(self.names)
        self.moves.append(change)

    def happens(self, call, arguments, result):
        """True when it changes what a cut leaves."""
        quoted = re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)
        handle = int(arguments.split(",")[0]) if arguments.split(",")[0].isdigit() else None
        if call in ("openat", "open"):
            name = self.inside(quoted[0])
            self.open[result] = ".." if name == "." else self.names.get(name)
            if name not in (None, ".") and "O_CREAT" in arguments and name not in self.names:
                file = File()
                self.move(lambda names: names.__setitem__(name, file))
                self.open[result] = file
                return True
            return False
        if call in ("unlink", "unlinkat") and (name := self.inside(quoted[-1])) in self.names:
            self.move(lambda names: names.pop(name, None))
            return True
        if call.startswith("rename"):
            old, new = map(self.inside, quoted)
            file = self.names.get(old)
            if file:
                self.move(lambda names: (names.pop(old, None), names.__setitem__(new, file)))
            return bool(file)
        if call == "write" and handle == 1:
            said = text(quoted[0]).decode().split()
            self.saved = max([self.saved, *map(int, said[1::2])]) if said[:1] == ["saved"] else self.saved
            return False
        file = self.open.get(handle)
        if call == "close":
            self.open.pop(handle, None)
        elif file == "..":
            if call in ("fsync", "fdatasync"):
                for change in self.moves:
                    change(self.sure)
                self.moves = []
                return True
        elif file and call in ("pwrite64", "write"):
            data = text(quoted[0])[:result]
            offset = int(arguments.rsplit(",", 1)[1]) if call == "pwrite64" else file.at
            file.at = file.at if call == "pwrite64" else file.at + len(data)
            file.waiting.append((offset, data))
            return True
        elif file and call == "ftruncate":
            file.waiting.append((int(arguments.rsplit(",", 1)[1]), None))
            return True
        elif file and call in ("fsync", "fdatasync"):
            file.flush()
            return True
        return False

    def left(self, dice):
        names = dict(self.sure)
        for change in self.moves:
            if dice is True or (dice and dice.random() < 0.5):
                change(names)
        return {name: file.left(dice) for name, file in names.items()}


class Judge:
    """The example, asked about one state after the other."""

    def __init__(self, folder):
        self.folder, self.count = Path(folder) / "states", 0
        self.folder.mkdir()
        command = [program(), "--each"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def asks(self, state, saved, what):
        for old in self.folder.iterdir():
            old.unlink()
        for name, content in state.items():
            (self.folder / name).write_bytes(content)
        self.count += 1
        mode = "read" if self.count % 3 == 0 else "write"
        self.process.stdin.write(f"{mode} {self.folder / 'a.gpkg'}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split(maxsplit=2)
        what = f"{what}, leaving {[(name, len(content)) for name, content in state.items()]}"
        assert answer, f"{what}: it died"
        if answer[0] == "last":
            assert int(answer[1]) >= saved, f"{what}: {saved} saved, {answer[1]} found ({mode})"
            assert answer[2].strip() == "clean", f"{what}: {answer[2]} ({mode})"
        else:
            assert saved == 0, f"{what}: {saved} saved, and {' '.join(answer)} ({mode})"

    def end(self):
        self.process.stdin.close()
        self.process.wait(60)


def main():
    states = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    dice = random.Random(3)
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        home = os.path.join(folder, "home")
        os.mkdir(home)
        # Made, opened again, and once so long that the log is folded in between.
        runs = [list(recorded(home, "a.gpkg", edits)) for edits in (12, 12, 150)]
        calls = [call for run in runs for call in [*run, None]]
        moments = sum(1 for call in calls if call and call[0] not in ("openat", "open", "close"))
        each = max(3, states // moments)
        disk, judge = Disk(home), Judge(folder)
        for number, call in enumerate(calls):
            if call is None:
                disk.open = {}
                continue
            if not disk.happens(*call):
                continue
            what = f"cut after call {number} ({call[0]})"
            for way in [True, None, *[dice] * (each - 2)]:
                judge.asks(disk.left(way), disk.saved, what)
        judge.end()
        assert disk.saved >= 174, f"only {disk.saved} edits were called saved"
        print(f"power cuts: {judge.count} states after {moments} calls, {disk.saved} edits: 0 acknowledged lost, 0 corrupt")


if __name__ == "__main__":
    main()
