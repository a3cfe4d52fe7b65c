"""Metric data queries, as GetMetricData and alarms on metric math have them: metrics, and expressions on them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.planes.aws.watching.expression_syntax import ExpressionError, Node, names, parse
from sandbox.planes.aws.watching.expression_values import KEYWORDS, check, compute
from sandbox.planes.aws.watching.refusals import VALIDATION, RefusedError
from sandbox.planes.aws.watching.store import Metric, MetricStore, dimensions_of
from sandbox.planes.aws.watching.time_series import Series, Value
from sandbox.planes.aws.watching.totals import known_statistic

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDataQuery.html
ID = re.compile(r"[a-z][A-Za-z0-9_]*")
MOST_QUERIES = 500
Scope = tuple[str, str]
"""Account and region."""
Starts = Callable[[int], tuple[int, ...]]
"""The starts of the periods that are asked for, by a period's seconds; oldest first."""


@dataclass(frozen=True, slots=True)
class Query:
    """One of the queries of a request."""

    id: str
    label: str
    returned: bool
    period: int
    metric: Metric | None = None
    statistic: str = ""
    unit: str = ""
    node: Node | None = None
    """Of an expression."""


def queries_of(given: Sequence[Mapping[str, Any]], scope: Scope, owner: str = "MetricDataQueries") -> list[Query]:
    """The queries of a request.

    Raises:
        RefusedError: one is not as AWS wants it.
    """
    if not given or len(given) > MOST_QUERIES:
        raise RefusedError(
            VALIDATION, f"The parameter {owner} must have 1 to {MOST_QUERIES} queries, not {len(given)}."
        )
    found = [_query(query, scope, f"{owner}.member.{number}") for number, query in enumerate(given, 1)]
    ids = [query.id for query in found]
    twice = {name for name in ids if ids.count(name) > 1}
    if twice:
        raise RefusedError(
            VALIDATION, f"The values for parameter id in {owner} are not unique: {', '.join(sorted(twice))}."
        )
    for query in found:
        if query.node is not None:
            _checked(query.id, lambda node=query.node: check(node, frozenset(ids)))
    _refuse_circles(found)
    return found


def period_of(query: Query, queries: Sequence[Query]) -> int:
    """The period of what a query gives: its own, or the longest of what its expression uses."""
    if query.node is None:
        return query.period
    used = names(query.node)
    periods = [period_of(other, queries) for other in queries if other.id in used]
    return max([query.period, *periods]) or max((other.period for other in queries), default=0) or 60


def resolve(
    store: MetricStore, queries: Sequence[Query], starts: Starts, seconds: Callable[[int], int]
) -> dict[str, Value]:
    """The value of every query, by id.

    Args:
        store: Where the metrics are.
        queries: All queries of the request.
        starts: The periods that are asked for.
        seconds: How long a period lasts on the wall's clock.

    Raises:
        RefusedError: an expression can't be computed.
    """
    known: dict[str, Value] = {}
    for query in queries:
        if query.metric is not None:
            known[query.id] = _metric(store, query, starts(query.period), seconds(query.period))
    metrics = {name: series for name, series in known.items() if isinstance(series, Series)}
    waiting = [query for query in queries if query.node is not None]
    while waiting:
        for query in waiting:
            if query.node is not None and not {*names(query.node)} & {other.id for other in waiting}:
                node = query.node
                fallback = _grid(starts, period_of(query, queries))
                found = _checked(query.id, lambda node=node: compute(node, known, metrics))
                known[query.id] = (
                    fallback.having(dict.fromkeys(fallback.starts, found)) if isinstance(found, float) else found
                )
        waiting = [query for query in waiting if query.id not in known]
    return known


def metric_of(given: Mapping[str, Any], scope: Scope) -> Metric:
    """The metric that a request names."""
    dimensions = {str(d.get("Name")): str(d.get("Value", "")) for d in given.get("Dimensions") or []}
    return Metric(
        *scope, str(given.get("Namespace") or ""), str(given.get("MetricName") or ""), dimensions_of(dimensions)
    )


def _query(given: Mapping[str, Any], scope: Scope, where: str) -> Query:
    name, stat = str(given.get("Id") or ""), given.get("MetricStat")
    if not ID.fullmatch(name):
        raise RefusedError(
            VALIDATION,
            f"The value '{name}' for parameter {where}.Id is not matching the expected pattern {ID.pattern}.",
        )
    if bool(stat) == bool(given.get("Expression")):
        raise RefusedError(
            VALIDATION, f"Exactly one of the parameters {where}.Expression and {where}.MetricStat must be given."
        )
    returned = str(given.get("ReturnData", True)).lower() != "false"
    if not stat:
        node = _checked(name, lambda: parse(str(given["Expression"])))
        period = int(given.get("Period") or 0)
        return Query(name, str(given.get("Label") or name), returned, period, node=node)
    metric, period, statistic = (
        metric_of(stat.get("Metric") or {}, scope),
        int(stat.get("Period") or 60),
        str(stat.get("Stat") or ""),
    )
    refuse_period(period, f"{where}.MetricStat.Period")
    if not known_statistic(statistic):
        raise RefusedError(VALIDATION, f"The value {statistic} for parameter {where}.MetricStat.Stat is not supported.")
    label = str(given.get("Label") or metric.name)
    return Query(name, label, returned, period, metric, statistic, str(stat.get("Unit") or ""))


def refuse_period(period: int, where: str) -> None:
    """Refuse what is no period.

    Raises:
        RefusedError: it is none.
    """
    if period not in (1, 5, 10, 20, 30) and (period < 60 or period % 60):
        raise RefusedError(
            VALIDATION, f"The parameter {where} must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}."
        )


def _metric(store: MetricStore, query: Query, starts: tuple[int, ...], seconds: int) -> Series:
    if query.metric is None or (query.unit and query.unit != store.unit(query.metric)):
        return Series({}, starts, query.period)
    points: dict[int, float] = {}
    for start in starts:
        totals = store.window(query.metric, start, start + seconds)
        value = totals.statistic(query.statistic) if totals else None
        if value is not None:
            points[start] = value
    return Series(points, starts, query.period)


def _grid(starts: Starts, period: int) -> Series:
    return Series({}, starts(period), period)


def _checked(name: str, work: Callable[[], Any]) -> Any:
    try:
        return work()
    except ExpressionError as error:
        raise RefusedError(VALIDATION, f"Error in expression '{name}' [{error}]") from error


def _refuse_circles(queries: Sequence[Query]) -> None:
    waiting = {query.id: names(query.node) - KEYWORDS for query in queries if query.node is not None}
    while waiting:
        ready = [name for name, used in waiting.items() if not used & set(waiting)]
        if not ready:
            raise RefusedError(VALIDATION, f"Error in expression '{min(waiting)}' [The expression depends on itself]")
        for name in ready:
            del waiting[name]
