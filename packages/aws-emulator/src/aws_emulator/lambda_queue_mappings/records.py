"""Messages of a queue as the records of a function's event, and which of them the function's answer fails."""

import json
from collections.abc import Mapping
from typing import Any

PARTIAL = "ReportBatchItemFailures"


def build_record(message: Mapping[str, Any], queue_arn: str) -> dict[str, Any]:
    """A record.

    https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html

    Args:
        message: As the emulator keeps it, received.
        queue_arn: The queue.
    """
    _, _, _, region, account, _ = queue_arn.split(":", 5)
    return {
        "messageId": message["id"],
        "receiptHandle": message["receipt_handle"],
        "body": message["body"],
        "attributes": _build_attributes(message, account),
        "messageAttributes": {
            name: _rename_fields(value) for name, value in (message.get("message_attributes") or {}).items()
        },
        "md5OfBody": message.get("md5_body") or message.get("md5") or "",
        "eventSource": "aws:sqs",
        "eventSourceARN": queue_arn,
        "awsRegion": region,
    }


def measure_message(message: Mapping[str, Any]) -> int:
    """Bytes of a message's body and attributes in an event, nearly."""
    attributes = message.get("message_attributes")
    return len(message["body"].encode()) + (len(str(attributes)) if attributes else 0)


def _build_attributes(message: Mapping[str, Any], account: str) -> dict[str, str]:
    system = message.get("sys") or {}
    found = {
        "ApproximateReceiveCount": str(message["receive_count"]),
        "SentTimestamp": str(int(message["sent_at"] * 1000)),
        "SenderId": system.get("SenderId") or account,
        "ApproximateFirstReceiveTimestamp": str(int((message.get("first_receive_at") or message["sent_at"]) * 1000)),
        "AWSTraceHeader": system.get("AWSTraceHeader"),
        "DeadLetterQueueSourceArn": system.get("DeadLetterQueueSourceArn"),
        "MessageGroupId": message.get("group_id"),
        "MessageDeduplicationId": message.get("dedup_id"),
        "SequenceNumber": message.get("seq"),
    }
    return {name: str(value) for name, value in found.items() if value is not None}


def _rename_fields(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name[:1].lower() + name[1:]: part for name, part in value.items()}


def find_failed(answer: Any, ids: frozenset[str]) -> frozenset[str]:
    """Ids of the messages that stay in the queue, by the rules of partial batch responses.

    An answer without failures (null, `{}`, a null or empty list) is a success. One that is no object, whose list is
    none, or that has an entry with an empty, null, missing or unknown `itemIdentifier` fails the whole batch.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

    Args:
        answer: What the function returned, JSON or its text.
        ids: Message ids of the batch.
    """
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return ids
    if answer is None:
        return frozenset()
    if not isinstance(answer, dict):
        return ids
    failures = answer.get("batchItemFailures")
    if failures is None:
        return frozenset()
    if not isinstance(failures, list):
        return ids
    named = [_read_identifier(entry) for entry in failures]
    return frozenset(named) if ids.issuperset(named) else ids


def _read_identifier(entry: Any) -> str:
    """The id that an entry names; empty, which is nobody's, where it names none."""
    found = entry.get("itemIdentifier") if isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""
