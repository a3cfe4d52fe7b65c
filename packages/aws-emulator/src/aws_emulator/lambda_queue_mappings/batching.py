"""When a batch is complete, how much fits into one, and how many of one mapping run at once."""

from collections.abc import Iterable

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
EVENT_BYTES = 6 * 1024 * 1024
# A record's fields beside its body and attributes.
RECORD_BYTES = 1024
# "Lambda starts by processing five batches at a time with five concurrent invocations"; up to 1,250 later.
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
STARTING = 5


class BatchingWindow:
    """A mapping's batching window: open from the first message until a batch is taken.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    """

    def __init__(self) -> None:
        self._opened: float | None = None

    def find_closing_time(self, available: int, size: int, seconds: float, now: float) -> float | None:
        """When the batch is taken, `now` or earlier for at once; None while there is nothing to take.

        Args:
            available: How many messages can be received.
            size: The mapping's batch size.
            seconds: Its batching window.
            now: The time.
        """
        if not available:
            self._opened = None
            return None
        if available >= size or not seconds:
            return now
        if self._opened is None:
            self._opened = now
        return self._opened + seconds

    def close(self) -> None:
        """A batch was taken; the next message opens the window again."""
        self._opened = None


def count_fitting(sizes: Iterable[int]) -> int:
    """How many of the first messages make an event that is not too large; one at least.

    Args:
        sizes: Bytes of each message's body and attributes.
    """
    total = count = 0
    for size in sizes:
        total += size + RECORD_BYTES
        if count and total > EVENT_BYTES:
            break
        count += 1
    return count


class BatchLimit:
    """One batch less after each failure, one more after each success; never none.

    "Lambda gradually backs off, reducing the amount of concurrency allocated to your Amazon SQS event source mapping"
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """

    def __init__(self) -> None:
        self._withdrawn = 0

    def compute(self, maximum: int | None, reserved: int | None) -> int:
        """How many may run.

        Args:
            maximum: The mapping's MaximumConcurrency; None for the five that every mapping starts with.
            reserved: The function's reserved concurrency, beyond which batches would only be throttled.
        """
        most = maximum or STARTING
        if reserved is not None:
            most = min(most, reserved)
        self._withdrawn = min(self._withdrawn, max(0, most - 1))
        return most - self._withdrawn

    def decrease(self) -> None:
        """A batch failed or was throttled."""
        self._withdrawn += 1

    def increase(self) -> None:
        """A batch was processed, in whole or in part."""
        self._withdrawn = max(0, self._withdrawn - 1)
