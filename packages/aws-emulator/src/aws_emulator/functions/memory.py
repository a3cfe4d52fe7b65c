"""The memory of an environment: resident pages of its processes, as Linux counts them.

AWS limits resident memory of the whole environment and kills what exceeds it. RLIMIT_AS counts address space, of which
Python with the AWS SDK reserves far more than it uses, so memory is watched instead; an allocation that is freed
between two looks passes. RLIMIT_DATA, well above, keeps one huge allocation from taking the machine before the next
look.
"""

import contextlib
import os
import resource
from pathlib import Path

from aws_emulator.functions.limits import MIB

PAGE = os.sysconf("SC_PAGE_SIZE")
# Written pages of Python with its libraries before it holds anything of the function's, threads' stacks included.
DATA_HEADROOM = 512 * MIB


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
