"""A payment provider that takes no money and does what its token says."""

import time
from collections.abc import Callable

from apps.shop.domain.errors import TryAgainError

TOKENS = ("ok", "decline", "slow", "timeout_then_ok", "flaky")
"""What it does by token; whatever follows a colon (`ok:4f1c`) tells tokens apart and changes nothing."""
# A flaky provider answers this many attempts with an error before it takes the money.
FLAKY_ATTEMPTS = 2


class FakePaymentProvider:
    """Deterministic by token and attempt, so that a repeated capture is the same capture.

    It remembers nothing: what a payment's reference is, it will do.
    """

    def __init__(self, slow_seconds: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._slow, self._sleep = slow_seconds, sleep

    def accepts(self, token: str) -> bool:
        """Whether it knows the token; see the `PaymentProvider` port."""
        return _behaviour(token) in TOKENS

    def open_payment(self, order_id: str, token: str) -> str:
        """The reference of a payment; see the `PaymentProvider` port."""
        del order_id
        return _behaviour(token)

    def capture(self, reference: str, amount_minor: int, attempt: int) -> bool:
        """Take the money; see the `PaymentProvider` port."""
        del amount_minor
        if reference == "slow":
            self._sleep(self._slow)
        if reference == "timeout_then_ok" and attempt == 1:
            msg = "the payment provider did not answer; whether it charged is not known"
            raise TryAgainError(msg)
        if reference == "flaky" and attempt <= FLAKY_ATTEMPTS:
            msg = "the payment provider answered with an error"
            raise TryAgainError(msg)
        return reference != "decline"

    def refund(self, reference: str, amount_minor: int, attempts: int) -> bool:
        """Give the money back; see the `PaymentProvider` port. The attempt that timed out had been charged."""
        del amount_minor
        if reference == "flaky":
            return attempts > FLAKY_ATTEMPTS
        return attempts > 0 and reference != "decline"


def _behaviour(token: str) -> str:
    return token.partition(":")[0]
