"""What every check works with: clients, unique names, waiting, and removal of what was made."""

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sandbox.contract.behaviour import Broken
from sandbox.contract.removal import Removal
from sandbox.contract.world import World
from sandbox.providers.aws.clients import Clients

T = TypeVar("T")
SECONDS = 20.0
LOOK_SECONDS = 0.05
SETTLE_SECONDS = 45.0


class EndedError(RuntimeError):
    """The behaviour was given up; nothing more may be made."""


class Scope:
    """A check's part of a run."""

    def __init__(self, world: World) -> None:
        self.world, self.removal = world, Removal()
        self._ended = threading.Event()

    @property
    def clients(self) -> Clients:
        """API clients by service.

        Raises:
            EndedError: the behaviour took too long, or the run was interrupted.
        """
        if self._ended.is_set():
            msg = "the check was ended"
            raise EndedError(msg)
        return self.world.clients

    @property
    def endpoint(self) -> str | None:
        """Where the sandbox serves; None on a real account."""
        return self.world.endpoint

    @property
    def region(self) -> str:
        """The region of the run."""
        return self.world.clients.region

    @property
    def id(self) -> str:
        """The account's twelve digits."""
        return self.world.clients.account

    def name(self, kind: str) -> str:
        """A name that nothing else has."""
        return self.world.name(kind)

    def undo(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Call it when the behaviour has ended, last one first."""
        self.removal.later(remove, *arguments, **named)

    def close(self) -> list[str]:
        """Remove everything that was made; what could not be removed."""
        self._ended.set()
        self.removal.now()
        return self.removal.left

    def settle(self) -> None:
        """Wait until a new rule or policy is known to all of AWS; in the sandbox it is at once."""
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule.html
        if self.endpoint is None:
            self._ended.wait(SETTLE_SECONDS)

    def eventually(self, ask: Callable[[], T | None], what: str, *, seconds: float = SECONDS) -> T:
        """The first answer that is not empty; a real account has several times as long.

        Raises:
            Broken: none came in time; the message has `what` and the last answer.
        """
        seconds *= self.world.patience
        deadline = time.monotonic() + seconds
        while not (found := ask()):
            if time.monotonic() > deadline:
                msg = f"not within {seconds:g} s: {what}; last answer: {found!r}"
                raise Broken(msg)
            if self._ended.wait(LOOK_SECONDS):
                msg = f"ended while waiting for {what}"
                raise EndedError(msg)
        return found
