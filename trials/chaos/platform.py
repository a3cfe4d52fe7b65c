"""The port of platforms: what an experiment may do to one.

A unit is one of the shop's parts: `checkout`, `relay`, `orders`, `inventory`, `payment`. A consumer is a unit with a
queue or subscription of its own, whose dead letters are set aside.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Service = Literal["store", "bus", "queue"]
"""What a unit calls: the database, the bus that takes events, the queues or subscriptions that hand them out."""
FaultEffect = Literal["unavailable", "throttled", "lost", "delayed", "cut", "partial"]
"""What becomes of a call. `unavailable`: it fails, nothing is done. `throttled`: it is refused as one too many. `lost`:
it is done, and its caller gets an error. `delayed`: it is done after some seconds. `cut`: no answer for some seconds,
then an error. `partial`: of the events that a call gives to the bus, a share is refused."""
Calls = Literal["all", "writes"]


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

    def explain_missing(self, action: str) -> str:
        """Why an action can't be had here; empty when it can."""
        ...

    def disturbances(self) -> Sequence[str]:
        """What is broken now, as an experiment that was killed leaves it; one sentence each, with the fix."""
        ...

    def pause(self, unit: str) -> Undo:
        """Stop a consumer from taking messages."""
        ...

    def throttle(self, unit: str, workers: int) -> Undo:
        """Let a unit have so many workers and no more."""
        ...

    def shorten_redelivery(self, unit: str, seconds: int, deliveries: int) -> Undo:
        """Deliver a consumer's message again after so many seconds, and set it aside after so many deliveries."""
        ...

    def inject_fault(
        self,
        unit: str,
        service: Service,
        effect: FaultEffect,
        *,
        calls: Calls = "all",
        share: float = 1,
        seconds: float = 0,
    ) -> Undo:
        """Put a fault between a unit and a service.

        Args:
            unit: Whose calls; empty for those of all units.
            service: Whom they are to.
            effect: What becomes of them.
            calls: Which of them.
            share: How many of them, above 0 and up to 1; of a `partial` fault how many of a call's events.
            seconds: How long a call is `delayed` or `cut`.
        """
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

    def replay_events(self, seconds: int) -> Effect:
        """Deliver all events of the last seconds once more."""
        ...

    def redrive(self, unit: str) -> Effect:
        """Send a consumer's dead letters back to its queue."""
        ...

    def sweep(self, ahead_seconds: int = 0) -> Effect:
        """Let the shop's sweeper do one round, with its clock ahead by so many seconds."""
        ...


LASTING = ("pause", "throttle", "shorten_redelivery", "inject_fault")
"""Actions that are taken back."""
MOMENTARY = ("kill", "poison", "shuffle", "replay_events", "redrive", "sweep")
