"""Metric math: its syntax, its values, and queries that use one another."""

import time
from typing import Any

import pytest

from sandbox.planes.aws.watching.answers import get_metric_data, get_metric_statistics, list_metrics, moment
from sandbox.planes.aws.watching.expression_syntax import DEEPEST, LONGEST, ExpressionError, parse
from sandbox.planes.aws.watching.expression_values import compute
from sandbox.planes.aws.watching.publishing import published
from sandbox.planes.aws.watching.refusals import RefusedError
from sandbox.planes.aws.watching.store import MetricStore
from sandbox.planes.aws.watching.time_series import Series, Value

STARTS = (0, 60, 120, 180, 240)
SCOPE = ("1", "us-east-1")


def series(*values: float | None) -> Series:
    return Series({at: v for at, v in zip(STARTS, values, strict=False) if v is not None}, STARTS[: len(values)], 60)


def computed(expression: str, **known: Value) -> Any:
    metrics = {name: value for name, value in known.items() if isinstance(value, Series)}
    found = compute(parse(expression), known, metrics)
    return [found.points.get(at) for at in STARTS[: len(found.starts)]] if isinstance(found, Series) else found


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1 + 2 * 3", 7),
        ("(1 + 2) * 3", 9),
        ("2 ^ 3 - 1", 7),
        ("-2 * -3", 6),
        ("10 / 4", 2.5),
        ("1 + 1 == 2 AND 2 >= 3", 0),
        ("1 > 2 || 2 > 1", 1),
        ("1e2 + .5", 100.5),
    ],
)
def test_operators_have_the_usual_order(expression: str, value: float) -> None:
    assert computed(expression) == value


def test_comparisons_are_those_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html."""
    known = {"m1": series(30, 20, 0, 0), "m2": series(20, None, 20, None)}
    assert computed("m1 < m2", **known) == [0, 0, 1, 0]
    assert computed("m1 >= 30", **known) == [1, 0, 0, 0]
    assert computed("m1 > 15 AND m2 > 15", **known) == [1, 0, 0, 0]


def test_if_is_that_of_the_documentation() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#using-IF-expressions."""
    m1, m2, m3 = series(1, 1, 0, 0, None), series(30, None, 0, 0, 30), series(0, 0, 20, None, 20)
    assert computed("IF(m1, m2, m3)", m1=m1, m2=m2, m3=m3) == [30, 0, 20, None, None]
    assert computed("IF(m1, 5, m3)", m1=m1, m3=m3) == [5, 5, 20, None, None]
    assert computed("IF(m1, m2, 5)", m1=m1, m2=m2) == [30, 0, 5, 5, None]
    assert computed("IF(m2 > 10, m2)", m2=m2) == [30, None, None, None, 30]


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("a + b", [11, 2, 33]),
        ("b + a", [11, 2, 33]),
        ("a / b", [0.1, None, 0.1]),
        ("FILL(b, 0)", [10, 0, 30]),
        ("FILL(b, REPEAT)", [10, 10, 30]),
        ("FILL(b, LINEAR)", [10, 20, 30]),
        ("FILL(b, a)", [10, 2, 30]),
        ("SUM([a, b])", [11, 2, 33]),
        ("MAX(METRICS())", [10, 2, 30]),
        ('SUM(METRICS("a")) * 2', [2, 4, 6]),
        ("a - AVG(a)", [-1, 0, 1]),
        ("a / PERIOD(a) * 60", [1, 2, 3]),
        ("RATE(a) * 60", [None, 1, 1]),
        ("RUNNING_SUM(a)", [1, 3, 6]),
        ("CEIL(a / 2) + FLOOR(a / 2)", [1, 2, 3]),
        ("a / METRIC_COUNT(METRICS())", [0.5, 1, 1.5]),
    ],
)
def test_functions_work_point_by_point(expression: str, values: list[float | None]) -> None:
    found = computed(expression, a=series(1, 2, 3), b=series(10, None, 30))
    assert found == pytest.approx(values)


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("", "Unexpected end"),
        ("a +", "Unexpected end"),
        ("a b", "Unexpected 'b'"),
        ("(a", "Unexpected end"),
        ("a $ b", "Unexpected character '$'"),
        ("[a, b", "Unexpected end"),
        ("a" * (LONGEST + 1), "characters, above"),
        ("(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), "nested deeper"),
    ],
)
def test_what_is_no_expression_is_refused(expression: str, message: str) -> None:
    with pytest.raises(ExpressionError, match=message.replace("$", r"\$")):
        parse(expression)


@pytest.mark.parametrize(
    "expression", ["SUM(1)", "a + [a, a] + [a]", "IF([a], 1, 2)", "FILL(a)", "a + 'text'", "ABS()"]
)
def test_what_a_function_does_not_take_is_refused(expression: str) -> None:
    with pytest.raises(ExpressionError):
        computed(expression, a=series(1))


def filled_store() -> MetricStore:
    store = MetricStore(lambda: 600.0)
    data = [{"MetricName": name, "Value": value, "Timestamp": 300} for name, value in (("e", 3), ("r", 10))]
    for datum in published({"Namespace": "shop", "MetricData": data}, SCOPE, 600):
        datum.put(store)
    return store


def query(id_: str, name: str, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "shop", "MetricName": name}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False, **more}


def asked(*queries: dict[str, Any], **more: Any) -> dict[str, list[float]]:
    request = {"StartTime": 0, "EndTime": 600, "MetricDataQueries": list(queries), **more}
    return {r["Id"]: r["Values"] for r in get_metric_data(request, filled_store(), SCOPE)["MetricDataResults"]}


def test_an_expression_may_use_another_in_any_order() -> None:
    chain = [{"Id": "z", "Expression": "y * 2"}, {"Id": "y", "Expression": "e / r", "ReturnData": False}]
    assert asked(*chain, query("e", "e"), query("r", "r")) == {"z": [0.6]}


def test_a_number_alone_is_a_series_of_it() -> None:
    assert asked(query("e", "e"), {"Id": "n", "Expression": "5"})["n"] == [5] * 10


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([], "must have 1 to 500"),
        ([query("E", "e")], "not matching the expected pattern"),
        ([query("e", "e"), query("e", "r")], "not unique"),
        ([{"Id": "a", "Expression": "b"}, {"Id": "b", "Expression": "a"}], "depends on itself"),
        ([{"Id": "a", "Expression": "SEARCH('x', 'Sum', 60)"}], "Unsupported function 'SEARCH'"),
        ([{"Id": "a"}], "Exactly one of the parameters"),
        ([{**query("e", "e"), "Expression": "1"}], "Exactly one of the parameters"),
        ([{"Id": "e", "MetricStat": {"Metric": {}, "Period": 7, "Stat": "Sum"}}], "multiple of 60, not 7"),
        ([{"Id": "e", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "tm90"}}], "tm90"),
    ],
)
def test_bad_queries_are_refused_by_name(queries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        asked(*queries)


@pytest.mark.parametrize(
    "window", [{}, {"StartTime": 10}, {"StartTime": 10, "EndTime": 10}, {"StartTime": "x", "EndTime": 2}]
)
def test_a_bad_window_is_refused(window: dict[str, Any]) -> None:
    with pytest.raises(RefusedError):
        get_metric_statistics({**window, "Statistics": ["Sum"]}, filled_store(), SCOPE)


def test_too_many_points_are_refused() -> None:
    request = {"StartTime": 0, "EndTime": 86_400 * 2, "Statistics": ["Sum"], "Namespace": "shop", "MetricName": "e"}
    with pytest.raises(RefusedError, match="exceeds the limit of 1440"):
        get_metric_statistics(request, filled_store(), SCOPE)


def test_metrics_are_listed_in_pages() -> None:
    store = MetricStore(time.time)
    names = [f"m{number:04}" for number in range(501)]
    data = [{"MetricName": name, "Value": 1} for name in names]
    for datum in published({"Namespace": "shop", "MetricData": data}, SCOPE, time.time()):
        datum.put(store)
    first = list_metrics({}, store, SCOPE)
    second = list_metrics({"NextToken": first["NextToken"]}, store, SCOPE)
    assert [m["MetricName"] for m in first["Metrics"] + second["Metrics"]] == names
    assert "NextToken" not in second


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({"Value": 1}, "MissingParameter"),
        ({"MetricName": "m"}, "MissingParameter"),
        ({"MetricName": "m", "Value": "x"}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": float("nan")}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"MetricName": "m", "Values": [1, 2], "Counts": [1]}, "InvalidParameterValue"),
        ({"MetricName": "m", "Value": 1, "StorageResolution": 5}, "InvalidParameterValue"),
        ({"MetricName": "m", "StatisticValues": {"Sum": 1}}, "InvalidParameterValue"),
    ],
)
def test_a_bad_value_refuses_the_request(datum: dict[str, Any], code: str) -> None:
    with pytest.raises(RefusedError) as refused:
        published({"Namespace": "n", "MetricData": [{"MetricName": "good", "Value": 1}, datum]}, SCOPE, 600)
    assert refused.value.code == code


def test_times_are_read_in_every_form() -> None:
    forms = (60, "60", "1970-01-01T00:01:00Z", "1970-01-01T00:01:00", "1970-01-01T01:01:00+01:00")
    assert {moment(form) for form in forms} == {60.0}
