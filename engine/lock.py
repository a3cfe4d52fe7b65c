"""One operation at a time on a stack."""

import contextlib
import fcntl
import json
import os
import socket
import threading
from collections.abc import Generator
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from engine.errors import StateLockedError
from engine.liveness import alive, started


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds a lock."""

    pid: int
    host: str
    started: float
    """Seconds after that host's start."""

    @property
    def alive(self) -> bool:
        """Whether that process, and not a later one with its pid, runs on this host."""
        return alive(self.pid, self.started)


@contextlib.contextmanager
def locked(state: Path) -> Generator[None]:
    """Hold the stack's lock: a file beside the state with pid, host and start time of its holder.

    A lock whose process is gone, or whose pid belongs to a younger process, is stale and taken over.

    Raises:
        StateLockedError: a live process holds it, or one on another host that can't be asked.
    """
    path = state.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = Holder(os.getpid(), socket.gethostname(), started(psutil.Process()))
    # Linked into place whole: nobody ever sees a lock without its holder.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(asdict(mine)))
    try:
        while True:
            try:
                os.link(draft, path)
                break
            except FileExistsError:
                _remove_if_stale(path)
    finally:
        draft.unlink(missing_ok=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def holder(path: Path) -> Holder | None:
    """Who holds the lock in a file; None when it was cut off by a crash of the machine, or is gone by now."""
    try:
        return _parsed(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _remove_if_stale(path: Path) -> None:
    try:
        file = path.open()
    except FileNotFoundError:
        return
    with file:
        # Two who find the same stale lock take turns; the second sees that the file is another one by now.
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if path.stat().st_ino != os.fstat(file.fileno()).st_ino:
                return
        except FileNotFoundError:
            return
        held = _parsed(file.read())
        here = held is not None and held.host == socket.gethostname()
        if held is None or (here and not held.alive):
            path.unlink(missing_ok=True)
            return
    where = "" if here else f" on host {held.host}"
    msg = (
        f"stack '{path.stem}' is being changed by process {held.pid}{where}; wait for it to end. "
        f"If it is gone for good, delete {path}."
    )
    raise StateLockedError(msg)


def _parsed(text: str) -> Holder | None:
    try:
        held = json.loads(text)
        return Holder(int(held["pid"]), str(held["host"]), float(held["started"]))
    except (ValueError, KeyError, TypeError):
        return None
