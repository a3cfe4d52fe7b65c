"""An alarm as it is evaluated: what it watches, when, and what its metrics say now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.planes.aws.watching.evaluation import EXTRA_POINTS, MISSING, OPERATORS, Condition, Judgement, Point, judge
from sandbox.planes.aws.watching.queries import Query, Scope, metric_of, period_of, queries_of, refuse_period, resolve
from sandbox.planes.aws.watching.refusals import BAD_COMBINATION, VALIDATION, RefusedError
from sandbox.planes.aws.watching.refusals import MISSING as MISSING_PARAMETER
from sandbox.planes.aws.watching.store import MINUTE, Metric, MetricStore
from sandbox.planes.aws.watching.time_series import Series
from sandbox.planes.aws.watching.totals import PERCENTILE, STATISTICS

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
FINE_PERIODS = (10, 20, 30)
DAY, WEEK = 86_400, 604_800
# Alarms with such a period are evaluated as often as that, the others every minute.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
FINE_EVERY = 10
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/percentiles-with-low-samples.html
SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Watch:
    """What an alarm watches."""

    queries: tuple[Query, ...]
    watched: Query
    """The one that is compared."""
    period: int
    condition: Condition

    @property
    def metrics(self) -> frozenset[Metric]:
        """Every metric that it looks at."""
        return frozenset(query.metric for query in self.queries if query.metric is not None)

    def every(self, minute: int) -> int:
        """Seconds from one evaluation to the next, on the wall's clock."""
        return lasting(FINE_EVERY if self.period < MINUTE else MINUTE, minute)

    def judged(self, store: MetricStore, now: float) -> tuple[int, Judgement]:
        """Until when whole periods have passed, and what they say."""
        every, seconds = self.every(store.minute), lasting(self.period, store.minute)
        end = int(now // every) * every
        count = self.condition.periods + EXTRA_POINTS
        starts = tuple(end - seconds * back for back in range(count, 0, -1))
        return end, judge(self._points(store, starts, seconds), self.condition)

    def _points(self, store: MetricStore, starts: tuple[int, ...], seconds: int) -> Sequence[Point]:
        metric = self.watched.metric
        if metric is None:
            found = resolve(store, self.queries, lambda _: starts, lambda _: seconds)[self.watched.id]
            points = found.points if isinstance(found, Series) else {}
            return [Point(start, points.get(start)) for start in starts]
        listed: list[Point] = []
        fits = not self.watched.unit or self.watched.unit == store.unit(metric)
        for start in starts:
            totals = store.window(metric, start, start + seconds) if fits else None
            value = totals.statistic(self.watched.statistic) if totals else None
            listed.append(Point(start, value, totals.count if totals else None))
        return listed


def lasting(period: int, minute: int) -> int:
    """Seconds that a period lasts on the wall's clock, where CloudWatch's minute lasts `minute`."""
    return max(1, period * minute // MINUTE)


def watch_of(alarm: Mapping[str, Any], scope: Scope) -> Watch:
    """What an alarm watches.

    Args:
        alarm: A PutMetricAlarm request, or an alarm as DescribeAlarms gives it.
        scope: Its account and region.

    Raises:
        RefusedError: it is not as AWS wants it.
    """
    queries, watched = _of_queries(alarm, scope) if alarm.get("Metrics") else _of_metric(alarm, scope)
    period = period_of(watched, queries) if watched.node is not None else watched.period
    if period not in FINE_PERIODS and (period < MINUTE or period % MINUTE):
        raise RefusedError(VALIDATION, f"Period must be 10, 20, 30 or a multiple of 60, not {period}")
    condition = _condition(alarm, watched)
    longest = DAY if period < 3_600 else WEEK
    if period * condition.periods > longest:
        raise RefusedError(
            VALIDATION, f"Metrics cannot be checked across more than {longest} seconds (EvaluationPeriods * Period)"
        )
    return Watch(tuple(queries), watched, period, condition)


def _condition(alarm: Mapping[str, Any], watched: Query) -> Condition:
    operator, periods = str(alarm.get("ComparisonOperator") or ""), int(alarm.get("EvaluationPeriods") or 0)
    if operator not in OPERATORS:
        raise RefusedError(
            VALIDATION,
            f"ComparisonOperator '{operator}' is not one of {', '.join(OPERATORS)}; bands are not computed here",
        )
    if periods < 1:
        raise RefusedError(VALIDATION, f"EvaluationPeriods must be 1 or more, not {periods}")
    needed = int(alarm.get("DatapointsToAlarm") or periods)
    if not 1 <= needed <= periods:
        raise RefusedError(VALIDATION, f"DatapointsToAlarm must be 1 to EvaluationPeriods ({periods}), not {needed}")
    if alarm.get("Threshold") in (None, ""):
        raise RefusedError(VALIDATION, "Threshold is required")
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    usual = "ignore" if watched.metric is not None and watched.metric.namespace == "AWS/DynamoDB" else "missing"
    missing = str(alarm.get("TreatMissingData") or usual)
    if missing not in MISSING:
        raise RefusedError(VALIDATION, f"Value '{missing}' at 'treatMissingData' is not one of {', '.join(MISSING)}")
    samples = _samples(watched.statistic) if alarm.get("EvaluateLowSampleCountPercentile") == "ignore" else 0
    return Condition(operator, float(alarm["Threshold"]), periods, needed, missing, samples)


def _of_metric(alarm: Mapping[str, Any], scope: Scope) -> tuple[list[Query], Query]:
    for field in ("MetricName", "Namespace", "Period"):
        if not alarm.get(field):
            raise RefusedError(MISSING_PARAMETER, f"The parameter {field} is required.")
    statistic, extended = alarm.get("Statistic"), alarm.get("ExtendedStatistic")
    if bool(statistic) == bool(extended):
        raise RefusedError(BAD_COMBINATION, "Exactly one of Statistic and ExtendedStatistic must be specified.")
    chosen = str(statistic or extended)
    if not (chosen in STATISTICS if statistic else PERCENTILE.fullmatch(chosen)):
        raise RefusedError(VALIDATION, f"The statistic '{chosen}' is not supported.")
    found = Query("m1", "", True, int(alarm["Period"]), metric_of(alarm, scope), chosen, str(alarm.get("Unit") or ""))
    return [found], found


def _of_queries(alarm: Mapping[str, Any], scope: Scope) -> tuple[list[Query], Query]:
    if alarm.get("MetricName"):
        raise RefusedError(BAD_COMBINATION, "The parameters MetricName and Metrics are mutually exclusive.")
    queries = queries_of(alarm["Metrics"], scope, "Metrics")
    returned = [query for query in queries if query.returned]
    if len(returned) != 1:
        raise RefusedError(
            VALIDATION, f"Exactly one element of the metrics list should return data, not {len(returned)}."
        )
    periods = {query.period for query in queries if query.metric is not None}
    if not periods:
        raise RefusedError(VALIDATION, "The metrics list must have at least one metric.")
    if len(periods) > 1:
        raise RefusedError(VALIDATION, "All metrics of the list must have the same period.")
    for period in periods:
        refuse_period(period, "Period")
    return queries, returned[0]


def _samples(statistic: str) -> float:
    found = PERCENTILE.fullmatch(statistic)
    if found is None:
        return 0
    share = float(found.group(1)) / 100
    return SAMPLES / max(min(share, 1 - share), 0.001)
