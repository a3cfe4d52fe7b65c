"""What checks of tables share: items, and writes as the shop makes them."""

from typing import Any

from sandbox.contract.account import Account

API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference"
GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
INDEX = "customer"


def item(sk: str, **numbers: int) -> dict[str, Any]:
    """An item of the partition `p`."""
    return {"pk": {"S": "p"}, "sk": {"S": sk}, **{name: {"N": str(value)} for name, value in numbers.items()}}


def new(table: str, made: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A write of a transaction: the item must not be there."""
    return {"Put": {"TableName": table, "Item": made, "ConditionExpression": "attribute_not_exists(pk)", **more}}


def take(table: str, sk: str, count: int) -> dict[str, Any]:
    """An update that takes from stock what is there."""
    return {
        "TableName": table,
        "Key": item(sk),
        "UpdateExpression": "SET available = available - :n",
        "ConditionExpression": "available >= :n",
        "ExpressionAttributeValues": {":n": {"N": str(count)}},
    }


def put(aws: Account, table: str, *items: dict[str, Any]) -> None:
    """Write items, in order."""
    for made in items:
        aws.clients.dynamodb.put_item(TableName=table, Item=made)


def stored(aws: Account, table: str, sk: str) -> dict[str, Any] | None:
    """The item as last written."""
    return aws.clients.dynamodb.get_item(TableName=table, Key=item(sk), ConsistentRead=True).get("Item")


def indexed(aws: Account) -> str:
    """The name of a new table with an index by customer and time."""
    keys = (("customer_id", "HASH"), ("placed_at", "RANGE"))
    return aws.table(
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", *(name for name, _ in keys))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in keys],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def code_of(answer: dict[str, Any]) -> str:
    """The error's code of a refused call."""
    return str(answer["Error"]["Code"])
