"""One operation at a time on a stack."""

import contextlib
import json
import os
import socket
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
    while True:
        try:
            descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        except FileExistsError:
            _remove_if_stale(path)
            continue
        with os.fdopen(descriptor, "w") as file:
            json.dump(mine, file)
        break
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _remove_if_stale(path: Path) -> None:
    try:
        held = json.loads(path.read_text())
    except FileNotFoundError:
        return
    except ValueError:  # its holder died between creating and writing it
        path.unlink(missing_ok=True)
        return
    if held["host"] == socket.gethostname() and not _alive(held["pid"], held["started"]):
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
