"""Records in a DynamoDB table."""

import time
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from apps.shop.application.records import SHARDS, key_of
from apps.shop.domain.errors import TryAgainError
from apps.shop.ports import Adjust, ConflictError, Item, Key, Put, Write

# Most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_GET = 100
TRIES = 6
COUNT_SECONDS = 1.0
# What another writer of the same item causes; the same commit may work the next moment:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
COLLISIONS = ("TransactionConflict", "TransactionConflictException", "TransactionInProgressException")
CONDITION = ("ConditionalCheckFailed", "ConditionalCheckFailedException")

_write, _read = TypeSerializer(), TypeDeserializer()


class DynamoTable:
    """A table with the keys `pk` and `sk`, and sparse indexes `due` and `customer` where its records need them."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name
        self._counted: tuple[float, int] | None = None

    def get(self, key: Key) -> Item | None:
        found = self._client.get_item(TableName=self._name, Key=_key(key), ConsistentRead=True).get("Item")
        return None if found is None else load(found)

    def many(self, keys: Sequence[Key]) -> list[Item]:
        found: list[Item] = []
        for start in range(0, len(keys), BATCH_GET):
            wanted = [_key(key) for key in keys[start : start + BATCH_GET]]
            for attempt in range(TRIES):
                request = {self._name: {"Keys": wanted, "ConsistentRead": True}}
                answer = self._client.batch_get_item(RequestItems=request)
                found += [load(item) for item in answer["Responses"].get(self._name, [])]
                wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
                if not wanted:
                    break
                time.sleep(0.05 * 2**attempt)
            if wanted:
                msg = f"table {self._name} is throttled: {len(wanted)} records were not read"
                raise TryAgainError(msg)
        return found

    def commit(self, writes: Sequence[Write]) -> None:
        try:
            if len(writes) == 1:  # half the price of a transaction
                self._single(writes[0])
            else:
                self._client.transact_write_items(TransactItems=[self._item(write) for write in writes])
        except ClientError as error:
            raise _conflict(error, writes) or error from None

    def page(self, pk: str, prefix: str, *, limit: int, after: str | None = None) -> list[Item]:
        start = {"ExclusiveStartKey": _key(Key(pk, after))} if after else {}
        answer = self._client.query(
            TableName=self._name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            Limit=limit,
            **start,
        )
        return [load(item) for item in answer["Items"]]

    def of_customer(self, customer_id: str, *, limit: int, before: str | None = None) -> list[Item]:
        condition, values = "customer_id = :customer", {":customer": {"S": customer_id}}
        if before:
            condition, values = f"{condition} AND placed_at < :before", {**values, ":before": {"S": before}}
        answer = self._client.query(
            TableName=self._name,
            IndexName="customer",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
            Limit=limit,
        )
        return [load(item) for item in answer["Items"]]

    def due(self, moment: str, *, limit: int) -> list[Item]:
        found: list[Item] = []
        for shard in range(SHARDS):
            answer = self._client.query(
                TableName=self._name,
                IndexName="due",
                KeyConditionExpression="due_shard = :shard AND due_at <= :moment",
                ExpressionAttributeValues={":shard": {"S": f"due#{shard}"}, ":moment": {"S": moment}},
                Limit=limit,
            )
            found += [load(item) for item in answer["Items"]]
        return sorted(found, key=lambda item: item["due_at"])[:limit]

    def waiting(self, limit: int) -> int:
        # Every order asks; one answer a second per process is enough for a limit that sheds load.
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > COUNT_SECONDS:
            self._counted = (now, self._count(limit))
        return self._counted[1]

    def settle(self, key: Key, published_at: str, ttl: int) -> None:
        try:
            self._client.update_item(
                TableName=self._name,
                Key=_key(key),
                UpdateExpression="SET published_at = :at, #ttl = :ttl REMOVE due_at, due_shard",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={":at": {"S": published_at}, ":ttl": {"N": str(ttl)}},
            )
        except ClientError as error:
            if _code(error) not in CONDITION:
                raise

    def scan(self, *, limit: int, after: Key | None = None) -> tuple[list[Item], Key | None]:
        start = {"ExclusiveStartKey": _key(after)} if after else {}
        answer = self._client.scan(TableName=self._name, Limit=limit, ConsistentRead=True, **start)
        last = answer.get("LastEvaluatedKey")
        return [load(item) for item in answer["Items"]], key_of(load(last)) if last else None

    def _count(self, limit: int) -> int:
        counted = 0
        for shard in range(SHARDS):
            start: dict[str, Any] = {}
            while counted < limit:
                answer = self._client.query(
                    TableName=self._name,
                    IndexName="due",
                    Select="COUNT",
                    KeyConditionExpression="due_shard = :shard",
                    FilterExpression="kind = :order",
                    ExpressionAttributeValues={":shard": {"S": f"due#{shard}"}, ":order": {"S": "order"}},
                    **start,
                )
                counted += answer["Count"]
                if "LastEvaluatedKey" not in answer:
                    break
                start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return min(counted, limit)

    def _single(self, write: Write) -> None:
        request = self._item(write)
        if "Put" in request:
            self._client.put_item(**request["Put"])
        else:
            self._client.update_item(**request["Update"])

    def _item(self, write: Write) -> dict[str, Any]:
        return {"Update": _adjust(self._name, write)} if isinstance(write, Adjust) else {"Put": _put(self._name, write)}


def load(item: Mapping[str, Any]) -> Item:
    """A record from DynamoDB's attribute values; numbers come back as integers where they are whole."""
    return {name: _plain(_read.deserialize(value)) for name, value in item.items()}


def _put(table: str, write: Put) -> dict[str, Any]:
    stored = {**write.item, "version": (write.version or 0) + 1}
    request: dict[str, Any] = {"TableName": table, "Item": {k: _write.serialize(v) for k, v in stored.items()}}
    if write.version is None:
        return {**request, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        **request,
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(write.version)}},
    }


def _adjust(table: str, write: Adjust) -> dict[str, Any]:
    sets, conditions = [], ["attribute_exists(pk)"]
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    for index, (name, delta) in enumerate(sorted(write.deltas.items())):
        names[f"#n{index}"] = name
        values[f":d{index}"] = {"N": str(delta)}
        sets.append(f"#n{index} = #n{index} + :d{index}")
        if delta < 0:
            values[f":least{index}"] = {"N": str(-delta)}
            conditions.append(f"#n{index} >= :least{index}")
    return {
        "TableName": table,
        "Key": _key(write.key),
        "UpdateExpression": f"SET {', '.join(sets)}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _conflict(error: ClientError, writes: Sequence[Write]) -> Exception | None:
    """What a refused commit means; None when it is no matter of conditions."""
    code = _code(error)
    if code in CONDITION:
        return ConflictError((_key_of(writes[0]),))
    if code in COLLISIONS:
        return ConflictError()
    if code != "TransactionCanceledException":
        return None
    reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    failed = tuple(_key_of(write) for write, reason in zip(writes, reasons, strict=False) if reason in CONDITION)
    if failed or any(reason in COLLISIONS for reason in reasons):
        return ConflictError(failed)
    if any("Throttl" in reason or "Throughput" in reason for reason in reasons):
        return TryAgainError(f"a table is throttled: {', '.join(reasons)}")
    return None


def _code(error: ClientError) -> str:
    return error.response.get("Error", {}).get("Code", "")


def _key_of(write: Write) -> Key:
    return write.key if isinstance(write, Adjust) else key_of(write.item)


def _key(key: Key) -> dict[str, Any]:
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
