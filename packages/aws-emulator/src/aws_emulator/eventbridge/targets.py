"""The kinds of targets: who must allow a delivery, and how the emulator's services take it.

EventBridge reaches functions, queues and topics by their resource policy, or as the target's role if it has one; all
other kinds as the target's role: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html.
EventBridge Scheduler always acts as the role.
"""

import base64
import json
import uuid
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aws_emulator.eventbridge.delivery import (
    FAILED_TO_ASSUME_ROLE,
    INVALID_JSON,
    INVALID_PARAMETER,
    NO_PERMISSIONS,
    NO_RESOURCE,
    THIRD_ACCOUNT_HOP,
    Delivery,
    DeliveryError,
    map_service_error,
)
from aws_emulator.ministack.emulator import Emulator

if TYPE_CHECKING:
    from aws_emulator.iam.checks import PolicyKind

ACTIONS: Mapping[str, str] = {
    "events": "events:PutEvents",
    "firehose": "firehose:PutRecord",
    "lambda": "lambda:InvokeFunction",
    "logs": "logs:PutLogEvents",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "states": "states:StartExecution",
}
"""What a delivery does, by the service of the target's ARN; other services are not delivered to."""
BY_POLICY: Mapping[str, "PolicyKind"] = {"lambda": "lambda", "sns": "sns", "sqs": "sqs"}
BY_ROLE = frozenset({"firehose", "states"})
OWN_ACCOUNT_NEEDS_NO_GRANT = frozenset({"events", "logs"})
SUBJECT = "EventBridge Notification"


class Targets:
    """Hands deliveries to services. Every method raises `DeliveryError` where the target does not take one."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._kinds: Mapping[str, Callable[[Delivery], None]] = {
            "events": self._deliver_to_bus,
            "firehose": self._deliver_to_stream,
            "lambda": self._deliver_to_function,
            "logs": self._deliver_to_log_group,
            "sns": self._deliver_to_topic,
            "sqs": self._deliver_to_queue,
            "states": self._deliver_to_state_machine,
        }

    def send(self, delivery: Delivery) -> None:
        """Hand a delivery to its target."""
        parts = delivery.arn.split(":", 5)
        service = parts[2] if len(parts) == 6 else ""
        if service not in self._kinds:
            raise DeliveryError(INVALID_PARAMETER, f"the sandbox does not deliver to {delivery.arn}")
        if (parts[4], parts[3]) != (delivery.account, delivery.region):
            raise DeliveryError(INVALID_PARAMETER, f"{delivery.arn} is in another account or region")
        self._kinds[service](delivery)

    def send_to_queue(self, delivery: Delivery, arn: str, message: Mapping[str, Any], role: str | None) -> None:
        """Send a message to a queue of the delivery's account, as the role or, without one, as the service."""
        sqs = self._emulator.module("sqs")
        queue = sqs._queue_by_arn(arn)
        if queue is None:
            raise DeliveryError(NO_RESOURCE, "The specified queue does not exist.")
        self._check_permission(delivery, "sqs", arn, role)
        # The caller of PutEvents sends nothing here: the service does, over its own connection.
        self._emulator.module("core.iam_evaluator").pin_request_origin("127.0.0.1", secure_transport=True)
        url = sqs._queue_url_for_account(delivery.account, arn.rsplit(":", 1)[1])
        try:
            sqs._act_send_message({"QueueUrl": url, **message}, url)
        except sqs._Err as error:
            raise map_service_error(error.code, error.message) from error

    def _deliver_to_queue(self, delivery: Delivery) -> None:
        group = (delivery.target.get("SqsParameters") or {}).get("MessageGroupId")
        message = {"MessageBody": delivery.payload, **({"MessageGroupId": group} if group else {})}
        self.send_to_queue(delivery, delivery.arn, message, _find_role(delivery))

    def _deliver_to_topic(self, delivery: Delivery) -> None:
        sns = self._emulator.module("sns")
        if sns._topic_by_arn_any_scope(delivery.arn) is None:
            raise DeliveryError(NO_RESOURCE, "Topic does not exist")
        self._check_permission(delivery, "sns", delivery.arn, _find_role(delivery))
        try:
            sns.publish_internal(delivery.arn, delivery.payload, SUBJECT)
        except sns.SnsPublishError as error:
            raise map_service_error(getattr(error, "code", ""), str(error)) from error

    def _deliver_to_function(self, delivery: Delivery) -> None:
        service = self._emulator.module("lambda_svc")
        record, config, name = service._get_func_record_for_ref(delivery.arn)
        if not record or not config:
            raise DeliveryError(NO_RESOURCE, f"Function not found: {delivery.arn}")
        self._check_permission(delivery, "lambda", delivery.arn, _find_role(delivery))
        payload = _parse_payload(delivery)
        queues = self._emulator.asynchronous
        if queues is None:
            service.invoke_async_with_retry(service._execution_record_for_config(record, config), payload)
            return
        try:
            queues.accept(delivery.arn, payload)
        except LookupError as error:
            raise DeliveryError(NO_RESOURCE, f"Function not found: {name}") from error

    def _deliver_to_stream(self, delivery: Delivery) -> None:
        name = delivery.arn.rsplit("/", 1)[-1]
        firehose = self._emulator.module("firehose")
        if name not in firehose._streams:
            raise DeliveryError(NO_RESOURCE, f"Firehose {name} under account {delivery.account} not found.")
        self._check_permission(delivery, "firehose", delivery.arn, _find_role(delivery))
        data = base64.b64encode(delivery.payload.encode()).decode()
        _raise_for_status(firehose._put_record({"DeliveryStreamName": name, "Record": {"Data": data}}))

    def _deliver_to_state_machine(self, delivery: Delivery) -> None:
        states = self._emulator.module("stepfunctions")
        if states._resolve_state_machine_arn(delivery.arn) is None:
            raise DeliveryError(NO_RESOURCE, f"State Machine Does Not Exist: '{delivery.arn}'")
        self._check_permission(delivery, "states", delivery.arn, _find_role(delivery))
        _parse_payload(delivery)
        _raise_for_status(states._start_execution({"stateMachineArn": delivery.arn, "input": delivery.payload}))

    def _deliver_to_log_group(self, delivery: Delivery) -> None:
        """One stream for each rule; AWS names its streams as it likes."""
        logs = self._emulator.module("cloudwatch_logs")
        group = delivery.arn.split(":", 6)[6].removesuffix(":*")
        if group not in logs._log_groups:
            raise DeliveryError(NO_RESOURCE, "The specified log group does not exist.")
        self._check_permission(delivery, "logs", delivery.arn, _find_role(delivery))
        stream = str(uuid.uuid5(uuid.NAMESPACE_URL, delivery.source))
        if stream not in logs._log_groups[group]["streams"]:
            _raise_for_status(logs._create_log_stream({"logGroupName": group, "logStreamName": stream}))
        entry = {"timestamp": int(delivery.accepted * 1000), "message": delivery.payload}
        _raise_for_status(logs._put_log_events({"logGroupName": group, "logStreamName": stream, "logEvents": [entry]}))

    def _deliver_to_bus(self, delivery: Delivery) -> None:
        events = self._emulator.module("eventbridge")
        _, _, bus = delivery.arn.partition(":event-bus/")
        if bus not in events._event_buses:
            raise DeliveryError(NO_RESOURCE, f"Event bus {bus} does not exist.")
        # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html
        if delivery.event.get("_DispatchPath"):
            message = "Events received from another event bus cannot be forwarded to this event bus."
            raise DeliveryError(THIRD_ACCOUNT_HOP, message)
        self._check_permission(delivery, "events", delivery.arn, _find_role(delivery))
        came_by = events._rule_key(delivery.rule.get("Name"), delivery.rule.get("EventBusName", "default"))
        event = {**delivery.event, "EventBusName": bus, "Region": delivery.region}
        if delivery.transformed:
            event["Detail"] = delivery.payload
        events._dispatch_event({**event, "_DispatchPath": [came_by]})
        events._archive_event(event)

    def _check_permission(self, delivery: Delivery, service: str, arn: str, role: str | None) -> None:
        action, checks = ACTIONS[service], self._emulator.permissions
        if role:
            denied = checks.check_role(role, action, arn, service=delivery.principal)
        elif service in BY_POLICY:
            kind = BY_POLICY[service]
            denied = checks.check_resource_policy(kind, arn, delivery.principal, action, delivery.source)
        elif service in OWN_ACCOUNT_NEEDS_NO_GRANT and not delivery.scheduled:
            denied = None
        else:
            raise DeliveryError(FAILED_TO_ASSUME_ROLE, f"RoleArn is required for target {arn}.")
        if denied:
            # The check names what was refused: taking the role, or acting as it.
            code = FAILED_TO_ASSUME_ROLE if "sts:AssumeRole" in denied else NO_PERMISSIONS
            raise DeliveryError(code, denied)


def _find_role(delivery: Delivery) -> str | None:
    return delivery.target.get("RoleArn") or None


def _parse_payload(delivery: Delivery) -> Any:
    """The payload as a value.

    Values that a template puts into a string are not escaped, so one with a quote in it breaks the JSON:
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
    """
    try:
        return json.loads(delivery.payload)
    except ValueError as error:
        raise DeliveryError(INVALID_JSON, f"the target's input is not JSON: {error}") from error


def _raise_for_status(answer: tuple[int, Any, Any]) -> None:
    """Go on if a service took what it was given."""
    status, _, body = answer
    if status < 400:
        return
    said = json.loads(body or b"{}")
    code = str(said.get("__type") or said.get("code") or status).rpartition("#")[2]
    raise map_service_error(code, str(said.get("message") or said.get("Message") or code))
