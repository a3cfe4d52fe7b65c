"""Functions that say what they are given, and queues that they read."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.contract.account import Account
from sandbox.contract.streams import heard

NO_RESERVE = "a new account has no concurrency to reserve"
# Logs what it was given before it answers; sleeps and fails as the messages say. Without the SDK, whose import takes
# longer than the rest.
SOURCE = """
    import json, random, time
    def handler(event, context):
        began, records = time.time(), event["Records"]
        bodies = [json.loads(r["body"]) for r in records]
        time.sleep(max([0, *(b.get("sleep", 0) for b in bodies)]))
        told = {"bodies": bodies, "began": began, "ended": time.time(), "first": records[:1],
                "function": context.invoked_function_arn}
        if records: print("HEARD " + json.dumps(told))
        REPLY
"""
# Before a reply that differs at a batch's first receive.
FIRST = 'first = records[0]["attributes"]["ApproximateReceiveCount"] == "1" if records else False\n        '
RAISES = 'if any(b.get("bad") for b in bodies): raise ValueError("as asked")'


@dataclass(frozen=True, slots=True)
class Line:
    """A queue, a function that reads it, and what the function was given."""

    aws: Account
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

    def heard(self) -> list[dict[str, Any]]:
        """The function's calls so far, in the order in which they began."""
        return heard(self.aws, self.function)

    def calls(self, enough: Callable[[Sequence[dict[str, Any]]], bool], *, seconds: float = 20) -> list[dict[str, Any]]:
        """The function's calls, once there are enough."""

        def looked() -> list[dict[str, Any]] | None:
            found = self.heard()
            return found if enough(found) else None

        return self.aws.eventually(looked, "enough calls of the function", seconds=seconds)

    def given(self, count: int, *, seconds: float = 20) -> list[list[dict[str, Any]]]:
        """The batches that the function was given, once they are `count` messages together."""
        calls = self.calls(lambda calls: sum(len(c["bodies"]) for c in calls) >= count, seconds=seconds)
        return [call["bodies"] for call in calls]

    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is in flight."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return set(self.aws.attributes(self.queue, *names).values()) == {"0"}


def line(
    aws: Account,
    reply: str = RAISES,
    *,
    partial: bool = False,
    visible: int = 4,
    receives: int = 0,
    dead: str = "",
    fifo: bool = False,
    **mapping: Any,
) -> Line:
    """A new queue that a new function reads.

    Args:
        aws: The account.
        reply: Last lines of the handler, with `bodies` and `records`.
        partial: Whether the mapping reads partial batch responses.
        visible: The queue's visibility timeout, which is the function's timeout too.
        receives: After how many a message goes to `dead`; 0 for never.
        dead: URL of the dead-letter queue.
        fifo: Whether it is a FIFO queue, deduplicated by content.
        mapping: More settings of the mapping.
    """
    policy = json.dumps({"deadLetterTargetArn": aws.arn_of(dead), "maxReceiveCount": receives}) if dead else ""
    more = {**({"RedrivePolicy": policy} if policy else {}), **({"ContentBasedDeduplication": True} if fifo else {})}
    queue = aws.queue(VisibilityTimeout=visible, **({"FifoQueue": True} if fifo else {}), **more)
    function = aws.function(SOURCE.replace("REPLY", reply), Timeout=visible)
    aws.invoke(function, {"Records": []})  # a cold start takes longer than some visibility timeouts
    made = Line(aws, queue, function)
    return Line(aws, queue, function, read(made, partial=partial, **mapping))


def read(line: Line, *, partial: bool = False, **settings: Any) -> str:
    """The UUID of a new mapping of a line's queue to its function."""
    lambda_ = line.aws.clients.lambda_
    wanted = {"EventSourceArn": line.aws.arn_of(line.queue), "FunctionName": line.function, **settings}
    if partial:
        wanted["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    id_ = str(lambda_.create_event_source_mapping(**wanted)["UUID"])
    line.aws.undo(lambda_.delete_event_source_mapping, UUID=id_)
    if line.aws.endpoint is None:
        state = lambda: lambda_.get_event_source_mapping(UUID=id_)["State"] == "Enabled"  # noqa: E731 - one line
        line.aws.eventually(state, "a mapping that is enabled", seconds=60)
    return id_
