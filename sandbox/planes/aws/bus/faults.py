"""Targets that fail on demand, to see what a retry policy does."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.planes.aws.bus.failure import RETRIED, THROTTLING, DeliveryError

LONGEST_SECONDS = 86_400


class Faults:
    """Faults by target ARN; none at first."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._until: dict[str, tuple[float, str]] = {}

    def put(self, request: Any) -> str:
        """Let a target fail for some time: `{"target": ARN, "seconds": 30, "code": "THROTTLING"}`.

        Returns:
            What is wrong with the request; empty if nothing is, and only then it holds.
        """
        given = request if isinstance(request, dict) else {}
        target, seconds, code = given.get("target"), given.get("seconds"), given.get("code", THROTTLING)
        if not isinstance(target, str) or not target.startswith("arn:"):
            return f"target is {target!r}; give the ARN of a target"
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_SECONDS:
            return f"seconds is {seconds!r}; use 0 (none any more) to {LONGEST_SECONDS}"
        if code not in RETRIED:
            return f"code is {code!r}; use one that EventBridge retries: {', '.join(sorted(RETRIED))}"
        self._until[target] = (self._clock() + seconds, code)
        return ""

    def check(self, target: str) -> None:
        """Fail if the target has a fault now.

        Raises:
            DeliveryError: it has.
        """
        if target not in self._until:
            return
        until, code = self._until[target]
        if self._clock() < until:
            raise DeliveryError(code, "a fault that was asked for")
        self._until.pop(target, None)

    def figures(self) -> Mapping[str, str]:
        """The codes of faults by target."""
        now = self._clock()
        return {target: code for target, (until, code) in self._until.items() if until > now}

    def forget(self) -> None:
        """Drop all."""
        self._until.clear()
