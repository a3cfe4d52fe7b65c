"""Process groups: started apart from the caller, known by pid and start time, ended without leftovers."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine import process_identity

PORTS = range(1, 65536)
# A killed process is gone as soon as the kernel gets to it.
KILL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid."""

    pid: int
    started: float
    """Seconds after the machine's start: a clock that is set does not change it."""

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return process_identity.is_running(self.pid, self.started)


def start(command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path) -> Process:
    """Start a process as the leader of a group of its own, its output in a log file.

    Raises:
        OSError: there is no such program, or the log can't be written.
    """
    with log.open("ab") as output:
        popen = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    return Process(popen.pid, process_identity.start_time(psutil.Process(popen.pid)))


def stop(process: Process, *, grace: float) -> bool:
    """End a process and its group: politely, then for good. True when it ended by itself in time."""
    members = _group(process) if process.alive else []
    if not members:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    polite = _ended([process], grace)
    for member in members:
        if member.alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(member.pid).kill()
    _ended(members, KILL_SECONDS)
    return polite


def orphans(directory: Path) -> list[Process]:
    """Processes that keep their temporary files inside a directory: what a crashed run left behind."""
    found: list[Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            temporary = process.environ().get("TMPDIR")
            if temporary and Path(temporary).is_relative_to(directory) and process.pid != os.getpid():
                found.append(Process(process.pid, process_identity.start_time(process)))
    return found


def listens(process: Process, port: int) -> bool:
    """Whether a process listens on a loopback port; another program's answer is not taken for its own."""
    with contextlib.suppress(psutil.Error):
        sockets = psutil.Process(process.pid).net_connections(kind="tcp")
        return any(s.status == psutil.CONN_LISTEN and tuple(s.laddr) == ("127.0.0.1", port) for s in sockets)
    return False


def free_port(preferred: int | None = None) -> int:
    """A free loopback port; the preferred one if it is free."""
    for candidate in (preferred, 0):
        if candidate is None:
            continue
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", candidate))
            return int(probe.getsockname()[1])
    msg = "no free port on 127.0.0.1"
    raise OSError(msg)


def _group(process: Process) -> list[Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(process.pid)
        return [Process(p.pid, process_identity.start_time(p)) for p in (leader, *leader.children(recursive=True))]
    return []


def _ended(processes: Sequence[Process], seconds: float) -> bool:
    # Not psutil's wait: where process 1 reaps nobody (a container without an init), an ended one stays as a zombie.
    deadline = time.monotonic() + seconds
    while any(process.alive for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
