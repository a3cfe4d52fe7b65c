"""What is told of discarded records: the invocation record, and where it goes in a bucket."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_emulator.streams.lane import Discard


def invocation_record(discard: Discard, *, function: str, stream: str, shard: str, request: str, now: float) -> Any:
    """The document that queues, topics and buckets get.

    https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html has its form. Records that grew too old
    before any invocation have no response, so `responseContext` is left out for them.

    Args:
        discard: What was given up.
        function: ARN of the function, as the mapping names it.
        stream: ARN of the stream.
        shard: Id of the shard.
        request: Id of the last invocation, or a new one.
        now: Seconds since the epoch.
    """
    first, last = discard.records[0], discard.records[-1]
    response = {}
    if discard.answer is not None and discard.answer.invoked:
        context = {"statusCode": 200, "executedVersion": discard.answer.version}
        failed = {"functionError": discard.answer.error} if discard.answer.error else {}
        response = {"responseContext": {**context, **failed}}
    return {
        "requestContext": {
            "requestId": request,
            "functionArn": function,
            "condition": discard.condition,
            "approximateInvokeCount": discard.invocations,
        },
        **response,
        "version": "1.0",
        "timestamp": _moment(now).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": f"{_moment(first.created):%Y-%m-%dT%H:%M:%SZ}",
            "approximateArrivalOfLastRecord": f"{_moment(last.created):%Y-%m-%dT%H:%M:%SZ}",
            "batchSize": len(discard.records),
            "streamArn": stream,
        },
    }


def with_payload(record: Mapping[str, Any], discard: Discard) -> dict[str, Any]:
    """The document with the whole event as a text, as a bucket gets it."""
    return {**record, "payload": json.dumps({"Records": [one.body for one in discard.records]})}


def object_key(mapping: str, shard: str, now: float, unique: str) -> str:
    """The key of a bucket's object; its form is on the same page."""
    return f"aws/lambda/{mapping}/{shard}/{_moment(now):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{unique}"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
