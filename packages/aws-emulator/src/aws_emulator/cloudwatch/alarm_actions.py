"""What an alarm does when its state changes: it tells topics and functions."""

import functools
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from aws_emulator.cloudwatch import notifications
from aws_emulator.cloudwatch.notifications import AlarmTransition
from aws_emulator.ministack.emulator import Emulator

# Whom a function's and a topic's policy must let in.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
FUNCTIONS_PRINCIPAL = "lambda.alarms.cloudwatch.amazonaws.com"
TOPICS_PRINCIPAL = "cloudwatch.amazonaws.com"
logger = logging.getLogger("sandbox")


class AlarmActionRunner:
    """The actions of alarms, in the alarm's account and region."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def run(self, alarm: Mapping[str, Any], change: AlarmTransition) -> Iterator[tuple[str, str]]:
        """Do what the alarm says of its new state; each action's ARN, and why it failed (empty if it did not)."""
        for arn in notifications.list_actions(alarm, change.new):
            failure = self._run_action(arn, alarm, change)
            if failure:
                logger.warning("alarm %s: action %s: %s", alarm["AlarmName"], arn, failure)
            yield arn, failure

    def _run_action(self, arn: str, alarm: Mapping[str, Any], change: AlarmTransition) -> str:
        service = arn.split(":")[2] if arn.count(":") >= 5 else ""
        act: Callable[[str, Mapping[str, Any], AlarmTransition], str] | None
        act = {"sns": self._publish, "lambda": self._invoke}.get(service)
        if act is None:
            return "the sandbox acts on topics and functions alone"
        try:
            return act(arn, alarm, change)
        except Exception as error:  # noqa: BLE001 - the other actions are done all the same
            return f"{type(error).__name__}: {error}"

    def _publish(self, arn: str, alarm: Mapping[str, Any], change: AlarmTransition) -> str:
        allowed = self._emulator.permissions.check_resource_policy
        refused = allowed("sns", arn, TOPICS_PRINCIPAL, "sns:Publish", str(alarm["AlarmArn"]))
        if refused:
            return refused
        responses, sns = self._emulator.module("core.responses"), self._emulator.module("sns")
        region = find_region_name(responses.get_region())
        children = _parse_children(alarm)
        text = notifications.build_message(alarm, change, responses.get_account_id(), region, children)
        found = sns.publish_internal(arn, text, notifications.build_subject(alarm, change, region))
        return "" if found else "the topic does not exist"

    def _invoke(self, arn: str, alarm: Mapping[str, Any], change: AlarmTransition) -> str:
        allowed = self._emulator.permissions.check_resource_policy
        refused = allowed("lambda", arn, FUNCTIONS_PRINCIPAL, "lambda:InvokeFunction", str(alarm["AlarmArn"]))
        if refused:
            return refused
        responses, service = self._emulator.module("core.responses"), self._emulator.module("lambda_svc")
        function, config, _ = service._get_func_record_for_ref(arn)
        if not function or not config:
            return "the function does not exist"
        event = notifications.build_event(alarm, change, responses.get_account_id(), responses.get_region())
        service.invoke_async_with_retry(service._execution_record_for_config(function, config), event)
        return ""


@functools.cache
def find_region_name(region: str) -> str:
    """A region as AWS's messages call it: `US East (N. Virginia)`."""
    import botocore.loaders  # noqa: PLC0415 - needed once an alarm goes off

    for partition in botocore.loaders.Loader().load_data("endpoints")["partitions"]:
        found = partition["regions"].get(region)
        if found:
            return str(found["description"])
    return region


def _parse_children(alarm: Mapping[str, Any]) -> list[Any]:
    if "AlarmRule" not in alarm:
        return []
    data = json.loads(alarm.get("StateReasonData") or "{}")
    return list(data.get("triggeringAlarms") or [])
