"""The scope of one check: unique names, waiting, and clean-up of what it made."""

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.contract.behaviour import Broken

if TYPE_CHECKING:
    from sandbox.contract.target import ContractTarget

T = TypeVar("T")
SECONDS = 20.0
LOOK_SECONDS = 0.05
SETTLE_SECONDS = 45.0


class EndedError(RuntimeError):
    """The behaviour was given up; nothing more may be made."""


class CheckScope:
    """What one check works with."""

    def __init__(self, target: "ContractTarget") -> None:
        self.target, self.cleanup = target, target.new_cleanup()
        self._ended = threading.Event()

    def require_running(self) -> None:
        """Refuse to go on once the behaviour was given up.

        Raises:
            EndedError: it took too long, or the run was interrupted.
        """
        if self._ended.is_set():
            msg = "the check was ended"
            raise EndedError(msg)

    @property
    def endpoint(self) -> str | None:
        """Where the sandbox serves; None on a real account."""
        return self.target.endpoint

    def name(self, kind: str) -> str:
        """A name that nothing else has."""
        return self.target.name(kind)

    def undo(self, remove: Callable[..., Any], *arguments: Any, **named: Any) -> None:
        """Have a removal called when the check has ended, the last one first."""
        self.cleanup.add(remove, *arguments, **named)

    def close(self) -> list[str]:
        """Remove everything that was made; what could not be removed."""
        self._ended.set()
        self.cleanup.run()
        return self.cleanup.left

    def wait_for_propagation(self) -> None:
        """Wait until a new rule or policy is known to all of the cloud; in the sandbox it is at once."""
        if self.endpoint is None:
            self._ended.wait(SETTLE_SECONDS)

    def wait_for(self, ask: Callable[[], T | None], what: str, *, seconds: float = SECONDS) -> T:
        """Ask until an answer is not empty, and return it; a real account has several times as long.

        Raises:
            Broken: none came in time; the message has `what` and the last answer.
        """
        seconds *= self.target.deadline_factor
        deadline = time.monotonic() + seconds
        while not (found := ask()):
            if time.monotonic() > deadline:
                msg = f"not within {seconds:g} s: {what}; last answer: {found!r}"
                raise Broken(msg)
            if self._ended.wait(LOOK_SECONDS):
                msg = f"ended while waiting for {what}"
                raise EndedError(msg)
        return found
