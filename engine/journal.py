"""The journal of a state file: what an operation has changed since the checkpoint, one appended line a group commit.

A line is the CRC-32 of it and of all lines before, eight hexadecimal digits, then JSON: `states` are resources in
checkpoint form by key, `moves` say in order what became of the keys. A key is a resource's position in the checkpoint,
or a later number. The first line also has the digest of the checkpoint that it extends, and how to read that one.
"""

import json
import os
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.errors import StateCorruptError
from engine.snapshot import CheckpointLayout, SnapshotChanges

# A deployment that is larger is written anew when the journal is as large as it is: the cost stays linear.
BYTES = 8 * 2**20
DIGITS = 8


class Journal:
    """The journal of one checkpoint; there is no file before the first commit."""

    def __init__(self, path: Path, extends: str, layout: CheckpointLayout, *, bound: int) -> None:
        """Describe it; nothing is written yet.

        Args:
            path: Where it is written. A file that is there belongs to an older checkpoint and is removed.
            extends: SHA-256 of the checkpoint, which the first line names.
            layout: How the checkpoint's lists are read.
            bound: Size in bytes from which on another checkpoint is due.
        """
        self._path = path
        self._head: Mapping[str, Any] = {"extends": extends, "new": layout.new, "earlier": layout.earlier}
        self._bound = bound
        self._file: int | None = None
        self._size = self._checksum = 0
        self._named = False

    @property
    def is_begun(self) -> bool:
        """Whether anything was committed to it."""
        return self._file is not None

    @property
    def is_full(self) -> bool:
        """Whether a new checkpoint is due."""
        return self._size >= self._bound

    def append(self, changes: SnapshotChanges) -> None:
        """Commit changes: a process that is killed after this has not lost them, a machine only before `sync`.

        Raises:
            OSError: they are not written. Nothing may follow what of them is in the file.
        """
        line = self._line(changes, {} if self._file is not None else self._head)
        if self._file is None:
            self._file = _create(self._path)
        left = memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        self._size += len(line)

    def sync(self) -> None:
        """Return when every commit has reached the disk.

        Raises:
            OSError: that is not known. Nothing may follow them.
        """
        if self._file is None:
            return
        _sync_data(self._file)
        if not self._named:
            sync_directory(self._path.parent)
            self._named = True

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _line(self, changes: SnapshotChanges, head: Mapping[str, Any]) -> bytes:
        # States come as text: each is rendered once.
        states = ", ".join(f'"{key}": {text}' for key, text in changes.states.items())
        rest = json.dumps({**head, "moves": changes.moves})
        payload = f'{{"states": {{{states}}}, {rest[1:]}'.encode()
        self._checksum = zlib.crc32(payload, self._checksum)
        return f"{self._checksum:0{DIGITS}x} ".encode() + payload + b"\n"


def journal_path(state: Path) -> Path:
    """The path of a state file's journal."""
    return state.with_suffix(".journal")


def parse_commits(content: bytes, *, state: Path, extends: str) -> list[Mapping[str, Any]]:
    """The commits in a journal's content; none when it belongs to another checkpoint.

    The last line may be half written: its writer never returned from the commit.

    Raises:
        StateCorruptError: a line before the last is damaged.
    """
    *lines, rest = content.split(b"\n")
    found: list[Mapping[str, Any]] = []
    checksum = 0
    for number, line in enumerate(lines, 1):
        digits, payload = line[:DIGITS], line[DIGITS + 1 :]
        checksum = zlib.crc32(payload, checksum)
        if digits != f"{checksum:0{DIGITS}x}".encode():
            if number == len(lines) and not rest:
                break
            raise journal_error(state, f"line {number} of {len(lines)} does not match its checksum")
        commit: Mapping[str, Any] = json.loads(payload)
        if number == 1 and commit["extends"] != extends:
            return []
        found.append(commit)
    return found


def replay_commits(
    resources: Sequence[Any], operations: Sequence[Any], commits: Sequence[Mapping[str, Any]]
) -> tuple[list[Any], list[Any]]:
    """Resources and pending operations of a checkpoint, brought forward by the commits of its journal.

    Raises:
        LookupError: a commit names a resource that is not there.
    """
    if not commits:
        return list(resources), list(operations)
    at, earlier = commits[0]["new"], commits[0]["earlier"]
    states = dict(enumerate(resources))
    new, old = dict.fromkeys(range(at)), dict.fromkeys(range(at, len(states)))
    under_way: dict[int, str] = {}
    for commit in commits:
        states.update((int(key), state) for key, state in commit["states"].items())
        for move, key, *kind in commit["moves"]:
            match move:
                case "begin":
                    under_way[key] = kind[0]
                case "end":
                    del under_way[key]
                case _:  # one that is added once more, under a new state, comes last
                    new.pop(key, None)
                    old.pop(key, None)
                    if move == "add":
                        new[key] = None
    pending = [{"resource": states[key], "type": kind} for key, kind in under_way.items()]
    return [states[key] for key in (*new, *old)], [*pending, *operations[len(operations) - earlier :]]


def journal_error(state: Path, reason: str) -> StateCorruptError:
    """The error of a state file's journal that can't be read on."""
    return StateCorruptError(
        f"the journal {journal_path(state)} is damaged ({reason}); restore it and {state} from a copy, or delete the "
        "journal and run `scaleshop refresh`: what the interrupted operation made is then not in the state, and is to "
        "be removed by hand"
    )


def sync_directory(path: Path) -> None:
    """Have the disk know a directory's entries."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _sync_data(descriptor: int) -> None:
    # Without the times of the inode, which nobody reads. macOS has no such call:
    # https://docs.python.org/3/library/os.html#os.fdatasync
    if hasattr(os, "fdatasync"):
        os.fdatasync(descriptor)
    else:
        os.fsync(descriptor)


def _create(path: Path) -> int:
    # Another file, not the old one emptied: a reader may be in the middle of it.
    path.unlink(missing_ok=True)
    return os.open(path, os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_WRONLY, 0o600)
