"""Why an alarm is in its state, in AWS's words and as its JSON."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from aws_emulator.cloudwatch.evaluation import AlarmEvaluation, AlarmPoint, AlarmThreshold, State

MEANING = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching", "missing": "Missing", "ignore": "Ignored"}
# From so many points on, AWS lists the most recent ones after the sentence.
LISTED = 5


def build_reason(evaluation: AlarmEvaluation, condition: AlarmThreshold, state: State) -> str:
    """StateReason: `Threshold Crossed: 1 out of the last 1 datapoints [2.0 (10/10/23 06:40:00)] was greater ...`."""
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {_format_count(condition.periods, 'datapoint', 'was', 'were')} unknown."
    if not evaluation.points:
        missing = _format_count(evaluation.filled, "missing datapoint", "was", "were")
        periods = f"{condition.periods} period{'s' * (condition.periods != 1)}"
        treated = f"{missing} treated as [{TREATED[condition.missing]}]"
        return f"Threshold Crossed: no datapoints were received for {periods} and {treated}."
    crossed = [
        p
        for p in evaluation.points
        if (p.value is not None and condition.is_breached_by(p.value)) == (state == "ALARM")
    ]
    needed = condition.needed if state == "ALARM" else condition.periods - condition.needed + 1
    way = "OK -> ALARM" if state == "ALARM" else "ALARM -> OK"
    listed = ", ".join(_format_point(point) for point in reversed(crossed[-LISTED:]))
    begun, middle = f"{len(crossed)} out of the last {condition.periods} datapoints", f" [{listed}]"
    ended = ""
    if len(crossed) >= LISTED:
        middle, ended = "", f". The most recent datapoints which crossed the threshold: [{listed}]"
    verb = f"{'was' if len(crossed) == 1 else 'were'}{'' if state == 'ALARM' else ' not'}"
    compared = f"{verb} {MEANING[condition.operator]} the threshold ({condition.threshold})"
    filled = ""
    if evaluation.filled:
        missing = _format_count(evaluation.filled, "missing datapoint", "was", "were")
        filled = f" and {missing} treated as [{TREATED[condition.missing]}]"
    least = f"(minimum {needed} datapoint{'s' * (needed != 1)} for {way} transition)"
    return f"Threshold Crossed: {begun}{middle} {compared}{ended}{filled} {least}."


def build_reason_data(
    evaluation: AlarmEvaluation, condition: AlarmThreshold, now: float, metric: dict[str, Any]
) -> dict[str, Any]:
    """StateReasonData.

    Args:
        evaluation: What the evaluation came to.
        condition: The alarm's.
        now: When it was evaluated.
        metric: `statistic` and `period` of an alarm on one metric.
    """
    begun = {"startDate": format_instant(evaluation.points[0].start)} if evaluation.points else {}
    return {
        "version": "1.0",
        "queryDate": format_instant(now),
        **begun,
        **metric,
        "recentDatapoints": [point.value for point in evaluation.points],
        "threshold": condition.threshold,
        "evaluatedDatapoints": _list_points(evaluation.points),
    }


def dump_compact(data: dict[str, Any]) -> str:
    """JSON as AWS spaces it."""
    return json.dumps(data, separators=(",", ":"))


def format_instant(at: float) -> str:
    """A time as AWS's messages have it: `2023-10-10T06:41:58.348+0000`."""
    found = datetime.fromtimestamp(at, UTC)
    return found.strftime("%Y-%m-%dT%H:%M:%S.") + f"{found.microsecond // 1000:03d}+0000"


def _list_points(points: Sequence[AlarmPoint]) -> list[dict[str, Any]]:
    return [
        {
            "timestamp": format_instant(point.start),
            **({"sampleCount": point.samples} if point.samples is not None else {}),
            "value": point.value,
        }
        for point in reversed(points)
    ]


def _format_point(point: AlarmPoint) -> str:
    return f"{point.value} ({datetime.fromtimestamp(point.start, UTC):%d/%m/%y %H:%M:%S})"


def _format_count(count: int, what: str, one: str, more: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'} {one if count == 1 else more}"
