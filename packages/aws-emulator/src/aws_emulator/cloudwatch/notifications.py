"""What an alarm sends: a topic's message and a function's event.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_emulator.cloudwatch.state_reasons import format_instant

Record = Mapping[str, Any]
"""An alarm as DescribeAlarms gives it."""
SUBJECT_LETTERS = 100
ACTIONS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}


@dataclass(frozen=True, slots=True)
class AlarmTransition:
    """An alarm's change of state."""

    old: str
    new: str
    reason: str
    at: float
    data: str = ""
    """StateReasonData."""
    before: str = ""
    """The reason of the old state."""
    before_data: str = ""
    before_at: float = 0


def list_actions(alarm: Record, state: str) -> Sequence[str]:
    """The ARNs of the actions of a state; none while actions are disabled."""
    return list(alarm.get(ACTIONS[state]) or []) if alarm.get("ActionsEnabled", True) else []


def build_subject(alarm: Record, change: AlarmTransition, region: str) -> str:
    """The subject of a topic's message; `region` is its name, `US East (N. Virginia)`."""
    return f'{change.new}: "{alarm["AlarmName"]}" in {region}'[:SUBJECT_LETTERS]


def build_message(
    alarm: Record, change: AlarmTransition, account: str, region: str, children: Sequence[Any] = ()
) -> str:
    """A topic's message, JSON.

    Args:
        alarm: The alarm.
        change: What happened to it.
        account: Its account.
        region: The name of its region.
        children: Of a composite alarm, what made it change: `{"arn": ..., "state": {"value": ..., "timestamp": ...}}`.
    """
    document = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": format_instant(
            alarm.get("AlarmConfigurationUpdatedTimestamp") or change.at
        ),
        "NewStateValue": change.new,
        "NewStateReason": change.reason,
        "StateChangeTime": format_instant(change.at),
        "Region": region,
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": change.old,
        **{field: list(alarm.get(field) or []) for field in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if "AlarmRule" in alarm:
        triggering = [
            {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
            for child in children
        ]
        return json.dumps({**document, "AlarmRule": alarm["AlarmRule"], "TriggeringChildren": triggering})
    return json.dumps({**document, "Trigger": _build_trigger(alarm)})


def build_event(alarm: Record, change: AlarmTransition, account: str, region: str) -> dict[str, Any]:
    """The event of a function that is an alarm's action; `region` is its code.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
    """
    data: dict[str, Any] = {
        "alarmName": alarm["AlarmName"],
        "state": _build_state(change.new, change.reason, change.data, change.at),
        "previousState": _build_state(change.old, change.before, change.before_data, change.before_at or change.at),
        "configuration": _build_configuration(alarm),
    }
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": account,
        "time": format_instant(change.at),
        "region": region,
        "alarmData": data,
    }


def _build_trigger(alarm: Record) -> dict[str, Any]:
    judged = {
        "Period": alarm.get("Period", 60),
        "EvaluationPeriods": alarm.get("EvaluationPeriods", 1),
        **({"DatapointsToAlarm": alarm["DatapointsToAlarm"]} if alarm.get("DatapointsToAlarm") else {}),
        "ComparisonOperator": alarm.get("ComparisonOperator", ""),
        "Threshold": alarm.get("Threshold", 0.0),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    if alarm.get("Metrics"):
        return {**judged, "Metrics": [_build_query(query) for query in alarm["Metrics"]]}
    extended = alarm.get("ExtendedStatistic")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": extended}
        if extended
        else {"StatisticType": "Statistic", "Statistic": _format_statistic(alarm.get("Statistic") or "Average")}
    )
    return {
        "MetricName": alarm.get("MetricName", ""),
        "Namespace": alarm.get("Namespace", ""),
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": _build_dimensions(alarm),
        **judged,
    }


def _build_query(query: Record) -> dict[str, Any]:
    document = {**query, "ReturnData": bool(query.get("ReturnData", True))}
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        document["MetricStat"] = {**stat, "Metric": {**stat["Metric"], "Dimensions": _build_dimensions(stat["Metric"])}}
    return document


def _build_dimensions(holder: Record) -> list[dict[str, str]]:
    return [{"value": d.get("Value", ""), "name": d["Name"]} for d in holder.get("Dimensions") or []]


def _format_statistic(statistic: str) -> str:
    return "SAMPLE_COUNT" if statistic == "SampleCount" else statistic.upper()


def _build_state(value: str, reason: str, data: str, at: float) -> dict[str, Any]:
    return {"value": value, "reason": reason, **({"reasonData": data} if data else {}), "timestamp": format_instant(at)}


def _build_configuration(alarm: Record) -> dict[str, Any]:
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if "AlarmRule" in alarm:
        return {**described, "alarmRule": alarm["AlarmRule"]}
    queries = alarm.get("Metrics") or [
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {field: alarm.get(field) for field in ("Namespace", "MetricName", "Dimensions")},
                "Period": alarm.get("Period", 60),
                "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
            },
            "ReturnData": True,
        }
    ]
    return {**described, "metrics": [_build_configured_metric(query) for query in queries]}


def _build_configured_metric(query: Record) -> dict[str, Any]:
    document: dict[str, Any] = {"id": query["Id"], "returnData": bool(query.get("ReturnData", True))}
    if query.get("MetricStat"):
        stat = query["MetricStat"]
        metric = stat["Metric"]
        dimensions = {d["Name"]: d.get("Value", "") for d in metric.get("Dimensions") or []}
        named = {"namespace": metric["Namespace"], "name": metric["MetricName"], "dimensions": dimensions}
        return {**document, "metricStat": {"metric": named, "period": stat.get("Period", 60), "stat": stat["Stat"]}}
    return {**document, "expression": query.get("Expression"), "label": query.get("Label")}
