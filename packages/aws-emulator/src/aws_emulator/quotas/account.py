"""The quotas that hold now: AWS's, except for those that somebody set."""

import time
from collections.abc import Hashable, Mapping

from aws_emulator.quotas.buckets import Buckets, Clock
from aws_emulator.quotas.table import QUOTAS, validate_quota


class AccountQuotas:
    """The quotas of the sandbox's account. Safe for threads."""

    def __init__(self, *, clock: Clock = time.monotonic) -> None:
        self._set: dict[str, int] = {}
        self._buckets = Buckets(clock=clock)

    @property
    def changed(self) -> Mapping[str, int]:
        """Those that are not AWS's, by name."""
        return dict(self._set)

    def value(self, name: str) -> int:
        """What a quota is now."""
        return self._set.get(name, QUOTAS[name].default)

    def change(self, wanted: Mapping[str, object]) -> None:
        """Set these, and all others to AWS's; they hold from the next request on.

        Raises:
            ValueError: one can't be set; the message names every such one, and none is changed.
        """
        refused = [found for name, value in wanted.items() if (found := validate_quota(name, value))]
        if refused:
            msg = "; ".join(refused)
            raise ValueError(msg)
        numbers = {name: value for name, value in wanted.items() if isinstance(value, int)}
        self._set = {name: value for name, value in numbers.items() if value != QUOTAS[name].default}

    def allow(self, name: str, key: Hashable = "", count: float = 1) -> bool:
        """Whether a rate lets `count` more through, which are then counted.

        Args:
            name: A quota that is a rate: `apigateway.rate`, `events.putevents-rate`.
            key: What it is counted for, such as account and region.
            count: How many.
        """
        rate = self.value(name)
        capacity = self.value(QUOTAS[name].burst) if QUOTAS[name].burst else rate
        return self._buckets.take((name, key), count, rate=rate, capacity=capacity)

    def clear(self) -> None:
        """Forget what was counted; the quotas stay."""
        self._buckets.clear()
