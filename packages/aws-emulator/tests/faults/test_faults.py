"""Faults that a trial puts between functions and services."""

import json
import random
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from aws_emulator.faults.rules import ActiveFault, Fault, FaultError, find_striking_fault, parse_fault
from running_emulator import RunningEmulator, make_name

pytestmark = pytest.mark.plane

ROLE_CALLER = "arn:aws:sts::000000000000:assumed-role/relay/relay-1"
PUTS = """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    table = boto3.client("dynamodb", config=Config(retries={"total_max_attempts": 1}))

    def handler(event, context):
        try:
            table.put_item(TableName=event["table"], Item={"pk": {"S": event["key"]}})
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "done"
"""


@pytest.fixture(scope="module")
def table(emulator: RunningEmulator) -> str:
    name = make_name("table")
    emulator.clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return name


@pytest.fixture(scope="module")
def function(emulator: RunningEmulator) -> str:
    return emulator.function(PUTS, Timeout=20)


@pytest.fixture(autouse=True)
def remove_faults(emulator: RunningEmulator) -> Iterator[None]:
    yield
    call_function(emulator, "DELETE", "")


def call_function(plane: RunningEmulator, method: str, name: str, fault: Any = None) -> httpx.Response:
    headers = {"X-Sandbox": "1"}
    return plane.http(method, f"/_sandbox/faults/{name}", content=json.dumps(fault), headers=headers)


def list_items(plane: RunningEmulator, table: str, key: str) -> bool:
    return "Item" in plane.clients.dynamodb.get_item(TableName=table, Key={"pk": {"S": key}})


@pytest.mark.parametrize(
    ("effect", "heard", "done"),
    [
        ("unavailable", "InternalServerError", False),
        ("throttled", "ThrottlingException", False),
        ("cut", "InternalServerError", False),
        ("lost", "InternalError", True),
        ("delayed", "done", True),
    ],
)
def test_a_function_meets_the_fault(
    emulator: RunningEmulator, table: str, function: str, effect: str, heard: str, *, done: bool
) -> None:
    fault = {"service": "dynamodb", "effect": effect, "actions": ["PutItem"], "seconds": 0.1}
    assert call_function(emulator, "PUT", "one", fault).status_code == 200
    assert emulator.invoke(function, {"table": table, "key": effect})["payload"] == heard
    assert list_items(emulator, table, effect) == done
    assert call_function(emulator, "GET", "").json()["faults"]["one"]["struck"] == 1
    assert call_function(emulator, "DELETE", "one").status_code == 200
    assert emulator.invoke(function, {"table": table, "key": f"{effect}-healed"})["payload"] == "done"


def test_a_share_of_a_calls_entries_is_refused_and_the_others_reach_their_targets(emulator: RunningEmulator) -> None:
    puts = emulator.function(
        """
        import boto3

        events = boto3.client("events")

        def handler(event, context):
            entries = [{"Source": "test", "DetailType": str(n), "Detail": "{}"} for n in range(10)]
            answer = events.put_events(Entries=entries)
            return [answer["FailedEntryCount"], [entry.get("ErrorCode", "") for entry in answer["Entries"]]]
        """,
        Timeout=20,
    )
    fault = {"service": "events", "effect": "partial", "share": 0.5, "seed": 1}
    assert call_function(emulator, "PUT", "one", fault).status_code == 200
    count, codes = emulator.invoke(puts)["payload"]
    assert (
        count == codes.count("InternalFailure") == call_function(emulator, "GET", "").json()["faults"]["one"]["struck"]
    )
    assert 0 < count < 10
    assert codes.count("") == 10 - count
    call_function(emulator, "DELETE", "one")
    assert emulator.invoke(puts)["payload"] == [0, [""] * 10]


def test_others_are_not_struck(emulator: RunningEmulator, table: str, function: str) -> None:
    fault = {"service": "dynamodb", "effect": "unavailable", "caller": "another-role"}
    assert call_function(emulator, "PUT", "one", fault).status_code == 200
    assert emulator.invoke(function, {"table": table, "key": "other"})["payload"] == "done"
    call_function(emulator, "PUT", "one", {**fault, "caller": ""})
    emulator.clients.dynamodb.put_item(TableName=table, Item={"pk": {"S": "operator"}})


def test_a_page_in_a_browser_can_not_break_anything(emulator: RunningEmulator) -> None:
    fault = json.dumps({"service": "dynamodb", "effect": "unavailable"})
    assert emulator.http("PUT", "/_sandbox/faults/one", content=fault).status_code == 403
    assert emulator.http("GET", "/_sandbox/faults/", host="shop.example").status_code == 403
    assert call_function(emulator, "GET", "").json() == {"faults": {}}


def test_a_share_of_the_calls_is_struck_and_the_same_seed_strikes_the_same() -> None:
    def struck(seed: int) -> list[bool]:
        active = ActiveFault(Fault("sqs", "throttled", share=0.3), random.Random(seed))
        return [find_striking_fault([active], "sqs", "SendMessage", ROLE_CALLER) is not None for _ in range(1_000)]

    assert struck(1) == struck(1)
    assert 250 < sum(struck(1)) < 350


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "a fault is an object"),
        ({"service": "dynamodb"}, "an effect, which is one of"),
        ({"service": "dynamodb", "effect": "melted"}, "an effect, which is one of"),
        ({"service": "dynamodb", "effect": "lost", "share": 0}, "share is 0"),
        ({"service": "dynamodb", "effect": "lost", "share": "half"}, "share is 'half'"),
        ({"service": "dynamodb", "effect": "delayed", "seconds": 1e9}, "seconds is"),
        ({"service": "dynamodb", "effect": "lost", "until": 1}, "a fault has no until"),
        ({"service": "dynamodb", "effect": "lost", "actions": [1]}, "actions is a list of names"),
        ({"service": "sqs", "effect": "partial"}, "only a PutEvents call of 'events'"),
    ],
)
def test_a_bad_fault_is_refused(given: Any, said: str) -> None:
    with pytest.raises(FaultError, match=said):
        parse_fault(given)


def test_a_service_that_nobody_stands_before_is_refused(emulator: RunningEmulator) -> None:
    answer = call_function(emulator, "PUT", "one", {"service": "kms", "effect": "lost"})
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "service is 'kms'; it must be one of dynamodb, events, lambda, sqs",
    )
