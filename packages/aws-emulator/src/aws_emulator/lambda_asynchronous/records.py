"""What is sent when an event ends: the invocation record for destinations, the event itself for dead letters."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aws_emulator.lambda_asynchronous.events import AsynchronousEvent, Condition

ERROR_MESSAGE_BYTES = 1024
ZERO_RESERVED = "Function not invoked: its reserved concurrency is zero"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message for a function's dead-letter queue or topic."""

    body: str
    attributes: dict[str, dict[str, str]]
    """As SQS and SNS take them."""


def build_invocation_record(event: AsynchronousEvent, condition: Condition, now: float) -> dict[str, Any]:
    """The record that a destination gets.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
    """
    record: dict[str, Any] = {
        "version": "1.0",
        "timestamp": datetime.fromtimestamp(now, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "requestContext": {
            "requestId": event.id,
            "functionArn": f"{event.owner}:{event.qualifier or '$LATEST'}",
            "condition": condition,
            "approximateInvokeCount": event.attempts + (condition == "Success"),
        },
        "requestPayload": event.payload,
    }
    last = event.last
    if last is None or condition == "ZeroReservedConcurrency":
        return record
    status = {"throttled": 429, "unavailable": 500}.get(last.kind, 200)
    context: dict[str, Any] = {"statusCode": status, "executedVersion": last.version}
    if last.error:
        context["functionError"] = last.error
    return {**record, "responseContext": context, "responsePayload": last.payload}


def build_dead_letter(event: AsynchronousEvent, condition: Condition) -> DeadLetter:
    """The raw event with the attributes `RequestID`, `ErrorCode` and `ErrorMessage`.

    https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
    """
    last = event.last
    code = {"throttled": 429, "unavailable": 500}.get(last.kind, 200) if last else 429
    message = (
        ZERO_RESERVED if condition == "ZeroReservedConcurrency" else _find_error_message(last.payload if last else None)
    )
    attributes = {
        "RequestID": {"DataType": "String", "StringValue": event.id},
        "ErrorCode": {"DataType": "Number", "StringValue": str(code)},
        "ErrorMessage": {"DataType": "String", "StringValue": message or condition},
    }
    return DeadLetter(event.text, attributes)


def build_bus_entry(record: dict[str, Any], destination: str) -> dict[str, Any]:
    """The entry for PutEvents with which a record reaches an event bus."""
    succeeded = record["requestContext"]["condition"] == "Success"
    return {
        "Source": "lambda",
        "DetailType": f"Lambda Function Invocation Result - {'Success' if succeeded else 'Failure'}",
        "Resources": [destination, record["requestContext"]["functionArn"]],
        "Detail": json.dumps(record),
        "EventBusName": destination,
    }


def _find_error_message(payload: Any) -> str:
    if not isinstance(payload, dict):
        return ""
    said = str(payload.get("errorMessage") or payload.get("message") or payload.get("Message") or "")
    return said.encode()[:ERROR_MESSAGE_BYTES].decode("utf-8", "ignore")
