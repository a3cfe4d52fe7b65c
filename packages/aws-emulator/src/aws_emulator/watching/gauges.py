"""What a queue looks like at one moment, without receiving from it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Iterable, Mapping
from typing import Any

# A message received that often has gone to the back of the queue, as far as the age is concerned.
OFTEN = 3
# A queue that nobody used for so long is not measured.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
ACTIVE_SECONDS = 6 * 3_600


def measure_queue(
    messages: Iterable[Mapping[str, Any]], now: float, *, dead_letters: bool
) -> dict[str, tuple[float, str]]:
    """The metrics of a queue and their units.

    Args:
        messages: What the queue holds.
        now: The time, in seconds since 1970.
        dead_letters: Whether other queues move messages here; the oldest of all counts then.
    """
    visible = hidden = delayed = 0
    oldest = oldest_of_all = now
    for message in messages:
        if message.get("visible_at", now) <= now:
            visible += 1
        elif message.get("receive_count", 0) == 0:
            delayed += 1
        else:
            hidden += 1
        sent = float(message.get("sent_at", now))
        oldest_of_all = min(oldest_of_all, sent)
        if message.get("receive_count", 0) <= OFTEN:
            oldest = min(oldest, sent)
    age = now - (oldest_of_all if dead_letters else oldest)
    return {
        "ApproximateNumberOfMessagesVisible": (visible, "Count"),
        "ApproximateNumberOfMessagesNotVisible": (hidden, "Count"),
        "ApproximateNumberOfMessagesDelayed": (delayed, "Count"),
        "ApproximateAgeOfOldestMessage": (int(age), "Seconds"),
    }
