"""What an experiment may do to a platform. A unit is one of the shop's: `checkout`, `relay`, `orders`, ..."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol


class PlatformError(Exception):
    """Something could not be done to the platform, or not be taken back; the message says what and the fix."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action has done."""

    count: int
    """How many workers, messages or calls it touched; none means that nothing was tried."""
    names: Sequence[str] = ()
    """Their identities, where they have some."""


Undo = Callable[[], Effect]
"""Takes a lasting action back. Its effect is what the action did meanwhile."""


class Platform(Protocol):
    """One deployed shop's platform, with the operator's own credentials.

    Every action raises PlatformError when it can't be carried out.
    """

    def refusal(self) -> str:
        """Why this deployment takes no faults at all; empty when it does."""
        ...

    def lacks(self, action: str) -> str:
        """Why an action can't be had here; empty when it can."""
        ...

    def disturbed(self) -> Sequence[str]:
        """What is still broken, as an experiment that was killed leaves it."""
        ...

    def pause(self, unit: str) -> Undo:
        """Stop a consumer from taking messages."""
        ...

    def throttle(self, unit: str, workers: int) -> Undo:
        """Let a unit have so many workers and no more."""
        ...

    def impatient(self, unit: str, seconds: int, receives: int) -> Undo:
        """Let a queue hide its messages for so long alone, and give them up after so many receives."""
        ...

    def fault(
        self, unit: str, service: str, effect: str, *, actions: Sequence[str] = (), share: float = 1, seconds: float = 0
    ) -> Undo:
        """Break what lies between a unit (empty: all of them) and a service."""
        ...

    def kill(self, unit: str) -> Effect:
        """Kill a unit's workers without warning, those at work first."""
        ...

    def poison(self, unit: str) -> Effect:
        """Put a message into a consumer's queue that nobody can handle; the effect names it."""
        ...

    def discard(self, unit: str, messages: Sequence[str]) -> Effect:
        """Take messages out of a consumer's dead letters."""
        ...

    def shuffle(self, unit: str) -> Effect:
        """Bring the messages that wait for a paused consumer into another order."""
        ...

    def deliver_again(self, seconds: int) -> Effect:
        """Deliver all events of the last seconds once more."""
        ...

    def redrive(self, unit: str) -> Effect:
        """Send a consumer's dead letters back to its queue."""
        ...

    def sweep(self, ahead_seconds: int = 0) -> Effect:
        """One round of the sweeper, whose clock may be ahead."""
        ...


LASTING = ("pause", "throttle", "impatient", "fault")
MOMENTARY = ("kill", "poison", "shuffle", "deliver_again", "redrive", "sweep")
