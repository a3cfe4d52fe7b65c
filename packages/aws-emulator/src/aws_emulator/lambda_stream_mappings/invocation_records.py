"""The invocation record of discarded records, and where it goes in a bucket."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_emulator.lambda_stream_mappings.batch_queue import DiscardedRecords


def build_invocation_record(
    discard: DiscardedRecords, *, function: str, stream: str, shard: str, request: str, now: float
) -> Any:
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
        "timestamp": _convert_to_utc(now).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "DDBStreamBatchInfo": {
            "shardId": shard,
            "startSequenceNumber": first.sequence,
            "endSequenceNumber": last.sequence,
            "approximateArrivalOfFirstRecord": f"{_convert_to_utc(first.created):%Y-%m-%dT%H:%M:%SZ}",
            "approximateArrivalOfLastRecord": f"{_convert_to_utc(last.created):%Y-%m-%dT%H:%M:%SZ}",
            "batchSize": len(discard.records),
            "streamArn": stream,
        },
    }


def add_payload(record: Mapping[str, Any], discard: DiscardedRecords) -> dict[str, Any]:
    """The document with the whole event as a text, as a bucket gets it."""
    return {**record, "payload": json.dumps({"Records": [one.body for one in discard.records]})}


def build_object_key(mapping: str, shard: str, now: float, unique: str) -> str:
    """The key of a bucket's object; its form is on the same page."""
    return f"aws/lambda/{mapping}/{shard}/{_convert_to_utc(now):%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{unique}"


def _convert_to_utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
