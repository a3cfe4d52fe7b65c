"""The steps of a rotation.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
TEST = ("testSecret",)
"""What runs where a rotation is set up that is not to begin at once."""
# A rotation whose step fails is tried again as a whole, "multiple times"; AWS publishes no figures. After the last one
# its version stays pending until the next date.
RETRY_SECONDS = (2.0, 10.0)

Invoke = Callable[[Mapping[str, Any]], Awaitable[str | None]]
"""Calls the function with an event; what went wrong, None if nothing did."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A rotation under way."""

    arn: str
    """The secret's."""
    token: str
    """The new version."""
    steps: Sequence[str] = STEPS
    number: int = 0
    """How often it has failed."""
    due: float = 0.0
    """When it is tried, in seconds since 1970."""

    def again(self, now: float) -> "Attempt | None":
        """The next try; None after the last one."""
        if self.number >= len(RETRY_SECONDS):
            return None
        due = now + RETRY_SECONDS[self.number]
        return Attempt(self.arn, self.token, self.steps, self.number + 1, due)


async def run(attempt: Attempt, invoke: Invoke, is_current: Callable[[], bool]) -> str | None:
    """Call the function for each step in turn, the first that fails being the last; why it failed, None if it did not.

    Args:
        attempt: What is rotated.
        invoke: Calls the function.
        is_current: Whether the new version is the secret's current one, as it must be after the last step.
    """
    for step in attempt.steps:
        failure = await invoke({"Step": step, "SecretId": attempt.arn, "ClientRequestToken": attempt.token})
        if failure:
            return f"{step}: {failure}"
    if attempt.steps == STEPS and not is_current():
        return "finishSecret: the function did not move AWSCURRENT to the new version"
    return None


def pending(versions: Mapping[str, Mapping[str, Any]]) -> str | None:
    """The version of a rotation that has not ended: AWSPENDING and not current."""
    for id_, version in versions.items():
        if "AWSPENDING" in version["Stages"] and "AWSCURRENT" not in version["Stages"]:
            return id_
    return None
