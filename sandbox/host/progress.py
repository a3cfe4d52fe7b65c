"""Progress of slow steps (packages fetched, a plane started): reported to whoever shows it."""

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """A step that has begun, ended or failed."""

    step: str
    """What kind of step: `environment`, `start` or `stop` in the sandbox; commands have more."""
    detail: str
    """What it does, for people."""
    done: bool = False
    error: str | None = None
    """Why it failed; None unless it did."""


OnProgress = Callable[[Progress], None]


@contextlib.contextmanager
def report_step(on_progress: OnProgress, step: str, detail: str) -> Generator[None]:
    """Report that a step begins, and at the end of the block that it has ended or failed."""
    on_progress(Progress(step, detail))
    try:
        yield
    except BaseException as error:
        on_progress(Progress(step, detail, done=True, error=str(error) or type(error).__name__))
        raise
    on_progress(Progress(step, detail, done=True))
