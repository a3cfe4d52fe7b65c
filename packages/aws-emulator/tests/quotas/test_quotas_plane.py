"""What happens when the account's quotas are small."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from running_emulator import RunningEmulator, make_name, try_call, wait_until

pytestmark = pytest.mark.plane

WAITS = """
    import time
    def handler(event, context):
        time.sleep(event)
        return "awake"
"""


def test_an_account_of_three_runs_three_functions_at_once(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    functions = [emulator.function(WAITS, Timeout=20) for _ in range(3)]
    for function in functions:
        emulator.invoke(function, 0)
    set_quotas({"lambda.concurrency": 3})
    invoke = emulator.clients.lambda_.invoke
    limits = emulator.clients.lambda_.get_account_settings()["AccountLimit"]
    assert (limits["ConcurrentExecutions"], limits["UnreservedConcurrentExecutions"]) == (3, 3)

    def one(number: int) -> dict[str, Any]:
        try:
            return dict(invoke(FunctionName=functions[number % 3], Payload=b"1.5"))
        except ClientError as error:
            return dict(error.response)

    with ThreadPoolExecutor(9) as pool:
        answers = list(pool.map(one, range(9)))
    refused = [answer for answer in answers if "Error" in answer]
    assert refused
    assert len(answers) - len(refused) >= 3
    assert {(r["Error"]["Code"], r["Reason"], r["Error"]["Message"]) for r in refused} == {
        ("TooManyRequestsException", "ConcurrentInvocationLimitExceeded", "Rate Exceeded.")
    }
    set_quotas({})
    assert one(0)["StatusCode"] == 200


def test_a_new_account_of_ten_reserves_nothing(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    function = emulator.function(WAITS)
    set_quotas({"lambda.concurrency": 10})
    with pytest.raises(ClientError, match=r"below its minimum value of \[10\]"):
        emulator.clients.lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=1)


def test_a_standard_queue_gives_out_no_more_than_its_messages_in_flight(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    queue, sqs = emulator.queue(VisibilityTimeout=30), emulator.clients.sqs
    for number in range(8):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    set_quotas({"sqs.inflight": 5})
    first = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    assert len(first) == 5
    assert try_call(sqs.receive_message, QueueUrl=queue) == "OverLimit"
    assert "Messages" not in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=1)
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=first[0]["ReceiptHandle"])
    assert len(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]) == 1


def test_a_fifo_queue_that_is_full_gives_nothing_and_no_error(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    sqs = emulator.clients.sqs
    attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    queue = sqs.create_queue(QueueName=f"{make_name('queue')}.fifo", Attributes=attributes)["QueueUrl"]
    for number in range(3):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number), MessageGroupId=str(number))
    set_quotas({"sqs.fifo-inflight": 2})
    assert len(sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]) == 2
    assert "Messages" not in sqs.receive_message(QueueUrl=queue)


def test_a_mapping_keeps_to_the_messages_in_flight_and_loses_none(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    set_quotas({"sqs.inflight": 2})
    queue, sqs = emulator.queue(VisibilityTimeout=30), emulator.clients.sqs
    for number in range(6):
        sqs.send_message(QueueUrl=queue, MessageBody=str(number))
    function = emulator.function("def handler(event, context): return len(event['Records'])", Timeout=5)
    made = emulator.clients.lambda_.create_event_source_mapping(
        FunctionName=function, EventSourceArn=emulator.arn_of(queue), BatchSize=10
    )
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

    def empty() -> bool:
        counts = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
        return all(count == "0" for count in counts.values())

    wait_until(empty, "an empty queue")
    emulator.clients.lambda_.delete_event_source_mapping(UUID=made["UUID"])


def test_calls_of_put_events_above_the_rate_are_throttled(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    import boto3  # noqa: PLC0415 - a client that does not try again

    once = boto3.client(
        "events",
        region_name="us-east-1",
        endpoint_url=emulator.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    entries = [{"Source": "shop", "DetailType": "Order", "Detail": json.dumps({"id": "A-1"})}]
    set_quotas({"events.putevents-rate": 2})
    codes = [try_call(once.put_events, Entries=entries) for _ in range(12)]
    assert codes[:2] == ["fine", "fine"]
    assert "ThrottlingException" in codes
    # The usual client tries again, and nothing is lost.
    assert emulator.clients.events.put_events(Entries=entries)["FailedEntryCount"] == 0


def test_a_bus_has_no_more_rules_than_the_quota(
    emulator: RunningEmulator, set_quotas: Callable[[dict[str, int]], None]
) -> None:
    events, bus = emulator.clients.events, make_name("bus")
    events.create_event_bus(Name=bus)
    set_quotas({"events.rules-per-bus": 2})
    rule = {"EventBusName": bus, "EventPattern": '{"source": ["shop"]}'}
    codes = [try_call(events.put_rule, Name=name, **rule) for name in ("a", "b", "c", "a")]
    assert codes == ["fine", "fine", "LimitExceededException", "fine"], "a rule that is there can be changed"


def test_a_bad_quota_is_refused_with_the_range_and_changes_nothing(emulator: RunningEmulator) -> None:
    for body, said in (
        ({"lambda.concurrency": 0}, "from 1 to 1,000,000"),
        ({"lambda.speed": 5}, "known are: lambda.concurrency"),
        ([1], "send names and numbers"),
    ):
        answer = emulator.http("PUT", "/_sandbox/quotas", headers={"X-Sandbox": "1"}, json=body)
        assert (answer.status_code, said in answer.json()["message"]) == (400, True)
    listed = emulator.http("GET", "/_sandbox/quotas", headers={"X-Sandbox": "1"}).json()["quotas"]
    assert all(quota["value"] == quota["default"] for quota in listed)


def test_set_quotas_are_shown_and_survive_a_restart(emulator: RunningEmulator) -> None:
    headers = {"X-Sandbox": "1"}
    emulator.http("PUT", "/_sandbox/quotas", headers=headers, json={"lambda.concurrency": 7})
    emulator.restart()
    figures = emulator.figures("quotas")
    limits = emulator.clients.lambda_.get_account_settings()["AccountLimit"]
    emulator.http("PUT", "/_sandbox/quotas", headers=headers, json={})
    assert (figures, limits["ConcurrentExecutions"]) == ({"lambda.concurrency": 7}, 7)


def test_the_emulator_alone_holds_none_of_them(emulator_alone: RunningEmulator) -> None:
    events, bus = emulator_alone.clients.events, make_name("bus")
    events.create_event_bus(Name=bus)
    events.put_rule(Name="rule", EventBusName=bus, EventPattern='{"source": ["shop"]}')
    arn = emulator_alone.arn_of(emulator_alone.queue())
    targets = [{"Id": str(number), "Arn": arn} for number in range(6)]
    assert try_call(events.put_targets, Rule="rule", EventBusName=bus, Targets=targets) == "fine"
    function = emulator_alone.function(WAITS)
    put = emulator_alone.clients.lambda_.put_function_concurrency
    assert try_call(put, FunctionName=function, ReservedConcurrentExecutions=5_000) == "fine"
