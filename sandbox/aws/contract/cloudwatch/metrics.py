"""CloudWatch metrics: what is published and asked for."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.metric_alarms import expect_refusal, recent_window
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
# On AWS values that were published can be asked for some minutes later.
SECONDS = 200


@behaviour(service="monitoring", source=f"{API}/API_GetMetricStatistics.html", seconds=SECONDS)
def statistics_sum_up_the_values_of_a_period(aws: AwsAccount) -> None:
    """Statistics sum up the values of a period, each as often as it was seen."""
    name = aws.name("metric")
    _publish(aws, name, {"Values": [1, 5, 9], "Counts": [2, 1, 1]})
    found = _points(aws, name, Statistics=["SampleCount", "Sum", "Average", "Minimum", "Maximum"])[0]
    seen = [found[s] for s in ("SampleCount", "Sum", "Average", "Minimum", "Maximum")]
    expect(seen == [4, 16, 4, 1, 9], f"statistics {seen}")


@behaviour(service="monitoring", source=f"{GUIDE}/Statistics-definitions.html", seconds=SECONDS)
def a_percentile_is_the_value_below_which_that_share_lies(aws: AwsAccount) -> None:
    """A percentile is the value below which that share of the values lies."""
    name = aws.name("metric")
    _publish(aws, name, {"Values": [10, 1000], "Counts": [95, 5]})
    found = _points(aws, name, ExtendedStatistics=["p50", "p99"])[0]["ExtendedStatistics"]
    expect(abs(found["p50"] - 10) < 1 and abs(found["p99"] - 1000) < 50, f"percentiles {found}")


@behaviour(service="monitoring", source=f"{API}/API_StatisticSet.html", seconds=SECONDS)
def a_statistic_set_counts_as_its_values_would(aws: AwsAccount) -> None:
    """A statistic set counts as the values would that it stands for."""
    name = aws.name("metric")
    _publish(aws, name, {"StatisticValues": {"SampleCount": 4, "Sum": 20, "Minimum": 2, "Maximum": 8}})
    found = _points(aws, name, Statistics=["Average", "Maximum"])[0]
    expect((found["Average"], found["Maximum"]) == (5, 8), f"statistics {found}")


@behaviour(service="monitoring", source=f"{GUIDE}/cloudwatch_concepts.html", seconds=SECONDS)
def each_set_of_dimensions_is_a_metric_of_its_own(aws: AwsAccount) -> None:
    """Values under other dimensions, or none, are another metric's."""
    name = aws.name("metric")
    _publish(aws, name, {"Value": 1})
    _publish(aws, name, {"Value": 5, "Dimensions": [{"Name": "Store", "Value": "a"}]})
    one = _points(aws, name, Statistics=["Sum"])[0]["Sum"]
    other = _points(aws, name, Statistics=["Sum"], Dimensions=[{"Name": "Store", "Value": "a"}])[0]["Sum"]
    expect((one, other) == (1, 5), f"sums {one} and {other}")


@behaviour(service="monitoring", source=f"{API}/API_ListMetrics.html", seconds=SECONDS)
def metrics_are_listed_by_their_dimensions(aws: AwsAccount) -> None:
    """ListMetrics lists the metrics that have a dimension with a value."""
    name = aws.name("metric")
    for store in ("a", "b"):
        _publish(aws, name, {"Value": 1, "Dimensions": [{"Name": "Store", "Value": store}]})
    ask: dict[str, Any] = {"Namespace": aws.target.prefix, "MetricName": name}

    def listed(*dimensions: Mapping[str, str]) -> list[Any]:
        return list(aws.clients.cloudwatch.list_metrics(**ask, Dimensions=list(dimensions))["Metrics"])

    aws.wait_for(lambda: len(listed({"Name": "Store"})) == 2, "both metrics", seconds=SECONDS - 10)
    found = listed({"Name": "Store", "Value": "b"})
    expect([m["Dimensions"] for m in found] == [[{"Name": "Store", "Value": "b"}]], f"it lists {found}")


@behaviour(service="monitoring", source=f"{API}/API_GetMetricData.html", seconds=SECONDS)
def metric_data_comes_newest_first(aws: AwsAccount) -> None:
    """GetMetricData gives the newest value first, unless it is asked for the oldest."""
    name = aws.name("metric")
    for minutes, value in ((4, 1), (2, 2)):
        _publish(aws, name, {"Value": value}, minutes=minutes)
    query = {**_query("a", name, "Sum"), "ReturnData": True}
    aws.wait_for(lambda: len(_read_data(aws, [query])["a"]) == 2, "both values", seconds=SECONDS - 10)
    newest, oldest = _read_data(aws, [query])["a"], _read_data(aws, [query], ScanBy="TimestampAscending")["a"]
    expect((newest, oldest) == ([2, 1], [1, 2]), f"values {newest}; oldest first {oldest}")


@behaviour(service="monitoring", source=f"{GUIDE}/publishingMetrics.html", seconds=SECONDS)
def a_high_resolution_metric_has_values_by_the_second(aws: AwsAccount) -> None:
    """Values of storage resolution 1 can be asked for by the second."""
    name, now = aws.name("metric"), int(time.time()) - 60
    for second, value in ((0, 1), (1, 2)):
        _publish(aws, name, {"Value": value, "StorageResolution": 1, "Timestamp": now + second})
    query = _query("a", name, "Sum", period=1)
    aws.wait_for(
        lambda: _read_data(aws, [{**query, "ReturnData": True}])["a"] == [2, 1], "two values", seconds=SECONDS - 10
    )


@behaviour(service="monitoring", source=f"{API}/API_PutMetricData.html")
def nobody_publishes_in_the_name_of_aws(aws: AwsAccount) -> None:
    """A namespace that begins with AWS/ is refused."""
    publish, data = aws.clients.cloudwatch.put_metric_data, [{"MetricName": "x", "Value": 1.0}]
    expect_refusal(lambda: publish(Namespace="AWS/SQS", MetricData=data), "InvalidParameterValue")


@behaviour(service="monitoring", source=f"{API}/API_MetricDatum.html")
def a_value_of_long_ago_is_refused(aws: AwsAccount) -> None:
    """A value that is older than two weeks is refused."""
    old = time.time() - 15 * 86_400
    expect_refusal(lambda: _publish(aws, aws.name("metric"), {"Value": 1, "Timestamp": old}), "InvalidParameterValue")


def _publish(aws: AwsAccount, name: str, datum: Mapping[str, Any], minutes: int = 2) -> None:
    at = {"Timestamp": time.time() // 60 * 60 - minutes * 60}
    data = [{"MetricName": name, **at, **datum}]
    aws.clients.cloudwatch.put_metric_data(Namespace=aws.target.prefix, MetricData=data)


def _points(aws: AwsAccount, name: str, **wanted: Any) -> list[dict[str, Any]]:
    ask = {"Namespace": aws.target.prefix, "MetricName": name, "Period": 300, **recent_window(), **wanted}

    def read_points() -> list[dict[str, Any]]:
        return list(aws.clients.cloudwatch.get_metric_statistics(**ask)["Datapoints"])

    return aws.wait_for(read_points, f"values of {name}", seconds=SECONDS - 10)


def _query(id_: str, name: str, statistic: str, *, period: int = 60, namespace: str = "") -> dict[str, Any]:
    metric = {"MetricName": name, "Namespace": namespace}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}, "ReturnData": False}


def _read_data(aws: AwsAccount, queries: Sequence[dict[str, Any]], **more: Any) -> dict[str, list[float]]:
    for query in queries:
        query["MetricStat"]["Metric"]["Namespace"] = aws.target.prefix
    found = aws.clients.cloudwatch.get_metric_data(MetricDataQueries=list(queries), **recent_window(), **more)
    return {result["Id"]: list(result["Values"]) for result in found["MetricDataResults"]}
