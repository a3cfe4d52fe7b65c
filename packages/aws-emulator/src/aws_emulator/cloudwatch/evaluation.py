"""Whether an alarm's points put it into ALARM, OK or INSUFFICIENT_DATA.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

State = Literal["OK", "ALARM", "INSUFFICIENT_DATA"]
# AWS fetches more points than it evaluates, in case some are missing; its example fetches 5 for 3 and tells no more.
EXTRA_POINTS = 2
OPERATORS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
MISSING = ("missing", "ignore", "breaching", "notBreaching")


@dataclass(frozen=True, slots=True)
class AlarmPoint:
    """One period of an alarm."""

    start: int
    """In seconds since 1970."""
    value: float | None
    """None if it is missing."""
    samples: float | None = None
    """How many values it sums up; None for an expression's."""


@dataclass(frozen=True, slots=True)
class AlarmThreshold:
    """What an alarm compares."""

    operator: str
    threshold: float
    periods: int
    """EvaluationPeriods."""
    needed: int
    """DatapointsToAlarm."""
    missing: str = "missing"
    """TreatMissingData."""
    enough_samples: float = 0
    """Fewer values than that in a point leave the state as it is (EvaluateLowSampleCountPercentile `ignore`)."""

    def is_breached_by(self, value: float) -> bool:
        """Whether a value is beyond the threshold."""
        return OPERATORS[self.operator](value, self.threshold)


@dataclass(frozen=True, slots=True)
class AlarmEvaluation:
    """What an evaluation came to."""

    state: State | None
    """None to stay as it is."""
    points: Sequence[AlarmPoint] = field(default_factory=tuple[AlarmPoint, ...])
    """Those that counted, oldest first."""
    filled: int = 0
    """How many missing ones were counted as the alarm says."""


def evaluate(points: Sequence[AlarmPoint], condition: AlarmThreshold) -> AlarmEvaluation:
    """The state that points ask for.

    Args:
        points: Of the evaluation range, oldest first: `condition.periods` and `EXTRA_POINTS` more.
        condition: The alarm's.
    """
    real = [point for point in points if point.value is not None]
    if condition.enough_samples and any((point.samples or 0) < condition.enough_samples for point in real):
        return AlarmEvaluation(None, real)
    if len(real) >= condition.periods:
        counted = real[-condition.periods :]
        return AlarmEvaluation(_find_state(_count_breaching(counted, condition), condition), counted)
    filled = condition.periods - len(real)
    breaching = _count_breaching(real, condition)
    return AlarmEvaluation(_evaluate_incomplete(points, condition, breaching, len(real), filled), real, filled)


def _evaluate_incomplete(
    points: Sequence[AlarmPoint], condition: AlarmThreshold, breaching: int, count: int, filled: int
) -> State | None:
    """The state where points are missing: of `count` that are there, `breaching` are beyond the threshold."""
    if condition.missing in {"breaching", "notBreaching"}:
        return _find_state(breaching + (filled if condition.missing == "breaching" else 0), condition)
    if breaching >= condition.needed or breaching < count:
        return _find_state(breaching, condition)
    if condition.missing == "ignore":
        return None
    return "ALARM" if _is_old_enough(points, condition) else "INSUFFICIENT_DATA"


def _find_state(breaching: int, condition: AlarmThreshold) -> State:
    return "ALARM" if breaching >= condition.needed else "OK"


def _count_breaching(points: Sequence[AlarmPoint], condition: AlarmThreshold) -> int:
    return sum(point.value is not None and condition.is_breached_by(point.value) for point in points)


def _is_old_enough(points: Sequence[AlarmPoint], condition: AlarmThreshold) -> bool:
    """Whether the oldest breaching point is as old as DatapointsToAlarm, all later ones breaching or missing.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html#CloudWatch-alarms-avoiding-premature-transition
    """
    ages = [len(points) - index for index, point in enumerate(points) if point.value is not None]
    return bool(ages) and ages[0] >= condition.needed
