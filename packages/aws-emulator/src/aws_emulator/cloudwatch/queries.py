"""Metric data queries, as GetMetricData and alarms have them, and the errors of requests.

Metric math on them is not computed here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aws_emulator.cloudwatch.statistics import is_known_statistic
from aws_emulator.cloudwatch.store import Metric, MetricStore, sort_dimensions

VALIDATION = "ValidationError"
BAD_VALUE = "InvalidParameterValue"
BAD_COMBINATION = "InvalidParameterCombination"
MISSING = "MissingParameter"
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
ID = re.compile(r"[a-z][A-Za-z0-9_]*")
MOST_QUERIES = 500
Scope = tuple[str, str]
"""Account and region."""


class MetricRequestError(ValueError):
    """A request that AWS would not take."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """A statistic of a metric."""

    id: str
    label: str
    returned: bool
    period: int
    metric: Metric
    statistic: str
    unit: str = ""
    """Of the values that count; empty for any."""

    def compute(self, store: MetricStore, start: int, end: int) -> tuple[float | None, float | None]:
        """The statistic of the values from `start` until before `end`, and how many there are; None for none."""
        totals = store.read_window(self.metric, start, end) if self.unit in ("", store.find_unit(self.metric)) else None
        return (totals.compute(self.statistic), totals.count) if totals else (None, None)


def parse_queries(given: Sequence[Mapping[str, Any]], scope: Scope) -> list[MetricQuery]:
    """The queries of a GetMetricData request.

    Raises:
        MetricRequestError: one is not as AWS wants it, or is metric math.
    """
    if not given or len(given) > MOST_QUERIES:
        raise MetricRequestError(
            VALIDATION, f"The parameter MetricDataQueries must have 1 to {MOST_QUERIES} queries, not {len(given)}."
        )
    found = [_parse_query(query, scope, f"MetricDataQueries.member.{number}") for number, query in enumerate(given, 1)]
    ids = [query.id for query in found]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise MetricRequestError(
            VALIDATION, f"The values for parameter id in MetricDataQueries are not unique: {', '.join(sorted(twice))}."
        )
    return found


def parse_metric(given: Mapping[str, Any], scope: Scope) -> Metric:
    """The metric that a request names."""
    dimensions = {str(d.get("Name")): str(d.get("Value", "")) for d in given.get("Dimensions") or []}
    return Metric(
        *scope, str(given.get("Namespace") or ""), str(given.get("MetricName") or ""), sort_dimensions(dimensions)
    )


def check_period(period: int, where: str) -> None:
    """Refuse what is no period.

    Raises:
        MetricRequestError: it is none.
    """
    if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
        raise MetricRequestError(
            VALIDATION, f"The parameter {where} must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}."
        )


def _parse_query(given: Mapping[str, Any], scope: Scope, where: str) -> MetricQuery:
    name, stat = str(given.get("Id") or ""), given.get("MetricStat")
    if not ID.fullmatch(name):
        raise MetricRequestError(
            VALIDATION,
            f"The value '{name}' for parameter {where}.Id is not matching the expected pattern {ID.pattern}.",
        )
    if bool(stat) == bool(given.get("Expression")):
        raise MetricRequestError(
            VALIDATION, f"Exactly one of the parameters {where}.Expression and {where}.MetricStat must be given."
        )
    if not stat:
        raise MetricRequestError(VALIDATION, f"Error in expression '{name}' [the sandbox does not compute metric math]")
    metric, period, statistic = (
        parse_metric(stat.get("Metric") or {}, scope),
        int(stat.get("Period") or 60),
        str(stat.get("Stat") or ""),
    )
    check_period(period, f"{where}.MetricStat.Period")
    if not is_known_statistic(statistic):
        raise MetricRequestError(
            VALIDATION, f"The value {statistic} for parameter {where}.MetricStat.Stat is not supported."
        )
    returned = str(given.get("ReturnData", True)).lower() != "false"
    label = str(given.get("Label") or metric.name)
    return MetricQuery(name, label, returned, period, metric, statistic, str(stat.get("Unit") or ""))
