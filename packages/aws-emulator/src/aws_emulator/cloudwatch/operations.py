"""The answers of CloudWatch's API of metrics, as plain documents.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Operations.html
"""

import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from aws_emulator.cloudwatch.queries import (
    BAD_COMBINATION,
    BAD_VALUE,
    MISSING,
    VALIDATION,
    MetricQuery,
    MetricRequestError,
    Scope,
    check_period,
    parse_metric,
    parse_queries,
)
from aws_emulator.cloudwatch.statistics import PERCENTILE, STATISTICS
from aws_emulator.cloudwatch.store import Metric, MetricStore

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
MOST_POINTS = 100_800
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
MOST_STATISTICS = 1_440
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListMetrics.html
PAGE = 500
RECENTLY = 3 * 3_600
Document = dict[str, Any]


def get_metric_data(request: Mapping[str, Any], store: MetricStore, scope: Scope) -> Document:
    """GetMetricData, in one page.

    Raises:
        MetricRequestError: the request is not as AWS wants it.
    """
    start, end = parse_time_range(request)
    queries = parse_queries(request.get("MetricDataQueries") or [], scope)
    for query in queries:
        if (end - start) / query.period > MOST_POINTS:
            raise MetricRequestError(
                VALIDATION, f"You have requested more than {MOST_POINTS} data points for '{query.id}'."
            )
    newest_first = request.get("ScanBy") != "TimestampAscending"
    results = [
        _compute_result(query, store, sorted(_list_starts(start, end, query.period), reverse=newest_first))
        for query in queries
        if query.returned
    ]
    return {"MetricDataResults": results, "Messages": []}


def get_metric_statistics(request: Mapping[str, Any], store: MetricStore, scope: Scope) -> Document:
    """GetMetricStatistics.

    Raises:
        MetricRequestError: the request is not as AWS wants it.
    """
    start, end = parse_time_range(request)
    period, metric = int(request.get("Period") or 60), parse_metric(request, scope)
    check_period(period, "Period")
    wanted, extended = list(request.get("Statistics") or []), list(request.get("ExtendedStatistics") or [])
    if not wanted and not extended:
        raise MetricRequestError(
            BAD_COMBINATION, "At least one of the parameters Statistics and ExtendedStatistics must be specified."
        )
    unknown = [s for s in wanted if s not in STATISTICS] + [s for s in extended if not PERCENTILE.fullmatch(s)]
    if unknown:
        raise MetricRequestError(BAD_VALUE, f"The value {unknown[0]} for parameter Statistics is not supported.")
    starts = _list_starts(start, end, period)
    if len(starts) > MOST_STATISTICS:
        raise MetricRequestError(
            BAD_COMBINATION,
            f"You have requested up to {len(starts)} datapoints, which exceeds the limit of {MOST_STATISTICS}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range.",
        )
    points: list[Document] = []
    for at in starts:
        totals = store.read_window(metric, at, at + period)
        if totals is not None and totals.count:
            point: Document = {"Timestamp": format_time(at), "Unit": store.find_unit(metric)}
            point |= {name: totals.compute(name) for name in wanted}
            shares = {name: value for name in extended if (value := totals.compute(name)) is not None}
            points.append({**point, **({"ExtendedStatistics": shares} if shares else {})})
    return {"Label": metric.name, "Datapoints": points}


def list_metrics(request: Mapping[str, Any], store: MetricStore, scope: Scope) -> Document:
    """ListMetrics.

    Raises:
        MetricRequestError: the token is none of ours.
    """
    recent = store.now() - RECENTLY if request.get("RecentlyActive") == "PT3H" else -math.inf
    found = sorted(
        metric
        for metric in store.list_metrics(*scope)
        if _matches(metric, request) and (recent < 0 or (store.find_newest(metric) or 0) >= recent)
    )
    token = str(request.get("NextToken") or "0")
    if not token.isdigit():
        raise MetricRequestError(BAD_VALUE, f"The value {token} for parameter NextToken is invalid.")
    first = int(token)
    page = [
        {"Namespace": m.namespace, "MetricName": m.name, "Dimensions": list_dimensions(m)}
        for m in found[first : first + PAGE]
    ]
    more = {"NextToken": str(first + PAGE)} if len(found) > first + PAGE else {}
    return {"Metrics": page, **more}


def list_dimensions(metric: Metric) -> list[dict[str, str]]:
    """A metric's dimensions as the API has them."""
    return [{"Name": name, "Value": value} for name, value in metric.dimensions]


def parse_time(value: Any) -> float | None:
    """A time of a request, in seconds since 1970; None where there is none.

    Raises:
        MetricRequestError: it is no time.
    """
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp()
    try:
        return float(value)
    except (TypeError, ValueError):
        pass
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError as error:
        raise MetricRequestError(
            BAD_VALUE, f"The value {value} is no time; give ISO 8601 or seconds since 1970."
        ) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def format_time(at: float) -> str:
    """A time as answers have it."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_time_range(request: Mapping[str, Any]) -> tuple[float, float]:
    """From when until when a request asks.

    Raises:
        MetricRequestError: one is missing, or they are the wrong way round.
    """
    start, end = parse_time(request.get("StartTime")), parse_time(request.get("EndTime"))
    for name, value in (("StartTime", start), ("EndTime", end)):
        if value is None:
            raise MetricRequestError(MISSING, f"The parameter {name} is required.")
    if start is None or end is None or start >= end:
        raise MetricRequestError(VALIDATION, "The parameter StartTime must be less than the parameter EndTime.")
    return start, end


def _list_starts(start: float, end: float, period: int) -> tuple[int, ...]:
    return tuple(range(int(start // period) * period, math.ceil(end), period))


def _compute_result(query: MetricQuery, store: MetricStore, starts: Sequence[int]) -> Document:
    values = ((at, query.compute(store, at, at + query.period)[0]) for at in starts)
    points = [(at, value) for at, value in values if value is not None]
    return {
        "Id": query.id,
        "Label": query.label,
        "Timestamps": [format_time(at) for at, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }


def _matches(metric: Metric, request: Mapping[str, Any]) -> bool:
    wanted = request.get("Dimensions") or []
    own = dict(metric.dimensions)
    return (
        request.get("Namespace") in (None, "", metric.namespace)
        and request.get("MetricName") in (None, "", metric.name)
        and all(d.get("Name") in own and d.get("Value") in (None, "", own[d["Name"]]) for d in wanted)
    )
