"""Whether a process that was written down still runs, and is not a later one with the same pid."""

import psutil

# Both times are exact to a hundredth of a second; a pid is not used again within one.
TOLERANCE = 1.0


def started(process: psutil.Process) -> float:
    """When a process was started: seconds after the machine was. A clock that is set does not change it.

    Raises:
        psutil.NoSuchProcess: it is gone.
    """
    # Both are derived from the boot time, which moves when the clock is set; the difference stays.
    return process.create_time() - psutil.boot_time()


def alive(pid: int, since: float) -> bool:
    """Whether the process with a pid that was started at a time, as `started` tells it, still runs."""
    try:
        process = psutil.Process(pid)
        if abs(started(process) - since) >= TOLERANCE:
            return False
        # A zombie whose threads are still ending holds its ports until the last of them is gone.
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False
