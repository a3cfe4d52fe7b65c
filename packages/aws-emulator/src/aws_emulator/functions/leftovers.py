"""Processes that outlive what started them, known on Linux by where they keep temporary files."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from aws_emulator.functions import memory

# A killed process is gone as soon as the kernel gets to it.
KILL_SECONDS = 5.0
TEMPORARY = b"TMPDIR="


def kill_orphans(directory: Path) -> None:
    """Kill every process whose TMPDIR is in a directory, with its descendants, and wait until they are gone."""
    found = [member for pid in _find_processes(directory) for member in (pid, *memory.find_descendants(pid))]
    for pid in found:
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + KILL_SECONDS
    while any(map(_is_running, found)) and time.monotonic() < deadline:
        time.sleep(0.01)


def _find_processes(directory: Path) -> Iterator[int]:
    for name in os.listdir("/proc"):  # noqa: PTH208 - hundreds of entries
        if name.isdigit() and int(name) != os.getpid():
            with contextlib.suppress(OSError):
                variables = Path(f"/proc/{name}/environ").read_bytes().split(b"\0")
                temporary = next((v.removeprefix(TEMPORARY) for v in variables if v.startswith(TEMPORARY)), b"")
                if temporary and Path(os.fsdecode(temporary)).is_relative_to(directory):
                    yield int(name)


def _is_running(pid: int) -> bool:
    """Whether a process is more than an entry that its parent has not read."""
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in ("Z", "X")
    return False
