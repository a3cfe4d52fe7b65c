"""Conditional writes in DynamoDB's terms, and what its refusals mean."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NotReachedError

from apps.shop.adapters.aws.items import Item, ItemKey
from apps.shop.domain.errors import TryAgainError
from apps.shop.ports import ConflictError

# What another writer of the same item causes; the same write may work the next moment:
# https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
COLLISIONS = ("TransactionConflict", "TransactionConflictException", "TransactionInProgressException")
CONDITION = ("ConditionalCheckFailed", "ConditionalCheckFailedException")
# What the SDK's own retries did not get over:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
THROTTLED = (
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceeded",
    "RequestLimitExceeded",
    "ThrottlingException",
    "ThrottlingError",
)

# Of the connection: nobody was reached, or nobody answered.
NO_ANSWER = (HTTPClientError, NotReachedError)
# Of the service itself; whether a write was done is not known:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
UNAVAILABLE = ("InternalServerError", "InternalError", "InternalFailure", "ServiceUnavailable")

_write, _read = TypeSerializer(), TypeDeserializer()


class ConditionError(ConflictError):
    """A condition of a write did not hold."""


@dataclass(frozen=True, slots=True)
class ItemPut:
    """Write a whole item, only if it is new or still has the version that was read."""

    item: Item
    version: int | None = None
    """The version it must have; None: it must not exist. The written item has the next one."""


@dataclass(frozen=True, slots=True)
class ItemAdd:
    """Add to numbers of an item that exists, only if none of them falls below zero; its version stays."""

    key: ItemKey
    deltas: Mapping[str, int]


ItemWrite = ItemPut | ItemAdd


def load(item: Mapping[str, Any]) -> Item:
    """An item from DynamoDB's attribute values; numbers come back as integers where they are whole."""
    return {name: _plain(_read.deserialize(value)) for name, value in item.items()}


def request(table: str, write: ItemWrite) -> dict[str, Any]:
    """A write as one entry of TransactWriteItems."""
    return {"Update": _add(table, write)} if isinstance(write, ItemAdd) else {"Put": _put(table, write)}


def attributes(key: ItemKey) -> dict[str, Any]:
    """A key as the service takes it."""
    return {"pk": {"S": key.pk}, "sk": {"S": key.sk}}


def translate_error(error: ClientError | BotoCoreError) -> Exception:
    """What a refused call means to the shop; the error itself when it is neither a condition nor a matter of time."""
    if isinstance(error, BotoCoreError):  # no answer: what was asked may be done or not
        return TryAgainError(f"a table does not answer: {error}")
    reasons = [code(error)]
    if reasons == ["TransactionCanceledException"]:  # one reason for each write, in their order
        reasons = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    if any(reason in CONDITION for reason in reasons):
        return ConditionError()
    if any(reason in COLLISIONS for reason in reasons):
        return ConflictError()
    if any(reason in THROTTLED for reason in reasons):
        return TryAgainError(f"a table is throttled: {', '.join(reasons)}")
    if any(reason in UNAVAILABLE for reason in reasons):
        return TryAgainError(f"a table is not available: {', '.join(reasons)}")
    return error


def code(error: ClientError | BotoCoreError) -> str:
    """The error's code as the service names it; empty when no answer came."""
    if isinstance(error, BotoCoreError):
        return ""
    return error.response.get("Error", {}).get("Code", "")


def _put(table: str, write: ItemPut) -> dict[str, Any]:
    stored = {**write.item, "version": (write.version or 0) + 1}
    made: dict[str, Any] = {"TableName": table, "Item": {k: _write.serialize(v) for k, v in stored.items()}}
    if write.version is None:
        return {**made, "ConditionExpression": "attribute_not_exists(pk)"}
    return {
        **made,
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(write.version)}},
    }


def _add(table: str, write: ItemAdd) -> dict[str, Any]:
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
        "Key": attributes(write.key),
        "UpdateExpression": f"SET {', '.join(sets)}",
        "ConditionExpression": " AND ".join(conditions),
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list) else value
