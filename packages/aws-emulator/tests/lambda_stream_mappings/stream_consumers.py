"""A function that says which stream records it is given, and the mapping that gives it them."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from running_emulator import RunningEmulator, wait_until

# Logs what it was given, sleeps and fails as the records say: a sort key of "poison" fails its batch.
CONSUMER = """
import json, time
def handler(event, context):
    began, records = time.time(), event["Records"]
    images = [r["dynamodb"].get("NewImage") or {} for r in records]
    time.sleep(max([0.0, *[float(i["sleep"]["S"]) for i in images if "sleep" in i]]))
    keys = [r["dynamodb"]["Keys"]["sk"]["S"] for r in records]
    bad = [r["dynamodb"]["SequenceNumber"] for r, key in zip(records, keys) if key.startswith("poison")]
    print("HEARD " + json.dumps({"keys": keys, "began": began, "bad": bool(bad)}))
    REPLY
"""
RAISE = 'if bad: raise ValueError("poison")'
REPORT = 'return {"batchItemFailures": [{"itemIdentifier": one} for one in bad]}'


def create_consumer(aws: RunningEmulator, reply: str = RAISE, **settings: Any) -> str:
    """The ARN of a new function that says what it is given."""
    return aws.function(CONSUMER.replace("REPLY", reply), **settings)


def find_stream(aws: RunningEmulator, table: str) -> str:
    """The ARN of a table's stream."""
    return str(aws.clients.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"])


def map_stream(aws: RunningEmulator, table: str, function: str, **settings: Any) -> str:
    """The id of a new mapping, which reads the stream from its beginning."""
    usual = {"StartingPosition": "TRIM_HORIZON", "EventSourceArn": find_stream(aws, table), "FunctionName": function}
    return str(aws.clients.lambda_.create_event_source_mapping(**{**usual, **settings})["UUID"])


def write(aws: RunningEmulator, table: str, keys: Iterable[str], **more: str) -> None:
    """Put items in order."""
    attributes = {name: {"S": value} for name, value in more.items()}
    for key in keys:
        aws.clients.dynamodb.put_item(TableName=table, Item={"pk": {"S": key}, "sk": {"S": key}, **attributes})


def read_records(aws: RunningEmulator, function: str) -> list[dict[str, Any]]:
    """What a function was given so far, in order."""
    logs, group = aws.clients.logs, f"/aws/lambda/{function.split(':')[6]}"
    try:
        pages = list(logs.get_paginator("filter_log_events").paginate(logGroupName=group))
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = [event["message"] for page in pages for event in page["events"]]
    found = [json.loads(line.partition("HEARD ")[2]) for line in lines if "HEARD " in line]
    return sorted(found, key=lambda one: one["began"])


def read_keys(batches: Iterable[dict[str, Any]]) -> list[str]:
    """The sort keys that a function was given."""
    return [key for batch in batches for key in batch["keys"]]


def await_keys(aws: RunningEmulator, function: str, keys: Sequence[str]) -> list[dict[str, Any]]:
    """What a function was given, once it was given all these keys."""

    def all_of_them() -> list[dict[str, Any]] | None:
        found = read_records(aws, function)
        return found if set(keys) <= set(read_keys(found)) else None

    return wait_until(all_of_them, f"{len(keys)} records at the function")


def number_items(count: int) -> list[str]:
    """Sort keys."""
    return [f"{number:03d}" for number in range(count)]
