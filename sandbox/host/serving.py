"""Processes that serve on a loopback port: started with their output in a log, waited for until they answer."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from sandbox.host.errors import SandboxError
from sandbox.host.files import rotate, tail
from sandbox.host.local import answers
from sandbox.host.processes import Process, listens, start, stop

KEPT_LOGS = 3
LOG_LINES = 15


def launch(
    what: str, command: Sequence[str], *, environment: Mapping[str, str], directory: Path, working: Path, log: Path
) -> Process:
    """A started process; its log is a new one, some older ones are kept.

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
        rotate(log, KEPT_LOGS)
        return start(command, environment=environment, directory=working, log=log)
    except OSError as error:
        msg = f"{what} can't be started in {directory}: {error}"
        raise SandboxError(msg) from error


def wait(what: str, process: Process, url: str, port: int, log: Path, *, seconds: float) -> None:
    """Return when a process answers 200; one that does not in time is ended.

    Raises:
        SandboxError: it ended or did not answer; the message has the end of its log.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.alive:
        if listens(process, port) and answers(url):
            return
        time.sleep(0.02)
    ended = "ended at once" if not process.alive else f"did not answer within {seconds:g} s"
    stop(process, grace=1)
    msg = f"{what} {ended}; the end of {log}:\n{tail(log, LOG_LINES)}"
    raise SandboxError(msg)
