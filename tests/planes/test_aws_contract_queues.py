"""What the shop needs of SQS, alone and in front of a function."""

import json
from typing import Any

import pytest
from plane_fixture import AwsPlane, eventually

pytestmark = pytest.mark.plane

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
        print(len(bad), "failed")
        return {"batchItemFailures": [{"itemIdentifier": i} for i in bad]}
"""


class Line:
    """A queue with its dead letters, a worker that reads it, and what the worker saw."""

    def __init__(self, plane: AwsPlane, *, receives: int = 2, seconds: float = 0, **mapping: Any) -> None:
        self.plane = plane
        self.dead, self.seen = plane.queue(), plane.queue()
        redrive = json.dumps({"deadLetterTargetArn": plane.arn_of(self.dead), "maxReceiveCount": receives})
        self.queue = plane.queue(VisibilityTimeout=1, RedrivePolicy=redrive)
        self.function = plane.function(
            WORKER, Environment={"Variables": {"SEEN": self.seen, "SECONDS": str(seconds)}}, Timeout=10
        )
        plane.clients.lambda_.create_event_source_mapping(
            EventSourceArn=plane.arn_of(self.queue),
            FunctionName=self.function,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **mapping,
        )

    def send(self, *messages: dict[str, Any]) -> None:
        entries = [{"Id": str(n), "MessageBody": json.dumps(m)} for n, m in enumerate(messages)]
        self.plane.clients.sqs.send_message_batch(QueueUrl=self.queue, Entries=entries)

    def calls(self, count: int) -> list[dict[str, Any]]:
        """The worker's calls, once `count` messages have reached it."""
        found: list[dict[str, Any]] = []

        def enough() -> bool:
            found.extend(json.loads(body) for body in self.plane.taken(self.seen, wait=1))
            return sum(len(call["bodies"]) for call in found) >= count

        eventually(enough, f"{count} messages at the worker")
        return found

    def batches(self, count: int) -> list[list[dict[str, Any]]]:
        """What the worker was called with."""
        return [call["bodies"] for call in self.calls(count)]


def attributes(plane: AwsPlane, queue: str) -> dict[str, str]:
    return plane.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["All"])["Attributes"]


def test_a_received_message_is_hidden_until_its_visibility_timeout(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue(VisibilityTimeout=1)
    aws_plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="once more")
    receive = {"QueueUrl": queue, "MessageSystemAttributeNames": ["ApproximateReceiveCount"]}
    first = aws_plane.clients.sqs.receive_message(**receive)["Messages"][0]
    assert "Messages" not in aws_plane.clients.sqs.receive_message(**receive)
    again = eventually(
        lambda: aws_plane.clients.sqs.receive_message(**receive, WaitTimeSeconds=1).get("Messages"), "the message again"
    )[0]
    assert (first["Attributes"]["ApproximateReceiveCount"], again["Attributes"]["ApproximateReceiveCount"]) == (
        "1",
        "2",
    )


def test_a_message_can_be_made_visible_at_once(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue(VisibilityTimeout=600)
    aws_plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="again")
    handle = aws_plane.clients.sqs.receive_message(QueueUrl=queue)["Messages"][0]["ReceiptHandle"]
    aws_plane.clients.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    assert aws_plane.taken(queue) == ["again"]


def test_a_long_poll_wakes_when_a_message_arrives(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue(DelaySeconds=1)
    aws_plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="late")
    assert aws_plane.taken(queue) == []
    assert aws_plane.taken(queue, wait=20) == ["late"]


def test_a_message_goes_to_the_dead_letters_after_its_last_receive(aws_plane: AwsPlane) -> None:
    dead = aws_plane.queue()
    redrive = json.dumps({"deadLetterTargetArn": aws_plane.arn_of(dead), "maxReceiveCount": 2})
    queue = aws_plane.queue(VisibilityTimeout=0, RedrivePolicy=redrive)
    aws_plane.clients.sqs.send_message(QueueUrl=queue, MessageBody="poison")
    for _ in range(2):
        assert aws_plane.clients.sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"] == "poison"
    assert "Messages" not in aws_plane.clients.sqs.receive_message(QueueUrl=queue)
    assert aws_plane.taken(dead) == ["poison"]


def test_a_queue_counts_what_waits_and_what_is_in_flight(aws_plane: AwsPlane) -> None:
    queue = aws_plane.queue(VisibilityTimeout=600)
    for number in range(3):
        aws_plane.clients.sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    aws_plane.clients.sqs.receive_message(QueueUrl=queue)
    found = attributes(aws_plane, queue)
    assert found["ApproximateNumberOfMessages"] == "2"
    assert found["ApproximateNumberOfMessagesNotVisible"] == "1"


def test_only_the_failed_messages_of_a_batch_are_retried_and_end_in_the_dead_letters(aws_plane: AwsPlane) -> None:
    line = Line(aws_plane, receives=2)
    line.send({"n": 1}, {"n": 2, "bad": True}, {"n": 3})
    eventually(lambda: (d := aws_plane.taken(line.dead, wait=1)) and d == ['{"n": 2, "bad": true}'], "the bad message")
    seen = [message["n"] for batch in line.batches(4) for message in batch]
    assert sorted(seen) == [1, 2, 2, 3]
    assert attributes(aws_plane, line.queue)["ApproximateNumberOfMessages"] == "0"


def test_a_function_that_raises_has_its_whole_batch_retried(aws_plane: AwsPlane) -> None:
    line = Line(aws_plane, receives=2, BatchSize=1)
    line.send({"raise": True})
    eventually(lambda: aws_plane.taken(line.dead, wait=1) == ['{"raise": true}'], "the message in the dead letters")
    assert line.batches(2) == [[{"raise": True}], [{"raise": True}]]


def test_a_mapping_hands_over_no_more_than_its_batch_size(aws_plane: AwsPlane) -> None:
    line = Line(aws_plane, BatchSize=3)
    line.send(*({"n": n} for n in range(7)))
    batches = line.batches(7)
    assert max(map(len, batches)) <= 3
    assert {m["n"] for batch in batches for m in batch} == set(range(7))  # at least once


def test_a_mapping_runs_no_more_executions_than_its_maximum_concurrency(aws_plane: AwsPlane) -> None:
    line = Line(aws_plane, seconds=0.4, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    line.send(*({"n": n} for n in range(6)))
    calls = line.calls(6)
    together = [sum(c["began"] <= call["began"] < c["ended"] for c in calls) for call in calls]
    assert max(together) <= 2


def test_a_mapping_deletes_messages_that_its_filter_does_not_name(aws_plane: AwsPlane) -> None:
    pattern = json.dumps({"body": {"kind": ["wanted"]}})
    line = Line(aws_plane, FilterCriteria={"Filters": [{"Pattern": pattern}]})
    line.send({"kind": "other"}, {"kind": "wanted"})
    assert line.batches(1) == [[{"kind": "wanted"}]]
    eventually(
        lambda: attributes(aws_plane, line.queue)["ApproximateNumberOfMessages"] == "0", "the other message deleted"
    )


def test_a_disabled_mapping_reads_nothing_until_it_is_enabled(aws_plane: AwsPlane) -> None:
    line = Line(aws_plane, Enabled=False)
    line.send({"n": 1})
    assert aws_plane.taken(line.seen, wait=1) == []
    mapping = aws_plane.clients.lambda_.list_event_source_mappings(FunctionName=line.function)["EventSourceMappings"][0]
    aws_plane.clients.lambda_.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)
    assert line.batches(1) == [[{"n": 1}]]
