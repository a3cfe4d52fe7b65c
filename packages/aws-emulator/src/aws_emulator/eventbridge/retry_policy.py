"""How often and how long a target is tried again."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html: 24 hours, 185 times.
ATTEMPTS = 185
SECONDS = 86_400
# AWS says "exponential back off and jitter" without figures; with these, 185 attempts take about 23 hours.
FIRST_SECONDS = 1.0
LONGEST_SECONDS = 600.0
# The names of the two conditions, as the dead-letter queue's attribute has them.
BY_ATTEMPTS = "MaximumRetryAttempts"
BY_AGE = "MaximumEventAgeInSeconds"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """A target's retry policy."""

    attempts: int = ATTEMPTS
    """Attempts after the first (default 185, 0 to 185)."""
    seconds: int = SECONDS
    """Age of an event after which it is not tried again (default 86,400, 60 to 86,400)."""

    @classmethod
    def of(cls, target: Mapping[str, Any]) -> "RetryPolicy":
        """The policy of a target as PutTargets or CreateSchedule has it."""
        given = target.get("RetryPolicy") or {}
        attempts, seconds = given.get(BY_ATTEMPTS), given.get(BY_AGE)
        return cls(ATTEMPTS if attempts is None else int(attempts), SECONDS if seconds is None else int(seconds))

    def find_exhausted_condition(self, retries: int, age: float) -> str:
        """Which condition ends the attempts; empty if there may be one more."""
        if retries >= self.attempts:
            return BY_ATTEMPTS
        return BY_AGE if age >= self.seconds else ""

    def compute_next_due(self, retries: int, accepted: float, now: float, draw: float) -> float:
        """When the next attempt is due; the last one at the moment when the event is too old for another.

        Args:
            retries: Attempts after the first that were made.
            accepted: When the event was accepted, in seconds since the epoch.
            now: Likewise.
            draw: A random number, 0 to 1.
        """
        return min(now + compute_backoff(retries, draw), max(now, accepted + self.seconds))


def compute_backoff(retries: int, draw: float) -> float:
    """Seconds until the next attempt: doubled each time up to ten minutes, of which the upper half is drawn."""
    whole = min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** min(retries, 30))
    return whole * (0.5 + draw / 2)
