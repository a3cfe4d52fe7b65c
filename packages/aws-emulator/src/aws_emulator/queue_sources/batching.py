"""When a batch is complete, and how much fits into one."""

from collections.abc import Iterable

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
EVENT_BYTES = 6 * 1024 * 1024
# A record's fields beside its body and attributes.
RECORD_BYTES = 1024


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
