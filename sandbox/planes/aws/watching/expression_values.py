"""The value of a metric math expression.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from collections.abc import Mapping, Sequence

from sandbox.planes.aws.watching import time_series
from sandbox.planes.aws.watching.expression_syntax import Call, ExpressionError, Listed, Name, Node, Number, Text
from sandbox.planes.aws.watching.time_series import Series, Value

FUNCTIONS = frozenset(
    {*time_series.ON_POINTS, *time_series.AGGREGATES, *time_series.ON_SERIES, *time_series.OPERATORS}
    | {"FILL", "IF", "METRICS", "METRIC_COUNT", "PERIOD"}
)
KEYWORDS = frozenset({"REPEAT", "LINEAR"})


def check(node: Node, ids: frozenset[str]) -> None:
    """Refuse an expression that could never be computed.

    Raises:
        ExpressionError: it uses an id or a function that there is not.
    """
    if isinstance(node, Name) and node.value not in ids | KEYWORDS:
        msg = f"Unknown id '{node.value}'"
        raise ExpressionError(msg)
    if isinstance(node, Call) and node.name not in FUNCTIONS:
        msg = f"Unsupported function '{node.name}'"
        raise ExpressionError(msg)
    for part in node.items if isinstance(node, Listed) else node.arguments if isinstance(node, Call) else ():
        check(part, ids)


def compute(node: Node, known: Mapping[str, Value], metrics: Mapping[str, Series]) -> Value:
    """The value of an expression.

    Args:
        node: The expression.
        known: The values of the ids that it uses.
        metrics: What METRICS() stands for: the metrics of the request, by id.

    Raises:
        ExpressionError: it uses an id that is not there, or a function on what it does not take. Functions that there
            are not `check` has refused.
    """
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Name):
        if node.value not in known:
            msg = f"Unknown id '{node.value}'"
            raise ExpressionError(msg)
        return known[node.value]
    if isinstance(node, Listed):
        return tuple(series for item in node.items for series in time_series.several(compute(item, known, metrics)))
    if isinstance(node, Text):
        msg = f'Unexpected text "{node.value}"'
        raise ExpressionError(msg)
    return _call(node, known, metrics)


def _call(node: Call, known: Mapping[str, Value], metrics: Mapping[str, Series]) -> Value:
    name, given = node.name, node.arguments
    if name == "METRICS":
        wanted = given[0].value if given and isinstance(given[0], Text) else ""
        return tuple(series for key, series in metrics.items() if wanted in key)
    if name == "FILL":
        _count(node, 2)
        filler = given[1]
        how = filler.value if isinstance(filler, Name) and filler.value in KEYWORDS else ""
        return time_series.fill(compute(given[0], known, metrics), how or compute(filler, known, metrics))
    return _applied(node, [compute(argument, known, metrics) for argument in given])


def _applied(node: Call, values: Sequence[Value]) -> Value:
    name = node.name
    if name in time_series.AGGREGATES:
        return time_series.aggregate(time_series.AGGREGATES[name], values)
    if name in time_series.OPERATORS:
        return time_series.combined(time_series.OPERATORS[name], values[0], values[1])
    if name == "IF":
        _count(node, 2 if len(values) == 2 else 3)
        return time_series.choose(values[0], values[1], values[2] if len(values) == 3 else None)
    _count(node, 1)
    if name in time_series.ON_POINTS:
        return time_series.each(values[0], time_series.ON_POINTS[name])
    if name in time_series.ON_SERIES:
        return time_series.each_series(values[0], time_series.ON_SERIES[name])
    found = time_series.several(values[0])
    return float(len(found)) if name == "METRIC_COUNT" or not found else float(found[0].period)


def _count(node: Call, count: int) -> None:
    if len(node.arguments) != count:
        msg = f"{node.name} takes {count} arguments, not {len(node.arguments)}"
        raise ExpressionError(msg)
