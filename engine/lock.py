"""The lock of a stack: one operation at a time, across processes."""

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
from engine.process_identity import is_running, start_time


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The process that has a lock."""

    pid: int
    host: str
    started: float
    """Seconds after that host's start."""

    @property
    def is_running(self) -> bool:
        """Whether that process, and not a later one with its pid, runs on this host."""
        return is_running(self.pid, self.started)


@contextlib.contextmanager
def lock_stack(state: Path) -> Generator[None]:
    """Lock a stack for a while: a file beside the state names pid, host and start time of the holder.

    A lock whose process is gone, or whose pid belongs to a younger process, is stale and taken over.

    Args:
        state: The stack's state file; its directory is made with mode 0700.

    Raises:
        StateLockedError: a live process has it, or one on another host that can't be asked.
    """
    path = state.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = LockHolder(os.getpid(), socket.gethostname(), start_time(psutil.Process()))
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


def read_holder(path: Path) -> LockHolder | None:
    """The holder that a lock file names; None when a crash of the machine cut it off, or it is gone by now."""
    try:
        return _parse_holder(path.read_text("utf-8"))
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
        holder = _parse_holder(file.read())
        here = holder is not None and holder.host == socket.gethostname()
        if holder is None or (here and not holder.is_running):
            path.unlink(missing_ok=True)
            return
    where = "" if here else f" on host {holder.host}"
    msg = (
        f"stack '{path.stem}' is being changed by process {holder.pid}{where}; wait for it to end. "
        f"If it is gone for good, delete {path}."
    )
    raise StateLockedError(msg)


def _parse_holder(text: str) -> LockHolder | None:
    try:
        found = json.loads(text)
        return LockHolder(int(found["pid"]), str(found["host"]), float(found["started"]))
    except (ValueError, KeyError, TypeError):
        return None
