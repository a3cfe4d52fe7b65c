"""Queues and asynchronous events on a plane: what survives a stop, what status says, what is not lost."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from asynchronous_calls import SOURCE, configure, find_runs, send_event
from queue_consumers import QueueConsumption, consume, map_queue
from running_emulator import RunningEmulator, run_emulator, wait_until

pytestmark = pytest.mark.plane
# Tells of a batch before it works on it.
SLOW = """
    import json, time
    def handler(event, context):
        seen = {"bodies": [json.loads(r["body"]) for r in event["Records"]], "first": event["Records"][:1]}
        print("HEARD " + json.dumps({**seen, "began": time.time()}), flush=True)
        if seen["first"][0]["attributes"]["ApproximateReceiveCount"] == "1":
            time.sleep(60)
"""


@dataclass(frozen=True)
class Left:
    """What a plane had when it was stopped."""

    aws: RunningEmulator
    waited: str
    """A function with events that waited for one another."""
    batch: QueueConsumption
    """A queue with a batch that ran."""


@pytest.fixture
def aws(emulator: RunningEmulator) -> RunningEmulator:
    return emulator


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    """An emulator that was stopped in the midst of work and started again."""
    with run_emulator(tmp_path_factory.mktemp("restart")) as aws:
        waited = aws.function(SOURCE, Timeout=60)
        aws.clients.lambda_.put_function_concurrency(FunctionName=waited, ReservedConcurrentExecutions=1)
        for number in range(3):
            send_event(aws, waited, {"n": number, "sleep": 4})
        batch = QueueConsumption(aws, aws.queue(VisibilityTimeout=600), aws.function(SLOW, Timeout=100))
        map_queue(batch)
        batch.send({"n": 0})
        batch.list_given(1)
        aws.restart()
        yield Left(aws, waited, batch)


def test_events_that_were_accepted_run_after_a_restart(left: Left) -> None:
    calls = find_runs(left.aws, left.waited, 3, seconds=30)
    assert {call["event"]["n"] for call in calls} == {0, 1, 2}


def test_a_batch_that_ran_at_a_stop_runs_again_though_its_visibility_timeout_is_long(left: Left) -> None:
    made = QueueConsumption(left.aws, left.batch.queue, left.batch.function)
    again = made.calls(lambda calls: len(calls) >= 2)[1]
    assert again["first"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    wait_until(made.is_empty, "an empty queue")


def test_status_says_how_long_a_retry_waits_here_and_on_aws(tmp_path: Path) -> None:
    with run_emulator(tmp_path, serve=("--retry-seconds", "30")) as aws:
        send_event(aws, aws.function(SOURCE), {"n": 1, "bad": True})
        found = wait_until(lambda: (f := aws.figures("asynchronous")) and f["waiting"] and f, "an event that waits")
    assert found["retry_seconds"] == [30, 60]
    assert found["retry_seconds_on_aws"] == [60, 120]
    assert (found["running"], found["ended"]) == (0, {})


def test_a_destination_that_is_gone_is_reported_and_stops_nothing(
    aws: RunningEmulator, emulator: RunningEmulator
) -> None:
    gone, dead = aws.queue(), aws.queue()
    function = aws.function(SOURCE, DeadLetterConfig={"TargetArn": aws.arn_of(dead)})
    configure(aws, function, failure=aws.arn_of(gone))
    aws.clients.sqs.delete_queue(QueueUrl=gone)
    send_event(aws, function, {"n": 1, "bad": True})
    assert [json.loads(body)["n"] for body in aws.collect_messages(dead, 1)] == [1]
    assert emulator.figures("asynchronous")["ended"]["DestinationDeliveryFailures"] >= 1
    assert "the end of event" in emulator.log.read_text()


def test_events_of_a_function_that_is_deleted_are_dropped_and_counted(
    aws: RunningEmulator, emulator: RunningEmulator
) -> None:
    function = aws.function(SOURCE, Timeout=10)
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    for number in range(3):
        send_event(aws, function, {"n": number, "sleep": 1})
    find_runs(aws, function, 1)
    aws.clients.lambda_.delete_function(FunctionName=function)
    wait_until(lambda: emulator.figures("asynchronous")["ended"].get("FunctionDeleted"), "the others dropped")


def test_a_payload_is_the_same_in_every_attempt(aws: RunningEmulator) -> None:
    source = """
        def handler(event, context):
            event["tries"] = event.get("tries", 0) + 1
            print("RAN " + '{"tries": %d}' % event["tries"])
            raise ValueError("as asked")
    """
    function = aws.function(source)
    send_event(aws, function, {})
    assert [call["tries"] for call in find_runs(aws, function, 3)] == [1, 1, 1]


def test_a_mapping_counts_what_it_does(aws: RunningEmulator, emulator: RunningEmulator) -> None:
    made = consume(aws, BatchSize=2)
    made.send({"n": 0}, {"n": 1})
    made.list_given(2)
    wait_until(made.is_empty, "an empty queue")
    found = emulator.figures("queue_sources")["mappings"][made.mapping]
    assert (found["running"], found["messages"]) == (0, 2)
    assert found["batches"] in (1, 2)


def test_a_role_that_may_not_delete_leaves_its_messages(aws: RunningEmulator) -> None:
    allowed = {"Effect": "Allow", "Action": ["sqs:ReceiveMessage", "sqs:GetQueueAttributes", "logs:*"], "Resource": "*"}
    made = QueueConsumption(
        aws, aws.queue(VisibilityTimeout=600), aws.function(SLOW.replace('== "1"', '== ""'), Role=aws.role(allowed))
    )
    id_ = map_queue(made)
    made.send({"n": 0})
    result = aws.clients.lambda_.get_event_source_mapping
    wait_until(lambda: "sqs:DeleteMessage" in result(UUID=id_)["LastProcessingResult"], "what it may not do")
    assert not made.is_empty()
