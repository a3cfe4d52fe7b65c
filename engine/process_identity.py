"""Whether a process whose pid and start time were written down still runs, and is no later one with the same pid."""

import psutil

# Both times are exact to a hundredth of a second; a pid is not used again within one.
TOLERANCE = 1.0


def start_time(process: psutil.Process) -> float:
    """When a process was started: seconds after the machine was. A clock that is set does not change it.

    Raises:
        psutil.NoSuchProcess: it is gone.
    """
    # Both are derived from the boot time, which moves when the clock is set; the difference stays.
    return process.create_time() - psutil.boot_time()


def is_running(pid: int, started: float) -> bool:
    """Whether the process with a pid that was started at a time, in seconds as `start_time` gives it, still runs."""
    try:
        process = psutil.Process(pid)
        if abs(start_time(process) - started) >= TOLERANCE:
            return False
        # A zombie whose threads are still ending holds its ports until the last of them is gone.
        return process.status() != psutil.STATUS_ZOMBIE or process.num_threads() > 1
    except psutil.NoSuchProcess:
        return False
