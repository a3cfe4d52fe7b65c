"""The message that a dead-letter queue gets."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aws_emulator.bus.delivery import Delivery
from aws_emulator.bus.failure import DeliveryError


def build_dead_letter_body(delivery: Delivery) -> str:
    """The text of the message: a rule's event as it was matched, or what a schedule would have sent.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    return delivery.payload if delivery.scheduled else delivery.body


def build_dead_letter_attributes(
    delivery: Delivery, failure: DeliveryError, condition: str
) -> Mapping[str, Mapping[str, str]]:
    """The message's attributes, as SendMessage takes them.

    Args:
        delivery: What could not be delivered.
        failure: Why the last attempt failed.
        condition: Which bound of the retry policy ended the attempts; empty if the error allowed none.
    """
    texts = {
        "TARGET_ARN": delivery.arn,
        "ERROR_CODE": failure.code,
        "ERROR_MESSAGE": failure.message or failure.code,
        "RETRY_ATTEMPTS": str(delivery.retries),
        **(_build_schedule_attributes(delivery) if delivery.scheduled else {"RULE_ARN": delivery.source}),
    }
    if condition:
        texts["EXHAUSTED_RETRY_CONDITION"] = condition
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def _build_schedule_attributes(delivery: Delivery) -> dict[str, str]:
    due: Any = delivery.event.get("Time") or delivery.accepted
    return {
        "SCHEDULE_ARN": delivery.source,
        "SCHEDULED_TIME": datetime.fromtimestamp(float(due), UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "EXECUTION_ID": str(delivery.event.get("EventId") or uuid.uuid4()),
        "IS_PAYLOAD_TRUNCATED": "false",
    }
