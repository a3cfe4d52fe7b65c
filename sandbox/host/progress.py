"""Slow steps, told as they happen."""

import contextlib
from collections.abc import Callable, Generator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """A step that has begun, ended or failed."""

    step: str
    detail: str
    done: bool = False
    error: str | None = None


OnProgress = Callable[[Progress], None]


@contextlib.contextmanager
def told(on_progress: OnProgress, step: str, detail: str) -> Generator[None]:
    """Tell when a step begins and how it ends."""
    on_progress(Progress(step, detail))
    try:
        yield
    except BaseException as error:
        on_progress(Progress(step, detail, done=True, error=str(error) or type(error).__name__))
        raise
    on_progress(Progress(step, detail, done=True))
