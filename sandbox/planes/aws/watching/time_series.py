"""Time series and lists of them, and the functions of metric math on them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import itertools
import math
import operator
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sandbox.planes.aws.watching.expression_syntax import ExpressionError


@dataclass(frozen=True, slots=True)
class Series:
    """Values by the start of their period, in seconds since 1970."""

    points: Mapping[int, float]
    starts: tuple[int, ...]
    """Every period that was asked for, oldest first."""
    period: int
    """Seconds that each covers."""

    def having(self, points: Mapping[int, float]) -> "Series":
        """The same periods with other values; what is no number is left out."""
        return Series({at: value for at, value in points.items() if math.isfinite(value)}, self.starts, self.period)

    def each(self, change: Callable[[float], float]) -> "Series":
        """Every value changed."""
        return self.having({at: change(value) for at, value in self.points.items()})


Value = float | Series | tuple[Series, ...]


def each(value: Value, change: Callable[[float], float]) -> Value:
    """A function on every point of a number, a series or a list."""
    if isinstance(value, int | float):
        return _number(change, value)
    return each_series(value, lambda series: series.each(lambda point: _number(change, point)))


def each_series(value: Value, change: Callable[[Series], Series]) -> Value:
    """A function on a series, or on each of a list."""
    if isinstance(value, Series):
        return change(value)
    return tuple(change(series) for series in several(value))


def combined(join: Callable[[float, float], float], left: Value, right: Value) -> Value:
    """Two values point by point; a missing point counts as 0, as the documentation says."""
    if isinstance(left, tuple) or isinstance(right, tuple):
        lists = [value if isinstance(value, tuple) else None for value in (left, right)]
        length = max(len(found) for found in lists if found is not None)
        if any(found is not None and len(found) != length for found in lists):
            raise ExpressionError("Lists of different lengths can't be combined")
        pairs = [(lists[0][i] if lists[0] else left, lists[1][i] if lists[1] else right) for i in range(length)]
        return tuple(series for a, b in pairs for series in several(combined(join, a, b)))
    if isinstance(left, Series) and isinstance(right, Series):
        at = sorted({*left.points, *right.points})
        wider = left if len(left.starts) >= len(right.starts) else right
        points = {t: _number(join, left.points.get(t, 0.0), right.points.get(t, 0.0)) for t in at}
        return wider.having(points)
    if isinstance(left, Series):
        return left.each(lambda point: _number(join, point, _scalar(right)))
    if isinstance(right, Series):
        return right.each(lambda point: _number(join, left, point))
    return _number(join, left, right)


def aggregate(reduce: Callable[[Sequence[float]], float], values: Sequence[Value]) -> Value:
    """Of one series a number; of a list a series, with what is missing in one of them counted as 0."""
    if len(values) != 1 or isinstance(values[0], int | float):
        raise ExpressionError("An aggregate takes one time series or one list of them")
    if isinstance(values[0], Series):
        points = list(values[0].points.values())
        return reduce(points) if points else math.nan
    found = values[0]
    if not found:
        return Series({}, (), 60)
    at = sorted({t for series in found for t in series.points})
    return found[0].having({t: reduce([series.points.get(t, 0.0) for series in found]) for t in at})


def fill(value: Value, how: Value | str) -> Value:
    """What is missing put in: REPEAT, LINEAR, or a value."""

    def filled(series: Series) -> Series:
        if isinstance(how, str):
            return _repeated(series) if how == "REPEAT" else _interpolated(series)
        found = how.points if isinstance(how, Series) else dict.fromkeys(series.starts, _scalar(how))
        return series.having({**{at: found[at] for at in series.starts if at in found}, **series.points})

    return each_series(value, filled)


def _repeated(series: Series) -> Series:
    points: dict[int, float] = {}
    for at in series.starts:
        if at in series.points:
            points[at] = series.points[at]
        elif points:
            points[at] = next(reversed(points.values()))
    return series.having(points)


def _interpolated(series: Series) -> Series:
    points, known = dict(series.points), sorted(series.points)
    for before, after in itertools.pairwise(known):
        slope = (series.points[after] - series.points[before]) / (after - before)
        points.update({t: series.points[before] + slope * (t - before) for t in series.starts if before < t < after})
    return series.having(points)


def choose(condition: Value, then: Value, otherwise: Value | None) -> Value:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-IF-expressions."""
    if isinstance(condition, int | float):
        if otherwise is None and not condition:
            return then.having({}) if isinstance(then, Series) else Series({}, (), 60)
        return then if condition or otherwise is None else otherwise
    if isinstance(condition, tuple) or isinstance(then, tuple) or isinstance(otherwise, tuple):
        raise ExpressionError("IF takes a number or one time series, no list of them")
    points: dict[int, float] = {}
    for at, true in condition.points.items():
        if true:
            points[at] = then.points.get(at, 0.0) if isinstance(then, Series) else then
        elif isinstance(otherwise, Series):
            points[at] = otherwise.points.get(at, math.nan)
        elif otherwise is not None:
            points[at] = otherwise
    return condition.having(points)


def _difference(series: Series, *, per_second: bool) -> Series:
    known = sorted(series.points)
    return series.having(
        {
            after: (series.points[after] - series.points[before]) / ((after - before) if per_second else 1)
            for before, after in itertools.pairwise(known)
        }
    )


def _running(series: Series) -> Series:
    total, points = 0.0, {}
    for at in sorted(series.points):
        total += series.points[at]
        points[at] = total
    return series.having(points)


def several(value: Value) -> tuple[Series, ...]:
    """A series or a list as a list."""
    if isinstance(value, int | float):
        raise ExpressionError("A number stands where a time series is needed")
    return (value,) if isinstance(value, Series) else value


def _scalar(value: Value) -> float:
    if isinstance(value, Series | tuple):
        raise ExpressionError("A list of time series stands where a number is needed")
    return value


def _number(function: Callable[..., float], *values: float) -> float:
    """What a function gives; what it can't compute is no number, and its point is dropped."""
    try:
        found = function(*values)
    except (ArithmeticError, ValueError):
        return math.nan
    return float(found) if isinstance(found, int | float) else math.nan


OPERATORS: Mapping[str, Callable[[float, float], float]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda a, b: bool(a) and bool(b),
    "||": lambda a, b: bool(a) or bool(b),
}
ON_POINTS: Mapping[str, Callable[[float], float]] = {
    "negate": operator.neg,
    "ABS": abs,
    "CEIL": math.ceil,
    "FLOOR": math.floor,
    "LOG": math.log,
    "LOG10": math.log10,
}
AGGREGATES: Mapping[str, Callable[[Sequence[float]], float]] = {
    "SUM": math.fsum,
    "AVG": statistics.fmean,
    "MIN": min,
    "MAX": max,
    "STDDEV": statistics.pstdev,
}
ON_SERIES: Mapping[str, Callable[[Series], Series]] = {
    "DIFF": lambda series: _difference(series, per_second=False),
    "RATE": lambda series: _difference(series, per_second=True),
    "RUNNING_SUM": _running,
}
