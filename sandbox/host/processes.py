"""Process groups: started apart from the caller, known by pid and start time, ended without leftovers."""

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid."""

    pid: int
    started: float

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        try:
            process = psutil.Process(self.pid)
            return abs(process.create_time() - self.started) < 1 and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False


def start(command: Sequence[str], *, environment: Mapping[str, str], directory: Path, log: Path) -> Process:
    """Start a process as the leader of a group of its own, its output in a log file."""
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
    return Process(popen.pid, psutil.Process(popen.pid).create_time())


def stop(process: Process, *, grace: float) -> bool:
    """End a process and its group: politely, then for good. True when it ended by itself in time."""
    members = _group(process) if process.alive else []
    if not members:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    leader = psutil.Process(process.pid) if process.alive else None
    _, stubborn = psutil.wait_procs([leader] if leader else [], timeout=grace)
    for member in members:
        with contextlib.suppress(psutil.NoSuchProcess):
            member.kill()
    psutil.wait_procs(members, timeout=5)
    return not stubborn


def orphans(marker: Path) -> list[psutil.Process]:
    """Processes whose working files or command line lie under a directory: what a crashed run left behind."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        with contextlib.suppress(psutil.Error):
            environment = process.environ()
            if environment.get("TMPDIR", "").startswith(str(marker)) and process.pid != os.getpid():
                found.append(process)
    return found


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


def _group(process: Process) -> list[psutil.Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(process.pid)
        return [leader, *leader.children(recursive=True)]
    return []
