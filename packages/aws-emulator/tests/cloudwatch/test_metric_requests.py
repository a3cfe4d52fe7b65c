"""Requests for metrics: what they publish, ask for, and are refused."""

import time
from typing import Any

import pytest
from aws_emulator.cloudwatch.operations import get_metric_data, get_metric_statistics, list_metrics, parse_time
from aws_emulator.cloudwatch.put_metric_data import parse_metric_data
from aws_emulator.cloudwatch.queries import MetricRequestError
from aws_emulator.cloudwatch.store import MetricStore

SCOPE = ("1", "us-east-1")


def filled_store() -> MetricStore:
    store = MetricStore(lambda: 600.0)
    data = [{"MetricName": name, "Value": value, "Timestamp": 300} for name, value in (("e", 3), ("r", 10))]
    for datum in parse_metric_data({"Namespace": "shop", "MetricData": data}, SCOPE, 600):
        datum.put(store)
    return store


def query(id_: str, name: str, **more: Any) -> dict[str, Any]:
    metric = {"Namespace": "shop", "MetricName": name}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False, **more}


def request_data(*queries: dict[str, Any], **more: Any) -> dict[str, list[float]]:
    request = {"StartTime": 0, "EndTime": 600, "MetricDataQueries": list(queries), **more}
    return {r["Id"]: r["Values"] for r in get_metric_data(request, filled_store(), SCOPE)["MetricDataResults"]}


def test_queries_that_are_not_returned_have_no_result() -> None:
    assert request_data(query("e", "e", ReturnData=True), query("r", "r")) == {"e": [3]}


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([], "must have 1 to 500"),
        ([query("E", "e")], "not matching the expected pattern"),
        ([query("e", "e"), query("e", "r")], "not unique"),
        ([query("e", "e"), {"Id": "a", "Expression": "e * 2"}], "expression 'a' .*does not compute metric math"),
        ([{"Id": "a"}], "Exactly one of the parameters"),
        ([{**query("e", "e"), "Expression": "1"}], "Exactly one of the parameters"),
        ([{"Id": "e", "MetricStat": {"Metric": {}, "Period": 7, "Stat": "Sum"}}], "multiple of 60, not 7"),
        ([{"Id": "e", "MetricStat": {"Metric": {}, "Period": 60, "Stat": "tm90"}}], "tm90"),
    ],
)
def test_bad_queries_are_refused_by_name(queries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(MetricRequestError, match=message):
        request_data(*queries)


@pytest.mark.parametrize(
    "window", [{}, {"StartTime": 10}, {"StartTime": 10, "EndTime": 10}, {"StartTime": "x", "EndTime": 2}]
)
def test_a_bad_window_is_refused(window: dict[str, Any]) -> None:
    with pytest.raises(MetricRequestError):
        get_metric_statistics({**window, "Statistics": ["Sum"]}, filled_store(), SCOPE)


def test_too_many_points_are_refused() -> None:
    request = {"StartTime": 0, "EndTime": 86_400 * 2, "Statistics": ["Sum"], "Namespace": "shop", "MetricName": "e"}
    with pytest.raises(MetricRequestError, match="exceeds the limit of 1440"):
        get_metric_statistics(request, filled_store(), SCOPE)


def test_metrics_are_listed_in_pages() -> None:
    store = MetricStore(time.time)
    names = [f"m{number:04}" for number in range(501)]
    data = [{"MetricName": name, "Value": 1} for name in names]
    for datum in parse_metric_data({"Namespace": "shop", "MetricData": data}, SCOPE, time.time()):
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
    with pytest.raises(MetricRequestError) as refused:
        parse_metric_data({"Namespace": "n", "MetricData": [{"MetricName": "good", "Value": 1}, datum]}, SCOPE, 600)
    assert refused.value.code == code


def test_times_are_read_in_every_form() -> None:
    forms = (60, "60", "1970-01-01T00:01:00Z", "1970-01-01T00:01:00", "1970-01-01T01:01:00+01:00")
    assert {parse_time(form) for form in forms} == {60.0}
