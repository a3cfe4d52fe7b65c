"""A function that says which stream records it is given, and the mapping that gives it them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sandbox.contract.account import Account
from sandbox.providers.aws.clients import code_of

HEARD = "HEARD "
# Logs what it was given, sleeps and fails as the records say: a sort key of "poison" fails its batch.
CONSUMER = """
import json, time
def handler(event, context):
    began, records = time.time(), event["Records"]
    images = [r["dynamodb"].get("NewImage") or {} for r in records]
    time.sleep(max([0.0, *[float(i["sleep"]["S"]) for i in images if "sleep" in i]]))
    keys = [r["dynamodb"]["Keys"]["sk"]["S"] for r in records]
    bad = [r["dynamodb"]["SequenceNumber"] for r, key in zip(records, keys) if key.startswith("poison")]
    told = {"keys": keys, "first": records[0], "began": began, "ended": time.time(), "bad": bool(bad)}
    print("HEARD " + json.dumps({**told, "function": context.invoked_function_arn}))
    REPLY
"""
RAISE = 'if bad: raise ValueError("poison")'
REPORT = 'return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}'
EMPTY = 'return {"batchItemFailures": [{"itemIdentifier": ""}] if bad else []}'


def consumer(aws: Account, reply: str = RAISE, **settings: Any) -> str:
    """The ARN of a new function that says what it is given."""
    return aws.function(CONSUMER.replace("REPLY", reply), **settings)


def stream_of(aws: Account, table: str) -> str:
    """The ARN of a table's stream."""
    return str(aws.clients.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"])


def mapped(aws: Account, table: str, function: str, **settings: Any) -> str:
    """The id of a new mapping, which reads the stream from its beginning."""
    usual = {"StartingPosition": "TRIM_HORIZON", "EventSourceArn": stream_of(aws, table), "FunctionName": function}
    made = aws.clients.lambda_.create_event_source_mapping(**{**usual, **settings})
    aws.undo(aws.clients.lambda_.delete_event_source_mapping, UUID=made["UUID"])
    return str(made["UUID"])


def written(aws: Account, table: str, keys: Iterable[str], item: str = "", **more: str) -> None:
    """Put items in order; `item` is the partition key, the sort key's own by default."""
    attributes = {name: {"S": value} for name, value in more.items()}
    for key in keys:
        aws.clients.dynamodb.put_item(TableName=table, Item={"pk": {"S": item or key}, "sk": {"S": key}, **attributes})


def heard(aws: Account, function: str) -> list[dict[str, Any]]:
    """What a function was given so far, in order."""
    logs, group = aws.clients.logs, f"/aws/lambda/{function.split(':')[6]}"
    try:
        pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=group))
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = [event["message"] for page in pages for event in page["events"]]
    found = [json.loads(line.partition(HEARD)[2]) for line in lines if HEARD in line]
    return sorted(found, key=lambda one: one["began"])


def keys_of(batches: Iterable[dict[str, Any]], *, good: bool = False) -> list[str]:
    """The sort keys that a function was given; with `good` those of batches that it did not fail."""
    return [key for batch in batches if not (good and batch["bad"]) for key in batch["keys"]]


def told(aws: Account, function: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What a function was given, once it was given all these keys."""

    def all_of_them() -> list[dict[str, Any]] | None:
        found = heard(aws, function)
        return found if set(keys) <= set(keys_of(found)) else None

    return aws.eventually(all_of_them, f"{len(keys)} records at the function")


def batches_of(aws: Account, function: str, count: int) -> list[dict[str, Any]]:
    """What a function was given, once there are so many batches."""

    def enough() -> list[dict[str, Any]] | None:
        found = heard(aws, function)
        return found if len(found) >= count else None

    return aws.eventually(enough, f"{count} batches at the function")


def numbered(count: int) -> list[str]:
    """Sort keys."""
    return [f"{number:03d}" for number in range(count)]


def refusal(aws: Account, table: str, function: str, **settings: Any) -> tuple[str, str]:
    """The code and text with which a mapping is refused."""
    try:
        mapped(aws, table, function, **settings)
    except aws.clients.lambda_.exceptions.ClientError as error:
        return str(code_of(error)), str(error)
    return "", "it was made"
