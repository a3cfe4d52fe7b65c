"""What the shop needs of DynamoDB: a new version of the plane that loses one of these fails by name."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from plane_fixture import AwsPlane, eventually, named

pytestmark = pytest.mark.plane


@pytest.fixture
def table(aws_plane: AwsPlane) -> str:
    """A table as the shop's: two keys, a sparse index, a stream."""
    return make_table(aws_plane)


def make_table(plane: AwsPlane) -> str:
    name = named("table")
    plane.clients.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys("pk", "sk"),
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": "S"} for n in ("pk", "sk", "customer_id", "placed_at")
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "customer",
                "KeySchema": keys("customer_id", "placed_at"),
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    return name


def keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def item(sk: str, **numbers: int) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sk}, **{name: {"N": str(value)} for name, value in numbers.items()}}


def new(table: str, made: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": table, "Item": made, "ConditionExpression": "attribute_not_exists(pk)", **more}}


def take(table: str, sk: str, count: int) -> dict[str, Any]:
    return {
        "TableName": table,
        "Key": item(sk),
        "UpdateExpression": "SET available = available - :n",
        "ConditionExpression": "available >= :n",
        "ExpressionAttributeValues": {":n": {"N": str(count)}},
    }


def stored(plane: AwsPlane, table: str, sk: str) -> dict[str, Any] | None:
    return plane.clients.dynamodb.get_item(TableName=table, Key=item(sk), ConsistentRead=True).get("Item")


def test_a_failed_condition_names_itself_and_returns_the_item(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("a", available=1))
    with pytest.raises(ClientError) as refused:
        aws_plane.clients.dynamodb.update_item(**take(table, "a", 2), ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert refused.value.response["Item"]["available"] == {"N": "1"}


def test_a_transaction_writes_all_or_nothing(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("stock", available=1))
    with pytest.raises(ClientError):
        aws_plane.clients.dynamodb.transact_write_items(
            TransactItems=[new(table, item("order")), {"Update": take(table, "stock", 2)}]
        )
    assert stored(aws_plane, table, "order") is None
    aws_plane.clients.dynamodb.transact_write_items(
        TransactItems=[new(table, item("order")), {"Update": take(table, "stock", 1)}]
    )
    assert stored(aws_plane, table, "order") == item("order")
    assert stored(aws_plane, table, "stock") == item("stock", available=0)


def test_a_cancelled_transaction_gives_a_reason_for_each_write(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("there", version=7))
    with pytest.raises(ClientError) as refused:
        aws_plane.clients.dynamodb.transact_write_items(
            TransactItems=[
                new(table, item("new")),
                new(table, item("there"), ReturnValuesOnConditionCheckFailure="ALL_OLD"),
            ]
        )
    assert refused.value.response["Error"]["Code"] == "TransactionCanceledException"
    first, second = refused.value.response["CancellationReasons"]
    assert first["Code"] == "None"
    assert second["Code"] == "ConditionalCheckFailed"
    assert second["Item"] == item("there", version=7)


def test_a_transaction_with_the_same_token_is_applied_once(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("stock", available=9))
    for _ in range(2):
        aws_plane.clients.dynamodb.transact_write_items(
            TransactItems=[{"Update": take(table, "stock", 2)}], ClientRequestToken="one-token"
        )
    assert stored(aws_plane, table, "stock") == item("stock", available=7)
    with pytest.raises(ClientError, match="IdempotentParameterMismatch"):
        aws_plane.clients.dynamodb.transact_write_items(
            TransactItems=[{"Update": take(table, "stock", 3)}], ClientRequestToken="one-token"
        )


def test_a_condition_check_takes_part_in_a_transaction(aws_plane: AwsPlane, table: str) -> None:
    check = {"ConditionCheck": {"TableName": table, "Key": item("gone"), "ConditionExpression": "attribute_exists(pk)"}}
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        aws_plane.clients.dynamodb.transact_write_items(TransactItems=[new(table, item("order")), check])
    assert stored(aws_plane, table, "order") is None


@pytest.mark.parametrize(
    ("names", "reason"),
    [([f"{n}" for n in range(101)], "100"), (["same", "same"], "multiple operations on one item")],
    ids=["101-items", "one-item-twice"],
)
def test_a_transaction_beyond_the_limits_is_refused(
    aws_plane: AwsPlane, table: str, names: list[str], reason: str
) -> None:
    with pytest.raises(ClientError, match=reason):
        aws_plane.clients.dynamodb.transact_write_items(TransactItems=[new(table, item(sk)) for sk in names])


def test_concurrent_conditional_writes_never_sell_more_than_there_is(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("stock", available=5))

    def buy(number: int) -> bool:
        try:
            aws_plane.clients.dynamodb.transact_write_items(
                TransactItems=[new(table, item(f"order-{number}")), {"Update": take(table, "stock", 1)}]
            )
        except ClientError:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        sold = sum(pool.map(buy, range(20)))
    assert sold == 5
    assert stored(aws_plane, table, "stock") == item("stock", available=0)


def test_an_index_holds_only_items_with_its_keys_in_order_and_in_pages(aws_plane: AwsPlane, table: str) -> None:
    for day in (2, 1, 3):
        keyed = {"customer_id": {"S": "c"}, "placed_at": {"S": f"2026-01-0{day}"}}
        aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item(f"order-{day}"), **keyed})
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("without-the-keys"))
    request = {
        "TableName": table,
        "IndexName": "customer",
        "KeyConditionExpression": "customer_id = :c",
        "ExpressionAttributeValues": {":c": {"S": "c"}},
        "ScanIndexForward": False,
        "Limit": 2,
    }
    first = aws_plane.clients.dynamodb.query(**request)
    second = aws_plane.clients.dynamodb.query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    found = [i["sk"]["S"] for page in (first, second) for i in page["Items"]]
    assert found == ["order-3", "order-2", "order-1"]
    assert "LastEvaluatedKey" not in second


def test_a_query_counts_what_passes_its_filter(aws_plane: AwsPlane, table: str) -> None:
    for number in range(4):
        aws_plane.clients.dynamodb.put_item(TableName=table, Item=item(f"o#{number}", odd=number % 2))
    counted = aws_plane.clients.dynamodb.query(
        TableName=table,
        Select="COUNT",
        KeyConditionExpression="pk = :p AND begins_with(sk, :prefix)",
        FilterExpression="odd = :one",
        ExpressionAttributeValues={":p": {"S": "p"}, ":prefix": {"S": "o#"}, ":one": {"N": "1"}},
    )
    assert (counted["Count"], counted["ScannedCount"]) == (2, 4)


def test_an_item_can_be_moved_out_of_an_index(aws_plane: AwsPlane, table: str) -> None:
    keyed = {"customer_id": {"S": "c"}, "placed_at": {"S": "2026"}}
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("order"), **keyed})
    aws_plane.clients.dynamodb.update_item(
        TableName=table,
        Key=item("order"),
        UpdateExpression="SET #ttl = :ttl REMOVE customer_id, placed_at",
        ConditionExpression="attribute_exists(pk)",
        ExpressionAttributeNames={"#ttl": "ttl"},
        ExpressionAttributeValues={":ttl": {"N": "1"}},
    )
    found = aws_plane.clients.dynamodb.scan(TableName=table, IndexName="customer")
    assert found["Items"] == []


def test_a_time_to_live_names_its_attribute_and_expired_items_stay_readable(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.update_time_to_live(
        TableName=table, TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True}
    )
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("later", ttl=int(time.time()) + 3600))
    found = aws_plane.clients.dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (found["TimeToLiveStatus"], found["AttributeName"]) == ("ENABLED", "ttl")
    assert stored(aws_plane, table, "later") is not None


def test_a_table_with_deletion_protection_is_not_deleted(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.update_table(TableName=table, DeletionProtectionEnabled=True)
    with pytest.raises(ClientError):
        aws_plane.clients.dynamodb.delete_table(TableName=table)
    assert aws_plane.clients.dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] == "ACTIVE"


def test_a_stream_tells_each_change_with_both_images_in_order(aws_plane: AwsPlane, table: str) -> None:
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("a", version=1))
    aws_plane.clients.dynamodb.put_item(TableName=table, Item=item("a", version=2))
    aws_plane.clients.dynamodb.delete_item(TableName=table, Key=item("a"))
    streams = aws_plane.clients.dynamodbstreams
    arn = aws_plane.clients.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
    start = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    records = eventually(
        lambda: streams.get_records(ShardIterator=start["ShardIterator"])["Records"], "the stream's records"
    )
    assert [r["eventName"] for r in records] == ["INSERT", "MODIFY", "REMOVE"]
    assert records[1]["dynamodb"]["OldImage"] == item("a", version=1)
    assert records[1]["dynamodb"]["NewImage"] == item("a", version=2)


def test_a_stream_mapping_hands_over_only_records_that_its_filter_names(aws_plane: AwsPlane, table: str) -> None:
    heard = aws_plane.queue()
    function = aws_plane.function(
        """
        import json, os, boto3
        def handler(event, context):
            for record in event["Records"]:
                body = json.dumps([record["eventName"], record["dynamodb"]["Keys"]["sk"]["S"]])
                boto3.client("sqs").send_message(QueueUrl=os.environ["HEARD"], MessageBody=body)
            print("heard")
        """,
        Environment={"Variables": {"HEARD": heard}},
        Timeout=10,
    )
    arn = aws_plane.clients.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    pattern = '{"eventName": ["INSERT"], "dynamodb": {"NewImage": {"kind": {"S": ["outbox"]}}}}'
    outbox = {"kind": {"S": "outbox"}}
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("before-the-mapping"), **outbox})
    aws_plane.clients.lambda_.create_event_source_mapping(
        EventSourceArn=arn,
        FunctionName=function,
        StartingPosition="TRIM_HORIZON",
        BatchSize=10,
        FilterCriteria={"Filters": [{"Pattern": pattern}]},
    )
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("order"), "kind": {"S": "order"}})
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("first"), **outbox})
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("first"), **outbox, "published": {"BOOL": True}})
    aws_plane.clients.dynamodb.put_item(TableName=table, Item={**item("second"), **outbox})
    found: list[str] = []
    eventually(lambda: found.extend(aws_plane.taken(heard, wait=1)) or len(found) >= 3, "three outbox items")
    assert found == ['["INSERT", "before-the-mapping"]', '["INSERT", "first"]', '["INSERT", "second"]']
