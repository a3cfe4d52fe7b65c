"""Token buckets: what AWS throttles by.

A bucket holds up to `capacity` tokens and gains `rate` tokens a second, so that no more than `capacity + rate * t` are
taken in any `t` seconds. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

Clock = Callable[[], float]
"""Seconds that never run backwards."""


class TokenBucket:
    """Tokens that come back with time. Not safe for threads; `Buckets` is."""

    __slots__ = ("_clock", "_filled_at", "_tokens", "capacity", "rate")

    def __init__(self, rate: float, capacity: float, *, clock: Clock = time.monotonic, tokens: float | None = None):
        """A bucket.

        Args:
            rate: Tokens gained a second.
            capacity: The most it holds.
            clock: What tells the time.
            tokens: What is in it now (default: it is full).
        """
        self.rate, self.capacity, self._clock = rate, capacity, clock
        self._tokens = capacity if tokens is None else min(tokens, capacity)
        self._filled_at = clock()

    @property
    def tokens(self) -> float:
        """What is in it now; below 0 while something spent is not yet earned."""
        now = self._clock()
        self._tokens = min(self.capacity, self._tokens + max(now - self._filled_at, 0.0) * self.rate)
        self._filled_at = now
        return self._tokens

    @property
    def full(self) -> bool:
        """Whether nothing of it is used; such a bucket can be forgotten."""
        return self.tokens >= self.capacity

    def take(self, count: float = 1) -> bool:
        """Take tokens if they are all there."""
        if self.tokens < count:
            return False
        self._tokens -= count
        return True

    def spend(self, count: float) -> None:
        """Take tokens whether or not they are there: a cost that is only known afterwards."""
        self._tokens = self.tokens - count

    def compute_wait(self, count: float = 1) -> float:
        """Seconds until `take(count)` would succeed; infinite if it never will."""
        missing = count - self.tokens
        if missing <= 0:
            return 0.0
        return missing / self.rate if self.rate > 0 and count <= self.capacity else math.inf

    def resize(self, rate: float, capacity: float) -> None:
        """Change rate and capacity; what is in it stays, as far as it fits."""
        self._tokens = min(self.tokens, capacity)
        self.rate, self.capacity = rate, capacity


class Buckets:
    """Buckets by key, made when first asked for, safe for threads.

    A bucket's size is given with each use, so a limit that changes holds from the next use on. Buckets that are full
    again are forgotten when there are more than `most`.
    """

    def __init__(self, *, clock: Clock = time.monotonic, most: int = 10_000) -> None:
        self._clock, self._most = clock, most
        self._buckets: OrderedDict[Hashable, TokenBucket] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: Hashable, count: float, *, rate: float, capacity: float) -> bool:
        """Take tokens if they are all there; a new bucket is full."""
        with self._lock:
            return self._find_or_add(key, rate, capacity, None).take(count)

    def spend(self, key: Hashable, count: float, *, rate: float, capacity: float, tokens: float | None = None) -> None:
        """Take tokens whether or not they are there; `tokens` is what a new bucket holds (default: it is full)."""
        with self._lock:
            self._find_or_add(key, rate, capacity, tokens).spend(count)

    def read_tokens(self, key: Hashable, *, rate: float, capacity: float, tokens: float | None = None) -> float:
        """What is in a bucket; `tokens` is what a new one holds (default: it is full)."""
        with self._lock:
            return self._find_or_add(key, rate, capacity, tokens).tokens

    def clear(self) -> None:
        """Forget them all."""
        with self._lock:
            self._buckets.clear()

    def __len__(self) -> int:
        return len(self._buckets)

    def _find_or_add(self, key: Hashable, rate: float, capacity: float, tokens: float | None) -> TokenBucket:
        found = self._buckets.get(key)
        if found is None:
            self._forget()
            found = self._buckets[key] = TokenBucket(rate, capacity, clock=self._clock, tokens=tokens)
        elif (found.rate, found.capacity) != (rate, capacity):
            found.resize(rate, capacity)
        self._buckets.move_to_end(key)
        return found

    def _forget(self) -> None:
        """Drop what was used longest ago and is full; one that is not full still limits something."""
        for key in [key for key, _ in zip(self._buckets, range(8), strict=False)] if self._crowded else ():
            if self._buckets[key].full:
                del self._buckets[key]

    @property
    def _crowded(self) -> bool:
        return len(self._buckets) >= self._most
