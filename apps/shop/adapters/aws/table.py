"""Records in a DynamoDB table."""

import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from apps.shop.adapters.aws.writes import CONDITION, NO_ANSWER, attributes, code, load, meaning, request
from apps.shop.application.records import SHARDS, key_of, order_pk
from apps.shop.domain.errors import TryAgainError
from apps.shop.ports import Item, Key, Write

# Most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_GET = 100
TRIES = 6
COUNT_SECONDS = 1.0


class DynamoTable:
    """A table with the keys `pk` and `sk`, and sparse indexes `due` and `customer` where its records need them."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name
        self._counted: tuple[float, int] | None = None

    def get(self, key: Key) -> Item | None:
        found = self._call("get_item", Key=attributes(key), ConsistentRead=True).get("Item")
        return None if found is None else load(found)

    def many(self, keys: Sequence[Key]) -> list[Item]:
        found: list[Item] = []
        for start in range(0, len(keys), BATCH_GET):
            wanted = [attributes(key) for key in keys[start : start + BATCH_GET]]
            for attempt in range(TRIES):
                answer = self._batch({self._name: {"Keys": wanted, "ConsistentRead": True}})
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
        requests = [request(self._name, write) for write in writes]
        try:
            if len(requests) > 1:
                self._client.transact_write_items(TransactItems=requests)
            elif "Put" in requests[0]:  # half the price of a transaction
                self._client.put_item(**requests[0]["Put"])
            else:
                self._client.update_item(**requests[0]["Update"])
        except (ClientError, *NO_ANSWER) as error:
            raise meaning(error, writes) from error

    def page(self, pk: str, prefix: str, *, limit: int, after: str | None = None) -> list[Item]:
        start = {"ExclusiveStartKey": attributes(Key(pk, after))} if after else {}
        answer = self._call(
            "query",
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": pk}, ":prefix": {"S": prefix}},
            Limit=limit,
            **start,
        )
        return [load(item) for item in answer["Items"]]

    def of_customer(self, customer_id: str, *, limit: int, after: tuple[str, str] | None = None) -> list[Item]:
        start: dict[str, Any] = {}
        if after is not None:
            placed_at, order_id = after
            place = {"customer_id": {"S": customer_id}, "placed_at": {"S": placed_at}}
            start["ExclusiveStartKey"] = {**attributes(Key(order_pk(order_id), "ORDER")), **place}
        answer = self._call(
            "query",
            IndexName="customer",
            KeyConditionExpression="customer_id = :customer",
            ExpressionAttributeValues={":customer": {"S": customer_id}},
            ScanIndexForward=False,
            Limit=limit,
            **start,
        )
        return [load(item) for item in answer["Items"]]

    def due(self, moment: str, *, limit: int) -> list[Item]:
        found: list[Item] = []
        for shard in range(SHARDS):
            answer = self._call(
                "query",
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
                Key=attributes(key),
                UpdateExpression="SET published_at = :at, #ttl = :ttl REMOVE due_at, due_shard",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={":at": {"S": published_at}, ":ttl": {"N": str(ttl)}},
            )
        except (ClientError, *NO_ANSWER) as error:
            if code(error) not in CONDITION:
                raise meaning(error) from error

    def scan(self, *, limit: int, after: Key | None = None) -> tuple[list[Item], Key | None]:
        start = {"ExclusiveStartKey": attributes(after)} if after else {}
        answer = self._call("scan", Limit=limit, ConsistentRead=True, **start)
        last = answer.get("LastEvaluatedKey")
        return [load(item) for item in answer["Items"]], key_of(load(last)) if last else None

    def _count(self, limit: int) -> int:
        counted = 0
        for shard in range(SHARDS):
            start: dict[str, Any] = {}
            while counted < limit:
                answer = self._call(
                    "query",
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

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return getattr(self._client, operation)(TableName=self._name, **arguments)
        except (ClientError, *NO_ANSWER) as error:
            raise meaning(error) from error

    def _batch(self, items: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._client.batch_get_item(RequestItems=items)
        except (ClientError, *NO_ANSWER) as error:
            raise meaning(error) from error
