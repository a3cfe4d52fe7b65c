"""A proof that a guardrail matters: a small program with and without what it asks for, and what happens then."""

import pkgutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from trials.platforms import PlatformFolderError, load_part

T = TypeVar("T")
POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Observation:
    """What a proof's trial saw."""

    kept: bool
    """Whether the promise was kept."""
    text: str
    """What was seen, with numbers."""


class Lab:
    """A deployed program: its outputs, and the services behind it."""

    def __init__(self, outputs: Mapping[str, Any], client: Callable[[str], Any]) -> None:
        """Describe a lab.

        Args:
            outputs: The program's.
            client: An API client of one of the platform's services, by name.
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
    """What is so as long as it is there."""
    program: Callable[[bool], Mapping[str, Any]]
    """Builds the resources, guarded or not, and returns outputs."""
    trial: Callable[[Lab], Observation]
    """Puts the promise to the test."""


@cache
def proofs(platform: str) -> Sequence[Proof]:
    """All proofs of a platform's rules, by rule: the `PROOF` of each module in its folder `proofs`.

    Raises:
        PlatformFolderError: the platform has no such folder, or a module of it can't be imported or has no PROOF.
    """
    folder = getattr(load_part(platform, "proofs"), "__path__", None)
    if folder is None:
        msg = (
            f"trials/platforms/{platform}: its part 'proofs' is a module; make it a folder with a module for each proof"
        )
        raise PlatformFolderError(msg)
    names = [module.name for module in pkgutil.iter_modules(folder)]
    return sorted((_proof(platform, name) for name in names), key=lambda proof: proof.rule)


def _proof(platform: str, name: str) -> Proof:
    found = getattr(load_part(platform, f"proofs.{name}"), "PROOF", None)
    if not isinstance(found, Proof):
        msg = f"trials/platforms/{platform}/proofs/{name}.py has no PROOF, which is the trials.proof.Proof of its rule"
        raise PlatformFolderError(msg)
    return found
