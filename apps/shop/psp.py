"""A payment provider that takes no money and does what its token says."""

import time
from collections.abc import Callable

from apps.shop.domain.errors import TryAgainError

TOKENS = ("ok", "decline", "slow", "timeout_then_ok", "flaky")
# A flaky provider answers this many attempts with an error before it takes the money.
FLAKY_ATTEMPTS = 2


class FakePsp:
    """Deterministic by token and attempt, so that a repeated capture is the same capture."""

    def __init__(self, slow_seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._slow, self._sleep = slow_seconds, sleep

    def capture(self, order_id: str, amount_minor: int, token: str, attempt: int) -> bool:
        """Take the money; see the `Psp` port."""
        del order_id, amount_minor
        if token == "slow":  # noqa: S105 - a name, no credential
            self._sleep(self._slow)
        if token == "timeout_then_ok" and attempt == 1:  # noqa: S105
            msg = "the payment provider did not answer; whether it charged is not known"
            raise TryAgainError(msg)
        if token == "flaky" and attempt <= FLAKY_ATTEMPTS:  # noqa: S105
            msg = "the payment provider answered with an error"
            raise TryAgainError(msg)
        return token != "decline"  # noqa: S105

    def refund(self, order_id: str, amount_minor: int, token: str, attempts: int) -> bool:
        """Give the money back; see the `Psp` port. The attempt that timed out had been charged."""
        del order_id, amount_minor
        if token == "flaky":  # noqa: S105
            return attempts > FLAKY_ATTEMPTS
        return attempts > 0 and token != "decline"  # noqa: S105
