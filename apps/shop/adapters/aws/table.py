"""Items in a DynamoDB table."""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from apps.shop.adapters.aws.items import Item, ItemKey
from apps.shop.adapters.aws.writes import NO_ANSWER, ItemWrite, attributes, load, request, translate_error
from apps.shop.domain.errors import TryAgainError

# Most keys of one BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
BATCH_GET = 100
TRIES = 6


class ItemTable:
    """A table with the keys `pk` and `sk`, and sparse indexes `due` and `customer` where its items need them.

    Every call raises TryAgainError while the service is throttled, unavailable or silent.
    """

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def get(self, key: ItemKey) -> Item | None:
        """An item, as it was written last."""
        found = self._call("get_item", Key=attributes(key), ConsistentRead=True).get("Item")
        return None if found is None else load(found)

    def get_many(self, keys: Collection[ItemKey]) -> list[Item]:
        """Those of several items that exist, as they were written last."""
        found: list[Item] = []
        listed = list(keys)
        for start in range(0, len(listed), BATCH_GET):
            wanted = [attributes(key) for key in listed[start : start + BATCH_GET]]
            for attempt in range(TRIES):
                answer = self._batch({self._name: {"Keys": wanted, "ConsistentRead": True}})
                found += [load(item) for item in answer["Responses"].get(self._name, [])]
                wanted = answer.get("UnprocessedKeys", {}).get(self._name, {}).get("Keys", [])
                if not wanted:
                    break
                time.sleep(0.05 * 2**attempt)
            if wanted:
                msg = f"table {self._name} is throttled: {len(wanted)} items were not read"
                raise TryAgainError(msg)
        return found

    def write(self, *writes: ItemWrite) -> None:
        """Write all or nothing, each item at most once.

        Raises:
            ConditionError: a condition did not hold.
            ConflictError: somebody else is writing one of the items.
        """
        requests = [request(self._name, write) for write in writes]
        try:
            if len(requests) > 1:
                self._client.transact_write_items(TransactItems=requests)
            elif "Put" in requests[0]:  # half the price of a transaction
                self._client.put_item(**requests[0]["Put"])
            else:
                self._client.update_item(**requests[0]["Update"])
        except (ClientError, *NO_ANSWER) as error:
            raise translate_error(error) from error

    def update(self, key: ItemKey, expression: str, names: Mapping[str, str], values: Mapping[str, Any]) -> None:
        """Change attributes of an item that exists.

        Raises:
            ConditionError: there is no such item.
            ConflictError: somebody else is writing it.
        """
        self._call(
            "update_item",
            Key=attributes(key),
            UpdateExpression=expression,
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def query(
        self,
        condition: str,
        values: Mapping[str, str],
        limit: int,
        *,
        start: Mapping[str, str] | None = None,
        pages: int = 1,
        **more: Any,
    ) -> list[Item]:
        """Items of one partition, or of one of an index, which may lag.

        Args:
            condition: The key condition.
            values: Its values, texts, by their placeholder.
            limit: Most items of a page, before a filter is applied; with as many the query ends.
            start: Keys of the item after which to begin.
            pages: Most pages.
            more: Other parameters of Query.
        """
        asked = {**_condition(condition, values), "Limit": limit, **more}
        if start is not None:
            asked["ExclusiveStartKey"] = _texts(start)
        found: list[Item] = []
        for _ in range(pages):
            answer = self._call("query", **asked)
            found += [load(item) for item in answer["Items"]]
            if len(found) >= limit or "LastEvaluatedKey" not in answer:
                break
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found

    def count(self, condition: str, values: Mapping[str, str], most: int, **more: Any) -> int:
        """How many items a query finds, counted until there are more than `most`."""
        asked, counted = {**_condition(condition, values), "Select": "COUNT", **more}, 0
        while True:
            answer = self._call("query", **asked)
            counted += answer["Count"]
            if counted >= most or "LastEvaluatedKey" not in answer:
                return counted
            asked["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan(self, limit: int, after: ItemKey | None = None) -> tuple[Sequence[Item], ItemKey | None]:
        """A page of all items, and where the next one begins."""
        start = {"ExclusiveStartKey": attributes(after)} if after else {}
        answer = self._call("scan", Limit=limit, ConsistentRead=True, **start)
        last = answer.get("LastEvaluatedKey")
        return [load(item) for item in answer["Items"]], ItemKey(**load(last)) if last else None

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        try:
            return getattr(self._client, operation)(TableName=self._name, **arguments)
        except (ClientError, *NO_ANSWER) as error:
            raise translate_error(error) from error

    def _batch(self, items: dict[str, Any]) -> dict[str, Any]:
        try:
            return self._client.batch_get_item(RequestItems=items)
        except (ClientError, *NO_ANSWER) as error:
            raise translate_error(error) from error


def _condition(condition: str, values: Mapping[str, str]) -> dict[str, Any]:
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": _texts(values)}


def _texts(values: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}
