"""What one request to DynamoDB adds to its metrics.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aws_emulator.cloudwatch.service_metrics import MetricValue

# A request's tables, found without reading its items; text within an item has its quotes escaped.
TABLE = re.compile(rb'"TableName"\s*:\s*"(?:arn:[^"]*table/)?([A-Za-z0-9_.-]{3,255})["/]')
READS = frozenset({"GetItem", "Query", "Scan", "BatchGetItem", "TransactGetItems"})
WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})
BATCHES = frozenset({"BatchGetItem", "BatchWriteItem"})
THROTTLES = ("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded")
CONDITION = "ConditionalCheckFailedException"
CANCELED = "TransactionCanceledException"


def count_table_request(
    operation: str, body: bytes, status: int, answer: bytes, milliseconds: float
) -> Iterator[MetricValue]:
    """What a request and its answer count as; nothing for operations on tables as such."""
    if operation not in READS and operation not in WRITES:
        return
    tables = _find_tables(operation, body)
    if status == 200:
        for table in dict.fromkeys(tables):
            both = {"TableName": table, "Operation": operation}
            yield MetricValue("SuccessfulRequestLatency", milliseconds, "Milliseconds", both)
        yield from _count_consumed(operation, answer)
        if operation in BATCHES:
            yield from _count_unprocessed(operation, answer)
        return
    if status >= 500:
        for table in dict.fromkeys(tables):
            yield MetricValue("SystemErrors", 1, "Count", {"TableName": table, "Operation": operation})
        return
    yield from _count_refusal(operation, tables, answer)


def _count_refusal(operation: str, tables: Sequence[str], answer: bytes) -> Iterator[MetricValue]:
    found = _parse_object(answer)
    code = str(found.get("__type", "")).rpartition("#")[2]
    if code == CANCELED:
        reasons = [str(reason.get("Code")) for reason in found.get("CancellationReasons") or []]
        for table, reason in zip(tables, reasons, strict=False):
            yield from _count_reason(operation, table, reason)
    elif code == CONDITION:
        yield from _count_reason(operation, tables[0] if tables else "", "ConditionalCheckFailed")
    elif code in THROTTLES:
        for table in dict.fromkeys(tables):
            yield from _count_throttle(operation, table)
    else:
        yield MetricValue("UserErrors", 1, "Count", {})


def _count_reason(operation: str, table: str, reason: str) -> Iterator[MetricValue]:
    if reason == "ConditionalCheckFailed":
        yield MetricValue("ConditionalCheckFailedRequests", 1, "Count", {"TableName": table})
    elif reason == "TransactionConflict":
        yield MetricValue("TransactionConflict", 1, "Count", {"TableName": table})
    elif reason in {"ProvisionedThroughputExceeded", "ThrottlingError"}:
        yield from _count_throttle(operation, table)


def _count_throttle(operation: str, table: str) -> Iterator[MetricValue]:
    kind = "Read" if operation in READS else "Write"
    yield MetricValue("ThrottledRequests", 1, "Count", {"TableName": table, "Operation": operation})
    yield MetricValue(f"{kind}ThrottleEvents", 1, "Count", {"TableName": table})


def _count_consumed(operation: str, answer: bytes) -> Iterator[MetricValue]:
    """Of requests that ask for it, what they consumed."""
    if b'"ConsumedCapacity"' not in answer:
        return
    given = _parse_object(answer).get("ConsumedCapacity")
    kind = "Read" if operation in READS else "Write"
    for used in given if isinstance(given, list) else [given]:
        if isinstance(used, dict) and used.get("TableName"):
            units = float(used.get("CapacityUnits") or 0)
            yield MetricValue(f"Consumed{kind}CapacityUnits", units, "Count", {"TableName": used["TableName"]})


def _count_unprocessed(operation: str, answer: bytes) -> Iterator[MetricValue]:
    """What a batch left out is throttled."""
    left = _parse_object(answer).get("UnprocessedItems" if operation == "BatchWriteItem" else "UnprocessedKeys") or {}
    for table in left:
        yield from _count_throttle(operation, table.rpartition("/")[2])


def _find_tables(operation: str, body: bytes) -> list[str]:
    if operation in BATCHES:
        return [str(name).rpartition("/")[2] for name in _parse_object(body).get("RequestItems") or {}]
    return [name.decode() for name in TABLE.findall(body)]


def _parse_object(text: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
