"""Tables that throttle, as a client sees it."""

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from running_emulator import RunningEmulator, make_name, try_call

pytestmark = pytest.mark.plane

KB = 1024


@pytest.fixture(scope="module")
def tables(emulator: RunningEmulator) -> Any:
    """A client that tries nothing twice."""
    return client(emulator)


def client(plane: RunningEmulator) -> Any:
    return boto3.client(
        "dynamodb",
        region_name="us-east-1",
        endpoint_url=plane.endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def make_table(tables: Any, *, units: int = 0, most: int = 0, index: int = 0) -> str:
    """A table with provisioned units, or with a maximum on demand."""
    name, more = make_name("table"), {}
    attributes = ["pk", "sk", *(["day"] if index else [])]
    if units:
        more["ProvisionedThroughput"] = {"ReadCapacityUnits": units, "WriteCapacityUnits": units}
    if most:
        more["OnDemandThroughput"] = {"MaxReadRequestUnits": most, "MaxWriteRequestUnits": most}
    if index:
        more["GlobalSecondaryIndexes"] = [
            {
                "IndexName": "by-day",
                "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": index, "WriteCapacityUnits": index},
            }
        ]
    tables.create_table(
        TableName=name,
        BillingMode="PROVISIONED" if units else "PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": n, "KeyType": t} for n, t in (("pk", "HASH"), ("sk", "RANGE"))],
        AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in attributes],
        **more,
    )
    return name


def item(key: object = "a", size: int = 1, **more: str) -> dict[str, Any]:
    texts = {"pk": "one", "sk": str(key), "text": "x" * size, **more}
    return {name: {"S": text} for name, text in texts.items()}


def key(of: object = "a") -> dict[str, Any]:
    return {name: value for name, value in item(of).items() if name != "text"}


def count(tables: Any, name: str) -> int:
    return int(tables.describe_table(TableName=name)["Table"]["ItemCount"])


EXCEEDED = "ProvisionedThroughputExceededException"


def test_a_write_that_costs_more_than_there_is_is_refused_and_changes_nothing(tables: Any) -> None:
    name = make_table(tables, units=2)
    with pytest.raises(ClientError) as refused:
        tables.put_item(TableName=name, Item=item(size=40 * KB))
    answer = refused.value.response
    assert answer["Error"]["Code"] == EXCEEDED
    assert answer["ThrottlingReasons"][0]["reason"] == "TableWriteProvisionedThroughputExceeded"
    assert answer["ThrottlingReasons"][0]["resource"].endswith(f"table/{name}")
    assert count(tables, name) == 0
    assert try_call(tables.put_item, TableName=name, Item=item()) == "fine"


@pytest.mark.parametrize("operation", ["put", "update", "delete"])
def test_every_kind_of_write_pays_for_the_larger_of_the_item_before_and_after(tables: Any, operation: str) -> None:
    name = make_table(tables, units=50)
    assert try_call(tables.put_item, TableName=name, Item=item(size=40 * KB)) == "fine"
    wanted = {
        "put": (tables.put_item, {"Item": item()}),
        "delete": (tables.delete_item, {"Key": key()}),
        "update": (
            tables.update_item,
            {
                "Key": key(),
                "UpdateExpression": "SET note = :n",
                "ExpressionAttributeValues": {":n": {"S": "more"}},
            },
        ),
    }
    call, arguments = wanted[operation]
    assert try_call(call, TableName=name, **arguments) == EXCEEDED
    assert "note" not in tables.get_item(TableName=name, Key=key())["Item"]


def test_a_maximum_on_demand_throttles_with_its_own_code(tables: Any) -> None:
    name = make_table(tables, most=2)
    codes = [try_call(tables.put_item, TableName=name, Item=item(n)) for n in range(20)]
    assert codes[:2] == ["fine", "fine"]
    assert "ThrottlingException" in codes


def test_an_index_throttles_the_writes_that_touch_it_and_no_others(tables: Any) -> None:
    name = make_table(tables, units=500, index=1)
    assert try_call(tables.put_item, TableName=name, Item=item(size=20 * KB, day="monday")) == EXCEEDED
    assert try_call(tables.put_item, TableName=name, Item=item(size=20 * KB)) == "fine"
    set_day = {"UpdateExpression": "SET #d = :d", "ExpressionAttributeNames": {"#d": "day"}}
    values = {"ExpressionAttributeValues": {":d": {"S": "monday"}}}
    assert try_call(tables.update_item, TableName=name, Key=key(), **set_day, **values) == EXCEEDED


def test_a_failed_condition_costs_what_the_item_would(tables: Any) -> None:
    name = make_table(tables, units=50)
    tables.put_item(TableName=name, Item=item(size=40 * KB))
    again = {"Item": item(), "ConditionExpression": "attribute_not_exists(pk)"}
    assert try_call(tables.put_item, TableName=name, **again) == "ConditionalCheckFailedException"
    assert try_call(tables.put_item, TableName=name, **again) == EXCEEDED


def test_a_batch_writes_what_there_is_room_for_and_names_the_rest(tables: Any) -> None:
    name = make_table(tables, units=3)
    puts = [{"PutRequest": {"Item": item(n)}} for n in range(25)]
    answer = tables.batch_write_item(RequestItems={name: puts})
    left = answer["UnprocessedItems"][name]
    assert 0 < len(left) < 25
    assert count(tables, name) == 25 - len(left)
    large = [{"PutRequest": {"Item": item(n, 40 * KB)}} for n in range(2)]
    assert try_call(tables.batch_write_item, RequestItems={name: large}) == EXCEEDED


def test_a_batch_reads_what_there_is_room_for_and_names_the_rest(tables: Any) -> None:
    name = make_table(tables, most=20)
    for n in range(4):
        tables.put_item(TableName=name, Item=item(n, 4 * KB))
    tables.update_table(TableName=name, OnDemandThroughput={"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 20})
    keys = [key(n) for n in range(4)]
    answer = tables.batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": True}})
    assert len(answer["Responses"][name]) == 2
    assert len(answer["UnprocessedKeys"][name]["Keys"]) == 2
    assert answer["UnprocessedKeys"][name]["ConsistentRead"] is True


def test_a_transaction_needs_twice_the_units_at_once_or_does_nothing(tables: Any) -> None:
    name = make_table(tables, units=3)
    puts = [{"Put": {"TableName": name, "Item": item(n)}} for n in range(4)]
    with pytest.raises(ClientError) as refused:
        tables.transact_write_items(TransactItems=puts)
    reasons = refused.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["ProvisionedThroughputExceeded"] * 4
    assert count(tables, name) == 0
    assert try_call(tables.transact_write_items, TransactItems=puts[:1]) == "fine"


def test_reads_pay_for_what_they_look_at(tables: Any) -> None:
    name = make_table(tables, units=200)
    for n in range(3):
        tables.put_item(TableName=name, Item=item(n, 40 * KB))
    tables.update_table(TableName=name, ProvisionedThroughput={"ReadCapacityUnits": 8, "WriteCapacityUnits": 200})
    assert try_call(tables.get_item, TableName=name, Key=key(0)) == "fine"
    query = {
        "KeyConditionExpression": "pk = :p",
        "ExpressionAttributeValues": {":p": {"S": "one"}, ":n": {"S": "none"}},
        "FilterExpression": "sk <> :n",
    }
    wanted = {"TableName": name, "ProjectionExpression": "pk"}
    assert try_call(tables.query, ConsistentRead=True, **wanted, **query) == EXCEEDED
    assert try_call(tables.scan, ConsistentRead=True, **wanted) == EXCEEDED
    gets = [{"Get": {"TableName": name, "Key": key(n)}} for n in range(3)]
    assert try_call(tables.transact_get_items, TransactItems=gets) == "TransactionCanceledException"


def test_more_units_help_at_once(tables: Any) -> None:
    name = make_table(tables, units=1)
    assert try_call(tables.put_item, TableName=name, Item=item(size=40 * KB)) == EXCEEDED
    tables.update_table(TableName=name, BillingMode="PAY_PER_REQUEST")
    assert try_call(tables.put_item, TableName=name, Item=item(size=40 * KB)) == "fine"


def test_requests_that_are_not_as_they_should_be_are_refused_as_before(tables: Any) -> None:
    name = make_table(tables, units=10)
    wrong = {"wrong": {"S": "key"}}
    assert try_call(tables.get_item, TableName=name, Key=wrong) == "ValidationException"
    assert try_call(tables.get_item, TableName="missing", Key=key()) == "ResourceNotFoundException"
    assert try_call(tables.put_item, TableName="missing", Item=item()) == "ResourceNotFoundException"
    assert try_call(tables.batch_get_item, RequestItems={name: {"Keys": [wrong]}}) == "ValidationException"
    missing = {"missing": [{"PutRequest": {"Item": item()}}]}
    assert try_call(tables.batch_write_item, RequestItems=missing) == "ResourceNotFoundException"
    put = [{"Put": {"TableName": "missing", "Item": item()}}]
    assert try_call(tables.transact_write_items, TransactItems=put) == "ResourceNotFoundException"


def test_throttled_requests_are_counted_for_status(emulator: RunningEmulator, tables: Any) -> None:
    name = make_table(tables, units=1)
    before = emulator.figures("capacity")
    try_call(tables.put_item, TableName=name, Item=item(size=40 * KB))
    assert emulator.figures("capacity")["throttled"] == before["throttled"] + 1


def test_the_emulator_alone_never_throttles_a_table(emulator_alone: RunningEmulator) -> None:
    tables = client(emulator_alone)
    name = make_table(tables, units=1)
    assert {try_call(tables.put_item, TableName=name, Item=item(n)) for n in range(20)} == {"fine"}
