"""Processes of the sandbox: groups apart from the caller, waited for until they serve, ended without leftovers."""

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
from sandbox.host.errors import SandboxError
from sandbox.host.files import read_tail, rotate_logs
from sandbox.host.local_http import is_answering

PORTS = range(1, 65536)
KEPT_LOGS = 3
LOG_LINES = 15
# A killed process is gone as soon as the kernel gets to it.
KILL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Process:
    """A process that can't be mistaken for a later one with the same pid."""

    pid: int
    started: float
    """Seconds after the machine's start: a clock that is set does not change it."""

    @property
    def is_running(self) -> bool:
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


def start_server(
    what: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, working: Path, log: Path
) -> Process:
    """Start a process with a new log; the three logs before are kept.

    Args:
        what: What it is called in messages.
        command: All words.
        environment: All variables.
        directory: What it keeps files in, for messages.
        working: Its working directory.
        log: Where its output goes.

    Raises:
        SandboxError: there is no such program, or a file can't be written.
    """
    try:
        rotate_logs(log, KEPT_LOGS)
        return start(command, environment=environment, directory=working, log=log)
    except OSError as error:
        msg = f"{what} can't be started in {directory}: {error}"
        raise SandboxError(msg) from error


def wait_until_serving(what: str, process: Process, url: str, port: int, log: Path, *, seconds: float) -> None:
    """Wait until a process answers 200 on its port; one that does not in time is ended.

    Args:
        what: What it is called in messages.
        process: As it was started.
        url: What must answer.
        port: On which it must listen itself.
        log: Whose end is in the message of an error.
        seconds: How long it may take.

    Raises:
        SandboxError: it ended or did not answer; the message has the end of its log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.is_running:
        if is_listening(process, port) and is_answering(url):
            return
        time.sleep(0.02)
    ended = "ended at once" if not process.is_running else f"did not answer within {seconds:g} s"
    stop(process, grace=1)
    msg = f"{what} {ended}; the end of {log}:\n{read_tail(log, LOG_LINES)}"
    raise SandboxError(msg)


def stop(process: Process, *, grace: float) -> bool:
    """End a process and its group: politely, then for good. True when it ended by itself in time."""
    members = _find_group(process) if process.is_running else []
    if not members:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(process.pid, signal.SIGTERM)
    polite = _wait_for_end([process], grace)
    for member in members:
        if member.is_running:
            with contextlib.suppress(psutil.NoSuchProcess):
                psutil.Process(member.pid).kill()
    _wait_for_end(members, KILL_SECONDS)
    return polite


def find_orphans(directory: Path) -> list[Process]:
    """Processes whose TMPDIR lies in a directory: what a crashed run left behind."""
    found: list[Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            temporary = process.environ().get("TMPDIR")
            if temporary and Path(temporary).is_relative_to(directory) and process.pid != os.getpid():
                found.append(Process(process.pid, process_identity.start_time(process)))
    return found


def is_listening(process: Process, port: int) -> bool:
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


def _find_group(process: Process) -> list[Process]:
    with contextlib.suppress(psutil.NoSuchProcess):
        leader = psutil.Process(process.pid)
        return [Process(p.pid, process_identity.start_time(p)) for p in (leader, *leader.children(recursive=True))]
    return []


def _wait_for_end(processes: Sequence[Process], seconds: float) -> bool:
    # Not psutil's wait: where process 1 reaps nobody (a container without an init), an ended one stays as a zombie.
    deadline = time.monotonic() + seconds
    while any(process.is_running for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
