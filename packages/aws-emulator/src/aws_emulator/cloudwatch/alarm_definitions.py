"""An alarm as it is evaluated: what it watches, when, and what its metrics say now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator.cloudwatch.evaluation import (
    EXTRA_POINTS,
    MISSING,
    OPERATORS,
    AlarmEvaluation,
    AlarmPoint,
    AlarmThreshold,
    evaluate,
)
from aws_emulator.cloudwatch.queries import (
    BAD_COMBINATION,
    VALIDATION,
    MetricQuery,
    MetricRequestError,
    Scope,
    parse_metric,
)
from aws_emulator.cloudwatch.queries import MISSING as MISSING_PARAMETER
from aws_emulator.cloudwatch.statistics import PERCENTILE, STATISTICS
from aws_emulator.cloudwatch.store import MINUTE, MetricStore

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
FINE_PERIODS = (10, 20, 30)
DAY, WEEK = 86_400, 604_800
# Alarms with such a period are evaluated as often as that, the others every minute.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
FINE_EVERY = 10
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
SAMPLES = 10


@dataclass(frozen=True, slots=True)
class AlarmDefinition:
    """What an alarm watches."""

    query: MetricQuery
    condition: AlarmThreshold

    def find_interval(self, minute: int) -> int:
        """Seconds from one evaluation to the next, on the wall's clock."""
        return scale_period(FINE_EVERY if self.query.period < MINUTE else MINUTE, minute)

    def evaluate(self, store: MetricStore, now: float) -> tuple[int, AlarmEvaluation]:
        """Until when whole periods have passed, and what they say."""
        every, seconds = self.find_interval(store.minute), scale_period(self.query.period, store.minute)
        end = int(now // every) * every
        starts = [end - seconds * back for back in range(self.condition.periods + EXTRA_POINTS, 0, -1)]
        points = [AlarmPoint(start, *self.query.compute(store, start, start + seconds)) for start in starts]
        return end, evaluate(points, self.condition)


def scale_period(period: int, minute: int) -> int:
    """Seconds that a period lasts on the wall's clock, where CloudWatch's minute lasts `minute`."""
    return max(1, period * minute // MINUTE)


def parse_alarm(alarm: Mapping[str, Any], scope: Scope) -> AlarmDefinition | None:
    """What an alarm watches; None for one on `Metrics`, metric math most often, which is not evaluated here.

    Args:
        alarm: A PutMetricAlarm request, or an alarm as DescribeAlarms gives it.
        scope: Its account and region.

    Raises:
        MetricRequestError: it is not as AWS wants it.
    """
    if alarm.get("Metrics"):
        if alarm.get("MetricName"):
            raise MetricRequestError(BAD_COMBINATION, "The parameters MetricName and Metrics are mutually exclusive.")
        return None
    query = _parse_query(alarm, scope)
    period = query.period
    if period not in FINE_PERIODS and (period < MINUTE or period % MINUTE):
        raise MetricRequestError(VALIDATION, f"Period must be 10, 20, 30 or a multiple of 60, not {period}")
    condition = _parse_condition(alarm, query)
    longest = DAY if period < 3_600 else WEEK
    if period * condition.periods > longest:
        raise MetricRequestError(
            VALIDATION, f"Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period)"
        )
    return AlarmDefinition(query, condition)


def _parse_condition(alarm: Mapping[str, Any], query: MetricQuery) -> AlarmThreshold:
    operator, periods = str(alarm.get("ComparisonOperator") or ""), int(alarm.get("EvaluationPeriods") or 0)
    if operator not in OPERATORS:
        raise MetricRequestError(
            VALIDATION,
            f"ComparisonOperator '{operator}' is not one of {', '.join(OPERATORS)}; bands are not computed here",
        )
    if periods < 1:
        raise MetricRequestError(VALIDATION, f"EvaluationPeriods must be 1 or more, not {periods}")
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    if not 1 <= needed <= periods:
        raise MetricRequestError(
            VALIDATION, f"DatapointsToAlarm must be 1 to EvaluationPeriods ({periods}), not {needed}"
        )
    if alarm.get("Threshold") in (None, ""):
        raise MetricRequestError(VALIDATION, "Threshold is required")
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    usual = "ignore" if query.metric.namespace == "AWS/DynamoDB" else "missing"
    missing = str(alarm.get("TreatMissingData") or usual)
    if missing not in MISSING:
        raise MetricRequestError(
            VALIDATION, f"Value '{missing}' at 'treatMissingData' is not one of {', '.join(MISSING)}"
        )
    samples = _count_needed_samples(query.statistic) if alarm.get("EvaluateLowSampleCountPercentile") == "ignore" else 0
    return AlarmThreshold(operator, float(alarm["Threshold"]), periods, needed, missing, samples)


def _parse_query(alarm: Mapping[str, Any], scope: Scope) -> MetricQuery:
    for field in ("MetricName", "Namespace", "Period"):
        if not alarm.get(field):
            raise MetricRequestError(MISSING_PARAMETER, f"The parameter {field} is required.")
    statistic, extended = alarm.get("Statistic"), alarm.get("ExtendedStatistic")
    if bool(statistic) == bool(extended):
        raise MetricRequestError(BAD_COMBINATION, "Exactly one of Statistic and ExtendedStatistic must be specified.")
    chosen = str(statistic or extended)
    if not (chosen in STATISTICS if statistic else PERCENTILE.fullmatch(chosen)):
        raise MetricRequestError(VALIDATION, f"The statistic '{chosen}' is not supported.")
    return MetricQuery(
        "m1", "", True, int(alarm["Period"]), parse_metric(alarm, scope), chosen, str(alarm.get("Unit") or "")
    )


def _count_needed_samples(statistic: str) -> float:
    found = PERCENTILE.fullmatch(statistic)
    if found is None:
        return 0
    share = float(found.group(1)) / 100
    return SAMPLES / max(min(share, 1 - share), 0.001)
