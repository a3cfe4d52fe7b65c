"""CloudWatch Logs: patterns, and metrics made of log lines."""

import json
import time
from typing import Any

from sandbox.aws.clients import code_of
from sandbox.aws.contract.fixtures.account import Account
from sandbox.contract.behaviour import behaviour, expect

PATTERNS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"
FILTERS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html"
EMBEDDED = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html"
SECONDS = 200
LINES = (
    json.dumps({"level": "ERROR", "latency": 700, "shelf": "a"}),
    json.dumps({"level": "ERROR", "latency": 100, "shelf": "b"}),
    json.dumps({"level": "INFO", "latency": 900, "shelf": "a"}),
    "ERROR without braces",
)
EMITTER = """
import json, time
def handler(event, context):
    metrics = [{"Name": "sold", "Unit": "Count"}]
    metric = {"Namespace": event["namespace"], "Dimensions": [["shelf"]], "Metrics": metrics}
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [metric]}
    print(json.dumps({"_aws": about, "shelf": event["shelf"], "sold": 3}))
"""


@behaviour(service="logs", source=PATTERNS, seconds=SECONDS)
def a_json_pattern_compares_fields(aws: Account) -> None:
    """A pattern in braces compares fields of JSON lines, by text and by number."""
    found = _matching(aws, '{ $.level = "ERROR" && $.latency >= 500 }')
    expect(found == [LINES[0]], f"it matches {found}")


@behaviour(service="logs", source=PATTERNS, seconds=SECONDS)
def a_json_pattern_knows_or_and_wildcards(aws: Account) -> None:
    """A pattern in braces knows alternatives, parentheses and wildcards."""
    found = _matching(aws, '{ ($.level = "ERR*" || $.latency > 800) && $.shelf != "b" }')
    expect(found == [LINES[0], LINES[2]], f"it matches {found}")


@behaviour(service="logs", source=PATTERNS, seconds=SECONDS)
def terms_are_case_sensitive_and_may_be_excluded(aws: Account) -> None:
    """All terms of a pattern must be in a line as they are written, and none that a minus excludes."""
    found = _matching(aws, "ERROR -latency")
    expect(found == [LINES[3]], f"it matches {found}")
    expect(_matching(aws, "error") == [], "it matches in another case")


@behaviour(service="logs", source=PATTERNS)
def a_pattern_that_is_none_is_refused(aws: Account) -> None:
    """A metric filter whose pattern can't be read is refused."""
    group = _group(aws)
    try:
        _filter(aws, group, "{ $.level = ", {"metricName": "m", "metricNamespace": "n", "metricValue": "1"})
    except Exception as error:  # noqa: BLE001 - its code is looked at
        expect(code_of(error) == "InvalidParameterException", f"it was refused with {code_of(error)}")
    else:
        expect(False, "it was taken")


@behaviour(service="logs", source=FILTERS, seconds=SECONDS)
def a_metric_filter_counts_lines(aws: Account) -> None:
    """A metric filter adds its value to a metric for each line that matches."""
    group, name = _group(aws), aws.name("metric")
    change = {"metricName": name, "metricNamespace": aws.target.prefix, "metricValue": "1"}
    _filter(aws, group, '{ $.level = "ERROR" }', change)
    _write(aws, group)
    expect(_sum(aws, name) == 2, f"the sum is {_sum(aws, name)}")


@behaviour(service="logs", source=FILTERS, seconds=SECONDS)
def a_metric_filter_takes_values_and_dimensions_from_fields(aws: Account) -> None:
    """A metric filter takes its value and its dimensions from fields of a line."""
    group, name = _group(aws), aws.name("metric")
    change = {"metricName": name, "metricNamespace": aws.target.prefix, "metricValue": "$.latency"}
    _filter(aws, group, "{ $.latency = * }", {**change, "dimensions": {"shelf": "$.shelf"}})
    _write(aws, group)
    found = _sum(aws, name, shelf="a")
    expect(found == 1600, f"the sum of shelf a is {found}")


@behaviour(service="logs", source=EMBEDDED, seconds=SECONDS)
def a_line_in_the_embedded_format_is_a_metric(aws: Account) -> None:
    """A line that a function prints in the embedded metric format becomes a metric."""
    function = aws.function(EMITTER)
    shelf = aws.name("shelf")
    aws.invoke(function, {"namespace": aws.target.prefix, "shelf": shelf})
    found = _sum(aws, "sold", shelf=shelf)
    expect(found == 3, f"the sum is {found}")


def _group(aws: Account) -> str:
    group = aws.name("group")
    aws.clients.logs.create_log_group(logGroupName=group)
    aws.undo(aws.clients.logs.delete_log_group, logGroupName=group)
    aws.clients.logs.create_log_stream(logGroupName=group, logStreamName="lines")
    return group


def _write(aws: Account, group: str) -> None:
    now = int(time.time() * 1000)
    events = [{"timestamp": now + index, "message": line} for index, line in enumerate(LINES)]
    aws.clients.logs.put_log_events(logGroupName=group, logStreamName="lines", logEvents=events)


def _filter(aws: Account, group: str, pattern: str, change: dict[str, Any]) -> None:
    aws.clients.logs.put_metric_filter(
        logGroupName=group, filterName="lines", filterPattern=pattern, metricTransformations=[change]
    )


def _matching(aws: Account, pattern: str) -> list[str]:
    group = _group(aws)
    _write(aws, group)
    find = aws.clients.logs.filter_log_events
    aws.eventually(lambda: len(find(logGroupName=group)["events"]) == len(LINES), "all lines", seconds=SECONDS / 4)
    return [event["message"] for event in find(logGroupName=group, filterPattern=pattern)["events"]]


def _sum(aws: Account, name: str, **dimensions: str) -> float:
    """The sum of a metric's values, once there are some."""

    def found() -> list[float]:
        end = time.time() + 60
        points = aws.clients.cloudwatch.get_metric_statistics(
            Namespace=aws.target.prefix,
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=end - 600,
            EndTime=end,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return [point["Sum"] for point in points]

    return sum(aws.eventually(found, f"values of {name}", seconds=SECONDS - 20))
