"""Lambda: functions that read queues."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.function_sources import GUIDE
from sandbox.aws.contract.sqs.queues import redrive
from sandbox.contract.behaviour import behaviour, expect

# Answers as the shop's worker: the bad ones by id; what it saw, and when, goes to another queue.
WORKER = """
    import json, os, time, boto3
    sqs = boto3.client("sqs")
    def handler(event, context):
        began = time.time()
        bodies = [json.loads(r["body"]) for r in event["Records"]]
        time.sleep(float(os.environ.get("SECONDS", "0")))
        seen = {"bodies": bodies, "began": began, "ended": time.time()}
        sqs.send_message(QueueUrl=os.environ["SEEN"], MessageBody=json.dumps(seen))
        if any(b.get("raise") for b in bodies):
            raise ValueError("as asked")
        bad = [r["messageId"] for r in event["Records"] if json.loads(r["body"]).get("bad")]
        return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
"""
BATCHING = f"{GUIDE}/services-sqs-errorhandling.html"
CONFIGURING = f"{GUIDE}/services-sqs-configure.html"


class MappedQueue:
    """A queue with its dead letters, a worker that reads it, and what the worker saw."""

    def __init__(
        self, aws: AwsAccount, *, receives: int = 2, seconds: float = 0, visible: int = 10, **mapping: Any
    ) -> None:
        self.aws, self.dead, self.seen = aws, aws.queue(), aws.queue()
        self.queue = aws.queue(VisibilityTimeout=visible, RedrivePolicy=redrive(aws, self.dead, receives))
        variables = {"SEEN": self.seen, "SECONDS": str(seconds)}
        self.function = aws.function(WORKER, Environment={"Variables": variables}, Timeout=min(10, visible))
        lambda_ = aws.clients.lambda_
        self.mapping = lambda_.create_event_source_mapping(
            EventSourceArn=aws.arn_of(self.queue),
            FunctionName=self.function,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **mapping,
        )["UUID"]
        aws.undo(lambda_.delete_event_source_mapping, UUID=self.mapping)
        if aws.endpoint is None:
            self.wait_for_mapping("Enabled" if mapping.get("Enabled", True) else "Disabled")

    def wait_for_mapping(self, state: str) -> None:
        """Wait until the mapping has a state."""
        found = self.aws.clients.lambda_.get_event_source_mapping
        self.aws.wait_for(lambda: found(UUID=self.mapping)["State"] == state, f"a mapping that is {state}")

    def send(self, *messages: dict[str, Any]) -> None:
        """Send messages in one batch."""
        entries = [{"Id": str(n), "MessageBody": json.dumps(m)} for n, m in enumerate(messages)]
        self.aws.clients.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)

    def wait_for_calls(self, count: int) -> list[dict[str, Any]]:
        """The worker's calls, once `count` messages have reached it."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found.extend(json.loads(body) for body in self.aws.take(self.seen))
            return sum(len(call["bodies"]) for call in found) >= count

        self.aws.wait_for(enough, f"{count} messages at the worker")
        return found

    def batches(self, count: int) -> list[list[dict[str, Any]]]:
        """What the worker was called with."""
        return [call["bodies"] for call in self.wait_for_calls(count)]

    def is_empty(self) -> bool:
        """Whether nothing waits and nothing is in flight."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        return set(self.aws.attributes(self.queue, *names).values()) == {"0"}


@behaviour(service="lambda", source=BATCHING)
def only_the_failed_messages_of_a_batch_are_retried(aws: AwsAccount) -> None:
    """Of a batch only the messages that the function names are retried, and end in the dead-letter queue."""
    tried = MappedQueue(aws, receives=2, visible=2)
    tried.send({"n": 1}, {"n": 2, "bad": True}, {"n": 3})
    dead = aws.collect(tried.dead, 1)
    expect([json.loads(body)["n"] for body in dead] == [2], f"dead letters {dead}")
    seen = sorted(message["n"] for batch in tried.batches(4) for message in batch)
    expect(seen == [1, 2, 2, 3], f"the worker saw {seen}")
    aws.wait_for(tried.is_empty, "an empty queue")


@behaviour(service="lambda", source=BATCHING)
def a_function_that_raises_has_its_whole_batch_retried(aws: AwsAccount) -> None:
    """A batch whose function raises is retried as a whole, and ends in the dead-letter queue."""
    tried = MappedQueue(aws, receives=2, visible=2, BatchSize=1)
    tried.send({"raise": True})
    dead = aws.collect(tried.dead, 1)
    expect(dead == ['{"raise": true}'], f"dead letters {dead}")
    seen = tried.batches(2)
    expect(seen == [[{"raise": True}]] * 2, f"the worker saw {seen}")


@behaviour(service="lambda", source=CONFIGURING)
def a_mapping_hands_over_no_more_than_its_batch_size(aws: AwsAccount) -> None:
    """A function gets at most the batch size at once, and every message."""
    tried = MappedQueue(aws, BatchSize=3)
    tried.send(*({"n": n} for n in range(7)))
    batches = tried.batches(7)
    expect(max(map(len, batches)) <= 3, f"batches {batches}")
    expect({m["n"] for batch in batches for m in batch} == set(range(7)), f"batches {batches}")


@behaviour(service="lambda", source=f"{GUIDE}/services-sqs-scaling.html")
def a_mapping_runs_no_more_than_its_maximum_concurrency(aws: AwsAccount) -> None:
    """No more executions run at once than the mapping's maximum concurrency."""
    tried = MappedQueue(aws, seconds=0.4, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    tried.send(*({"n": n} for n in range(6)))
    calls = tried.wait_for_calls(6)
    together = max(sum(c["began"] <= call["began"] < c["ended"] for c in calls) for call in calls)
    expect(together <= 2, f"{together} at once")


@behaviour(service="lambda", source=f"{GUIDE}/with-sqs-filtering.html")
def a_mapping_deletes_messages_that_its_filter_does_not_name(aws: AwsAccount) -> None:
    """A message that a filter does not name never reaches the function and is deleted."""
    pattern = json.dumps({"body": {"kind": ["wanted"]}})
    tried = MappedQueue(aws, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    tried.send({"kind": "other"}, {"kind": "wanted"})
    seen = tried.batches(1)
    expect(seen == [[{"kind": "wanted"}]], f"the worker saw {seen}")
    aws.wait_for(tried.is_empty, "an empty queue")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html")
def a_disabled_mapping_reads_nothing_until_it_is_enabled(aws: AwsAccount) -> None:
    """A disabled mapping leaves messages in the queue; enabled, it hands them over."""
    tried = MappedQueue(aws, Enabled=False)
    tried.send({"n": 1})
    expect(not aws.take(tried.seen, wait=2), "a disabled mapping handed over a message")
    aws.clients.lambda_.update_event_source_mapping(UUID=tried.mapping, Enabled=True)
    expect(tried.batches(1) == [[{"n": 1}]], "another message")
