"""Functions that say what they are given, and queues that they read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from running_emulator import RunningEmulator, wait_until
from stream_consumers import read_records

# Logs what it was given before it answers; sleeps and fails as the messages say. Without the SDK, whose import takes
# longer than the rest.
SOURCE = """
    import json, time
    def handler(event, context):
        began, records = time.time(), event["Records"]
        bodies = [json.loads(r["body"]) for r in records]
        time.sleep(max([0, *(b.get("sleep", 0) for b in bodies)]))
        if records: print("HEARD " + json.dumps({"bodies": bodies, "began": began, "ended": time.time()}))
        REPLY
"""
RAISES = 'if any(b.get("bad") for b in bodies): raise ValueError("as asked")'


@dataclass(frozen=True, slots=True)
class QueueConsumption:
    """A queue, a function that reads it, and what the function was given."""

    aws: RunningEmulator
    queue: str
    """The queue's URL."""
    function: str
    """The function's ARN."""
    mapping: str = ""
    """The mapping's UUID; empty for none."""

    def send(self, *messages: Mapping[str, Any], **more: Any) -> None:
        """Send messages in batches, in order."""
        entries = [{"Id": str(n), "MessageBody": json.dumps(m), **more} for n, m in enumerate(messages)]
        for first in range(0, len(entries), 10):
            self.aws.clients.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries[first : first + 10])

    def read_events(self) -> list[dict[str, Any]]:
        """The function's calls so far, in the order in which they began."""
        return read_records(self.aws, self.function)

    def calls(self, enough: Callable[[Sequence[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The function's calls, once there are enough."""

        def looked() -> list[dict[str, Any]] | None:
            found = self.read_events()
            return found if enough(found) else None

        return wait_until(looked, "enough calls of the function")

    def list_given(self, count: int) -> list[list[dict[str, Any]]]:
        """The batches that the function was given, once they are `count` messages together."""
        calls = self.calls(lambda calls: sum(len(c["bodies"]) for c in calls) >= count)
        return [call["bodies"] for call in calls]

    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is in flight."""
        found = self.aws.attributes(self.queue)
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return {found[name] for name in names} == {"0"}


def consume(
    aws: RunningEmulator,
    reply: str = RAISES,
    *,
    partial: bool = False,
    visible: int = 4,
    fifo: bool = False,
    **mapping: Any,
) -> QueueConsumption:
    """A new queue that a new function reads.

    Args:
        aws: The emulator.
        reply: Last lines of the handler, with `bodies` and `records`.
        partial: Whether the mapping reads partial batch responses.
        visible: The queue's visibility timeout, which is the function's timeout too.
        fifo: Whether it is a FIFO queue, deduplicated by content.
        mapping: More settings of the mapping.
    """
    more = {"FifoQueue": True, "ContentBasedDeduplication": True} if fifo else {}
    queue = aws.queue(VisibilityTimeout=visible, **more)
    function = aws.function(SOURCE.replace("REPLY", reply), Timeout=visible)
    aws.invoke(function, {"Records": []})  # a cold start takes longer than some visibility timeouts
    made = QueueConsumption(aws, queue, function)
    return QueueConsumption(aws, queue, function, map_queue(made, partial=partial, **mapping))


def map_queue(made: QueueConsumption, *, partial: bool = False, **settings: Any) -> str:
    """The UUID of a new mapping of a queue to its function."""
    wanted = {"EventSourceArn": made.aws.arn_of(made.queue), "FunctionName": made.function, **settings}
    if partial:
        wanted["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    return str(made.aws.clients.lambda_.create_event_source_mapping(**wanted)["UUID"])
