"""What AWS asks of a queue, of its dead letters and of the function that reads it."""

# At least six times the function's timeout, plus the batching window:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
CONSUMER_CONCURRENCY = (2, 1_000)
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/SQSMessageRetention
MAXIMUM_RETENTION_SECONDS = 1_209_600


def visibility_needed(
    *, visibility: float, consumer_timeout: float, window: float = 0, factor: float = VISIBILITY_FACTOR
) -> float | None:
    """The visibility timeout (s) that covers the retries of one delivery, or None when `visibility` does."""
    needed = factor * consumer_timeout + window
    return None if visibility >= needed else needed


def dead_letter_retention_needed(*, source: float, dead_letter: float) -> float | None:
    """The retention (s) a dead-letter queue needs to outlive its source, or None when it has it.

    A standard queue counts a message's age from its first send, so the same retention in both loses it on arrival.
    """
    return None if dead_letter > source or dead_letter >= MAXIMUM_RETENTION_SECONDS else MAXIMUM_RETENTION_SECONDS


def consumer_concurrency_needed(*, maximum: int, reserved: int | None = None) -> int | None:
    """The nearest valid maximum concurrency of a queue consumer, or None when `maximum` is valid.

    It lies within the service's range and does not exceed what the function has reserved.
    """
    low, high = CONSUMER_CONCURRENCY
    limit = high if reserved is None else max(low, min(high, reserved))
    nearest = min(max(maximum, low), limit)
    return None if nearest == maximum else nearest
