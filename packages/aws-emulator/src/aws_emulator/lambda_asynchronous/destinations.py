"""Destinations of invocation records and dead letters: queues, topics, functions, buses; reached by a role."""

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.lambda_asynchronous.records import DeadLetter, build_bus_entry
from aws_emulator.lambda_invocations.invocations import parse_scope
from aws_emulator.ministack.emulator import Emulator

# What the function's role must allow.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
ACTIONS: Mapping[str, str] = MappingProxyType(
    {"sqs": "sqs:SendMessage", "sns": "sns:Publish", "lambda": "lambda:InvokeFunction", "events": "events:PutEvents"}
)


class UndeliveredError(Exception):
    """Nothing can be delivered there; the message says why."""


class Destinations:
    """Deliveries in the name of a function, each in the destination's account and region."""

    def __init__(self, emulator: Emulator, accept: Callable[[str, Any], str]) -> None:
        """Deliver nothing yet.

        Args:
            emulator: The emulator.
            accept: Takes an event for a function, by its ARN.
        """
        self._emulator, self._accept = emulator, accept

    def deliver(self, role: str, arn: str, record: Mapping[str, Any]) -> None:
        """Send an invocation record.

        Raises:
            UndeliveredError: the destination is gone or not allowed, or does not take it.
        """
        service = self._check_permission(role, arn)
        with self._emulator.scope(*parse_scope(arn)):
            if service == "sqs":
                self._send(arn, json.dumps(record), {})
            elif service == "sns":
                self._publish(arn, json.dumps(record), {})
            elif service == "events":
                self._put(arn, record)
            else:
                self._invoke(arn, record)

    def send_dead_letter(self, role: str, arn: str, letter: DeadLetter) -> None:
        """Send a dead letter to a queue or topic.

        Raises:
            UndeliveredError: as `deliver`.
        """
        service = self._check_permission(role, arn)
        with self._emulator.scope(*parse_scope(arn)):
            send = self._send if service == "sqs" else self._publish
            send(arn, letter.body, letter.attributes)

    def _check_permission(self, role: str, arn: str) -> str:
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        if service not in ACTIONS:
            msg = f"'{arn}' is no queue, topic, function or event bus"
            raise UndeliveredError(msg)
        refusal = self._emulator.permissions.check_role(role, ACTIONS[service], arn)
        if refusal:
            raise UndeliveredError(refusal)
        return service

    def _send(self, arn: str, body: str, attributes: Mapping[str, Any]) -> None:
        sqs = self._emulator.module("sqs")
        queue = sqs._queue_by_arn(arn)
        if queue is None or queue["is_fifo"]:  # FIFO queues are no destinations of asynchronous invocations
            msg = f"queue {arn} is {'a FIFO queue' if queue else 'gone'}"
            raise UndeliveredError(msg)
        url = sqs._queue_url_for_account(parse_scope(arn)[0], queue["name"])
        try:
            sqs._act_send_message({"QueueUrl": url, "MessageBody": body, "MessageAttributes": dict(attributes)}, url)
        except sqs._Err as error:
            msg = f"queue {arn}: {error.message}"
            raise UndeliveredError(msg) from error

    def _publish(self, arn: str, message: str, attributes: Mapping[str, Any]) -> None:
        sns = self._emulator.module("sns")
        topic = sns._topic_by_arn_any_scope(arn)
        if topic is None or sns._is_fifo_topic(topic):
            msg = f"topic {arn} is {'a FIFO topic' if topic else 'gone'}"
            raise UndeliveredError(msg)
        try:
            sns.publish_internal(arn, message, message_attributes=dict(attributes))
        except sns.SnsPublishError as error:
            msg = f"topic {arn}: {error}"
            raise UndeliveredError(msg) from error

    def _put(self, arn: str, record: Mapping[str, Any]) -> None:
        events = self._emulator.module("eventbridge")
        if arn.rpartition("/")[2] not in events._event_buses:
            msg = f"event bus {arn} is gone"
            raise UndeliveredError(msg)
        status, _, body = events._put_events({"Entries": [build_bus_entry(dict(record), arn)]})
        if status != 200 or json.loads(body)["FailedEntryCount"]:
            msg = f"event bus {arn}: {body!r}"
            raise UndeliveredError(msg)

    def _invoke(self, arn: str, record: Mapping[str, Any]) -> None:
        try:
            self._accept(arn, record)
        except LookupError as error:
            msg = f"function {arn} is gone"
            raise UndeliveredError(msg) from error
