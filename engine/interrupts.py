"""Ctrl-C during an operation: what runs is finished, nothing more is started."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Generator
from typing import Any

from engine.run import Run

INTERRUPTED = 130
LOOK_SECONDS = 0.2


def wait(ended: threading.Event, run: Run) -> bool:
    """Wait for an operation; true when Ctrl-C was pressed. A second press leaves at once with the state as it is."""
    presses = 0

    def pressed(_signal: int, _frame: Any) -> None:
        nonlocal presses
        presses += 1
        run.cancelled = True
        if presses > 1:  # what is under way is on disk as pending
            os._exit(INTERRUPTED)

    told = False
    with on_interrupt(pressed):
        while True:
            over = ended.wait(LOOK_SECONDS)
            if presses and not told:
                told = True
                message = "interrupted: operations under way are being finished; press Ctrl-C again to leave now"
                run.diagnose("error", message)
            if over:
                return told


@contextlib.contextmanager
def on_interrupt(pressed: Callable[[int, Any], None]) -> Generator[None]:
    """Have Ctrl-C call a function for a while."""
    # A handler and no `except KeyboardInterrupt`: the exception may come between any two instructions, and would leave
    # the operation behind. Only the main thread may have one.
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, pressed)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
