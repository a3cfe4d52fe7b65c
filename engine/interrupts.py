"""Ctrl-C during an operation: what runs is finished, nothing more is started."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator
from typing import Any

from engine.operation import Operation

INTERRUPTED = 130
LOOK_SECONDS = 0.2


def wait_for_operation(ended: threading.Event, operation: Operation) -> bool:
    """Wait until an operation has ended; true when Ctrl-C was pressed.

    A second press ends the process at once, with exit code 130 and the state as it is.
    """
    presses = 0

    def press(_signal: int, _frame: Any) -> None:
        nonlocal presses
        presses += 1
        operation.cancelled = True
        if presses > 1:  # what is under way is on disk as pending
            os._exit(INTERRUPTED)

    is_reported = False
    with handle_interrupts(press):
        while True:
            over = ended.wait(LOOK_SECONDS)
            if presses and not is_reported:
                is_reported = True
                message = "interrupted: operations under way are being finished; press Ctrl-C again to leave now"
                operation.diagnose("error", message)
            if over:
                return is_reported


@contextlib.contextmanager
def handle_interrupts(handler: Callable[[int, Any], None]) -> Generator[None]:
    """Have Ctrl-C call a signal handler for a while; off the main thread nothing changes."""
    # A handler and no `except KeyboardInterrupt`: the exception may come between any two instructions, and would leave
    # the operation behind. Only the main thread may have one.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
