"""One event on its way to one target, why the target did not take it, and the message for the dead-letter queue.

Codes of errors: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

SCHEDULER = ":scheduler:"
ERROR_FROM_TARGET = "ERROR_FROM_TARGET"
FAILED_TO_ASSUME_ROLE = "FAILED_TO_ASSUME_ROLE"
INTERNAL_ERROR = "INTERNAL_ERROR"
INVALID_JSON = "INVALID_JSON"
INVALID_PARAMETER = "INVALID_PARAMETER"
NO_PERMISSIONS = "NO_PERMISSIONS"
NO_RESOURCE = "NO_RESOURCE"
THIRD_ACCOUNT_HOP = "THIRD_ACCOUNT_HOP_DETECTED"
THROTTLING = "THROTTLING"
# What may pass by itself. Missing permissions and missing targets go to the dead-letter queue at once (same page).
RETRIED = frozenset(
    {
        "CONNECTION_FAILURE",
        ERROR_FROM_TARGET,
        INTERNAL_ERROR,
        "RESOURCE_LIMIT_EXCEEDED",
        "RESOURCE_MODIFICATION_COLLISION",
        THROTTLING,
        "TIMEOUT",
    }
)
# Codes of the services behind the targets, first match wins.
_SPELLINGS = (
    (re.compile(r"NotFound|DoesNotExist|NonExistent|NoSuch"), NO_RESOURCE),
    (re.compile(r"AccessDenied|Authorization|NotAuthorized"), NO_PERMISSIONS),
    (re.compile(r"Throttl|TooManyRequests|Unavailable|LimitExceeded|OverLimit"), THROTTLING),
    (re.compile(r"Internal|ServiceFailure"), INTERNAL_ERROR),
)


@dataclass(slots=True)
class Delivery:
    """An event for a target, with what is known of its attempts."""

    account: str
    region: str
    rule: Mapping[str, Any]
    """`Name`, `Arn` and `EventBusName` of the rule; `Name` and `Arn` of a schedule."""
    target: Mapping[str, Any]
    """As PutTargets or CreateSchedule has it."""
    event: Mapping[str, Any]
    """As the emulator keeps it."""
    body: str
    """The event as JSON text."""
    payload: str
    """What the target is sent: the event, or what `Input`, `InputPath` or `InputTransformer` made of it."""
    accepted: float
    """Seconds since the epoch."""
    retries: int = 0
    """Attempts after the first."""

    @property
    def arn(self) -> str:
        """The target's ARN."""
        return str(self.target.get("Arn") or "")

    @property
    def source(self) -> str:
        """The ARN of the rule or schedule, `aws:SourceArn` to the target."""
        return str(self.rule.get("Arn") or "")

    @property
    def scheduled(self) -> bool:
        """Whether it comes from EventBridge Scheduler."""
        return SCHEDULER in self.source

    @property
    def principal(self) -> str:
        """The service that delivers."""
        return "scheduler.amazonaws.com" if self.scheduled else "events.amazonaws.com"

    @property
    def transformed(self) -> bool:
        """Whether the payload is something else than the event."""
        return self.payload is not self.body and self.payload != self.body

    @property
    def dead_letters(self) -> str:
        """The ARN of its dead-letter queue; empty for none."""
        return str((self.target.get("DeadLetterConfig") or {}).get("Arn") or "")

    def dump(self) -> dict[str, Any]:
        """All of it, as JSON."""
        return asdict(self)


def shorten_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What a delivery keeps of a rule or schedule."""
    return {key: rule[key] for key in ("Name", "Arn", "EventBusName") if key in rule}


class DeliveryError(Exception):
    """A target did not take an event."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message

    @property
    def retryable(self) -> bool:
        """Whether EventBridge tries again."""
        return self.code in RETRIED


def map_service_error(code: str, message: str) -> DeliveryError:
    """The failure that a service's own error code means: `QueueDoesNotExist`, `ThrottlingException`."""
    for spelling, meant in _SPELLINGS:
        if spelling.search(code):
            return DeliveryError(meant, message)
    return DeliveryError(INVALID_PARAMETER, message)


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
