"""What one request to DynamoDB adds to its metrics.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_emulator.watching.service_metrics import Count

# A request's tables, found without reading its items; text inside an item has its quotes escaped.
TABLE = re.compile(rb'"TableName"\s*:\s*"(?:arn:[^"]*table/)?([A-Za-z0-9_.-]{3,255})["/]')
READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
BATCHES = frozenset({"BatchGetItem", "BatchWriteItem"})
THROTTLES = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
CONDITION = "ConditionalCheckFailedException"
CANCELED = "TransactionCanceledException"


def counts(operation: str, body: bytes, status: int, answer: bytes, milliseconds: float) -> Iterator[Count]:
    """What a request and its answer count as; nothing for operations on tables as such."""
    if operation not in READS and operation not in WRITES:
        return
    tables = _tables(operation, body)
    if status == 200:
        for table in dict.fromkeys(tables):
            both = {"TableName": table, "Operation": operation}
            yield Count("SuccessfulRequestLatency", milliseconds, "Milliseconds", both)
        yield from _consumed(operation, answer)
        if operation in BATCHES:
            yield from _unprocessed(operation, answer)
        return
    if status >= 500:
        for table in dict.fromkeys(tables):
            yield Count("SystemErrors", 1, "Count", {"TableName": table, "Operation": operation})
        return
    yield from _refused(operation, tables, answer)


def _refused(operation: str, tables: Sequence[str], answer: bytes) -> Iterator[Count]:
    found = _json(answer)
    code = str(found.get("__type", "")).rpartition("#")[2]
    if code == CANCELED:
        reasons = [str(reason.get("Code")) for reason in found.get("CancellationReasons") or []]
        for table, reason in zip(tables, reasons, strict=False):
            yield from _reason(operation, table, reason)
    elif code == CONDITION:
        yield from _reason(operation, tables[0] if tables else "", "ConditionalCheckFailed")
    elif code in THROTTLES:
        for table in dict.fromkeys(tables):
            yield from _throttled(operation, table)
    else:
        yield Count("UserErrors", 1, "Count", {})


def _reason(operation: str, table: str, reason: str) -> Iterator[Count]:
    if reason == "ConditionalCheckFailed":
        yield Count("ConditionalCheckFailedRequests", 1, "Count", {"TableName": table})
    elif reason == "TransactionConflict":
        yield Count("TransactionConflict", 1, "Count", {"TableName": table})
    elif reason in {"ProvisionedThroughputExceeded", "ThrottlingError"}:
        yield from _throttled(operation, table)


def _throttled(operation: str, table: str) -> Iterator[Count]:
    kind = "Read" if operation in READS else "Write"
    yield Count("ThrottledRequests", 1, "Count", {"TableName": table, "Operation": operation})
    yield Count(f"{kind}ThrottleEvents", 1, "Count", {"TableName": table})


def _consumed(operation: str, answer: bytes) -> Iterator[Count]:
    """Of requests that ask for it, what they consumed."""
    if b'"ConsumedCapacity"' not in answer:
        return
    given = _json(answer).get("ConsumedCapacity")
    kind = "Read" if operation in READS else "Write"
    for used in given if isinstance(given, list) else [given]:
        if isinstance(used, dict) and used.get("TableName"):
            units = float(used.get("CapacityUnits") or 0)
            yield Count(f"Consumed{kind}CapacityUnits", units, "Count", {"TableName": used["TableName"]})


def _unprocessed(operation: str, answer: bytes) -> Iterator[Count]:
    """What a batch left out is throttled."""
    left = _json(answer).get("UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys") or {}
    for table in left:
        yield from _throttled(operation, table.rpartition("/")[2])


def _tables(operation: str, body: bytes) -> list[str]:
    if operation in BATCHES:
        return [str(name).rpartition("/")[2] for name in _json(body).get("RequestItems") or {}]
    return [name.decode() for name in TABLE.findall(body)]


def _json(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
