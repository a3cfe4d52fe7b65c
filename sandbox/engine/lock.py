"""One operation at a time on a stack."""

import contextlib
import fcntl
import json
import os
import socket
import threading
from collections.abc import Generator
from pathlib import Path

import psutil

from sandbox.engine.errors import StateLockedError


@contextlib.contextmanager
def locked(state: Path) -> Generator[None]:
    """Hold the stack's lock: a file beside the state with pid, host and start time of its holder.

    A lock whose process is gone, or whose pid belongs to a younger process, is stale and taken over.

    Raises:
        StateLockedError: a live process holds it, or one on another host that can't be asked.
    """
    path = state.with_suffix(".lock")
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mine = {"pid": os.getpid(), "host": socket.gethostname(), "started": psutil.Process().create_time()}
    # Linked into place whole: nobody ever sees a lock without its holder.
    draft = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(mine))
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


def _remove_if_stale(path: Path) -> None:
    try:
        file = path.open()
    except FileNotFoundError:
        return
    with file:
        # Two who find the same stale lock take turns; the second sees that the file is another one by now.
        fcntl.flock(file, fcntl.LOCK_EX)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_ino != os.fstat(file.fileno()).st_ino:
                return
        try:
            held = json.load(file)
            stale = held["host"] == socket.gethostname() and not _alive(held["pid"], held["started"])
        except (ValueError, KeyError, TypeError):  # cut off by a crash of the machine
            held, stale = {}, True
        if stale:
            path.unlink(missing_ok=True)
            return
    where = "" if held["host"] == socket.gethostname() else f" on host {held['host']}"
    msg = (
        f"stack '{path.stem}' is being changed by process {held['pid']}{where}; wait for it to end. "
        f"If it is gone for good, delete {path}."
    )
    raise StateLockedError(msg)


def _alive(pid: int, started: float) -> bool:
    try:
        return abs(psutil.Process(pid).create_time() - started) < 1
    except psutil.NoSuchProcess:
        return False
