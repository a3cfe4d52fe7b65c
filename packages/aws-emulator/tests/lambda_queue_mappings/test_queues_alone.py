"""What the emulator alone still lacks; a supplement goes when its test here fails."""

import json

import pytest
from asynchronous_calls import SOURCE, configure, find_runs, send_event
from queue_consumers import consume
from running_emulator import RunningEmulator, wait_until

pytestmark = pytest.mark.plane


@pytest.fixture
def aws(emulator_alone: RunningEmulator) -> RunningEmulator:
    return emulator_alone


def test_it_ignores_the_batching_window(aws: RunningEmulator) -> None:
    made = consume(aws, BatchSize=10, MaximumBatchingWindowInSeconds=300)
    made.send({"n": 0})
    assert made.list_given(1) == [[{"n": 0}]]


def test_it_hands_over_no_more_than_ten_messages(aws: RunningEmulator) -> None:
    made = consume(aws, BatchSize=25, MaximumBatchingWindowInSeconds=300)
    made.send(*({"n": number} for number in range(25)))
    assert max(len(batch) for batch in made.list_given(25)) <= 10


def test_it_deletes_a_batch_whose_failures_it_does_not_understand(aws: RunningEmulator) -> None:
    made = consume(aws, 'return {"batchItemFailures": [{"itemIdentifier": ""}]}', partial=True, visible=2)
    made.send({"n": 0})
    made.list_given(1)
    wait_until(made.is_empty, "an empty queue")
    assert len(made.read_events()) == 1


def test_it_runs_one_batch_of_a_fifo_queue_at_a_time(aws: RunningEmulator) -> None:
    made = consume(aws, fifo=True, visible=10, BatchSize=1)
    made.send({"n": 0, "sleep": 1}, MessageGroupId="a")
    made.send({"n": 1}, MessageGroupId="b")
    first, second = made.calls(lambda calls: len(calls) == 2)
    assert second["began"] >= first["ended"]


def test_throttling_uses_up_the_retries_of_an_event(aws: RunningEmulator) -> None:
    function, lost = aws.function(SOURCE), aws.queue()
    configure(aws, function, failure=aws.arn_of(lost))
    aws.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)
    for number in range(3):
        send_event(aws, function, {"n": number, "sleep": 0.5})
    find_runs(aws, function, 1)
    assert len(aws.collect_messages(lost, 2)) == 2, "the throttled ones failed"


def test_its_dead_letters_are_no_events(aws: RunningEmulator) -> None:
    dead = aws.queue()
    function = aws.function(SOURCE, DeadLetterConfig={"TargetArn": aws.arn_of(dead)})
    configure(aws, function)
    send_event(aws, function, {"n": 1, "bad": True})
    assert "requestContext" in json.loads(aws.collect_messages(dead, 1)[0])


def test_it_loses_what_a_topic_cannot_deliver(aws: RunningEmulator) -> None:
    topic, queue = aws.topic(), aws.queue()
    dead = aws.queue()
    for one in (queue, dead):
        aws.open_to(one, "sns")
    letters = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": aws.arn_of(dead)})}
    aws.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue), Attributes=letters)
    aws.clients.sqs.delete_queue(QueueUrl=queue)
    aws.clients.sns.publish(TopicArn=topic, Message="lost")
    assert aws.take_messages(dead) == []
