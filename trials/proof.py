"""A proof as data: a small program with and without what a rule asks for, and the promise that hangs on it."""

import importlib
import pkgutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trial saw."""

    held: bool
    """Whether the promise was kept."""
    text: str
    """What was seen, with numbers."""


class Lab:
    """A deployed program: its outputs, and the services behind it."""

    def __init__(self, outputs: Mapping[str, Any], client: Callable[[str], Any]) -> None:
        """Describe a lab.

        Args:
            outputs: The program's.
            client: An API client of a service.
        """
        self.outputs, self._client = outputs, client

    def client(self, service: str) -> Any:
        """An API client."""
        return self._client(service)

    def watch(self, look: Callable[[], T], until: Callable[[T], bool], *, seconds: float) -> T:
        """What is seen once it is as expected, or else at the deadline."""
        deadline = time.monotonic() + seconds
        while True:
            found = look()
            if until(found) or time.monotonic() > deadline:
                return found
            time.sleep(POLL_SECONDS)


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that a rule matters."""

    rule: str
    """The rule's id."""
    removed: str
    """What the program lacks when it is unguarded."""
    promise: str
    """What holds as long as it is there."""
    program: Callable[[bool], Mapping[str, Any]]
    """Builds the resources, guarded or not, and returns outputs."""
    trial: Callable[[Lab], Seen]
    """Puts the promise to the test."""


@cache
def proofs(platform: str) -> Sequence[Proof]:
    """All proofs of a platform's rules, by rule."""
    package = importlib.import_module(f"trials.platforms.{platform}.proofs")
    modules = [importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__)]
    return sorted((m.PROOF for m in modules if hasattr(m, "PROOF")), key=lambda proof: proof.rule)
