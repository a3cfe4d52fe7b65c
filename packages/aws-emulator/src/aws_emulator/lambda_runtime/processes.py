"""The processes of an environment, as Linux counts them: their memory, and those that outlive what started them.

AWS limits resident memory of the whole environment and kills what exceeds it. RLIMIT_AS counts address space, of which
Python with the AWS SDK reserves far more than it uses, so memory is watched instead; an allocation that is freed
between two looks passes. RLIMIT_DATA, well above, keeps one huge allocation from taking the machine before the next
look.
"""

import contextlib
import os
import resource
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from aws_emulator.lambda_runtime.limits import MIB

PAGE = os.sysconf("SC_PAGE_SIZE")
# Written pages of Python with its libraries before it holds anything of the function's, threads' stacks included.
DATA_HEADROOM = 512 * MIB
# A killed process is gone as soon as the kernel gets to it.
KILL_SECONDS = 5.0
TEMPORARY = b"TMPDIR="


def set_limits(pid: int, data: int) -> None:
    """Set a process's hard bounds: bytes of data besides what Python itself takes, no core files."""
    for kind, value in ((resource.RLIMIT_DATA, data + DATA_HEADROOM), (resource.RLIMIT_CORE, 0)):
        with contextlib.suppress(OSError):
            resource.prlimit(pid, kind, (value, value))


def measure_quickly(pid: int) -> int:
    """Resident bytes of a process and its descendants, quickly: pages that they share count more than once."""
    return sum(map(_read_resident, (pid, *find_descendants(pid))))


def measure_exactly(pid: int) -> int:
    """The same, shared pages counted once: for forked children, at some milliseconds a process."""
    members = [pid, *find_descendants(pid)]
    return _read_resident(pid) if len(members) == 1 else sum(map(_read_proportional, members))


def read_peak(pid: int) -> int:
    """The most that one process had resident, in bytes."""
    return _read_kilobytes(f"/proc/{pid}/status", "VmHWM:") * 1024


def _read_resident(pid: int) -> int:
    with contextlib.suppress(OSError, IndexError, ValueError):
        return int(_read_text(f"/proc/{pid}/statm").split()[1]) * PAGE
    return 0


def _read_proportional(pid: int) -> int:
    return _read_kilobytes(f"/proc/{pid}/smaps_rollup", "Pss:") * 1024


def find_descendants(pid: int) -> list[int]:
    """Children of a process and theirs."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):  # noqa: PTH208 - looked at fifty times a second
            with contextlib.suppress(OSError):
                for child in map(int, _read_text(f"/proc/{pid}/task/{task}/children").split()):
                    found += [child, *find_descendants(child)]
    return found


def _read_kilobytes(path: str, name: str) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError):
        for line in _read_text(path).splitlines():
            if line.startswith(name):
                return int(line.split()[1])
    return 0


def _read_text(path: str) -> str:
    return Path(path).read_text(encoding="ascii", errors="replace")


def kill_orphans(directory: Path) -> None:
    """Kill every process whose TMPDIR is in a directory, with its descendants, and wait until they are gone."""
    found = [member for pid in _find_processes(directory) for member in (pid, *find_descendants(pid))]
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
