"""What behaviours of CloudWatch share: alarms, the values that they watch, and who hears of them."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.contract.account import Account
from sandbox.contract.behaviour import expect
from sandbox.providers.aws.clients import code_of

# AWS looks at an alarm with a period of ten seconds every ten seconds; the sandbox also when old values come in.
PERIOD = 10
SECONDS = 100
Values = Mapping[int, float]
"""Values by how many seconds ago they were seen."""


def recently() -> dict[str, float]:
    """A window of the last quarter of an hour, in whole periods of five minutes."""
    end = time.time() // 300 * 300 + 300
    return {"StartTime": end - 900, "EndTime": end}


def alarm_on(aws: Account, **more: Any) -> str:
    """An alarm on the greatest value of ten seconds above 5, under the dimension of its own name."""
    name = aws.name("alarm")
    put(aws, name, **{"MetricName": name, "Statistic": "Maximum", **watched(name), **more})
    return name


def put(aws: Account, name: str, **settings: Any) -> None:
    """Put an alarm; its metrics are in the run's namespace."""
    cloudwatch = aws.clients.cloudwatch
    if "MetricName" in settings:
        settings["Namespace"] = aws.world.prefix
    for query in settings.get("Metrics", ()):
        if "MetricStat" in query:
            query["MetricStat"]["Metric"]["Namespace"] = aws.world.prefix
    usual = {"EvaluationPeriods": 1, "Threshold": 5, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch.put_metric_alarm(AlarmName=name, **{**usual, **settings})
    aws.undo(cloudwatch.delete_alarms, AlarmNames=[name])


def watched(name: str) -> dict[str, Any]:
    """The dimension and period of `alarm_on`."""
    return {"Dimensions": [{"Name": "Alarm", "Value": name}], "Period": PERIOD}


def query(id_: str, name: str, statistic: str) -> dict[str, Any]:
    """A query of metric math for the metric of that name."""
    metric = {"MetricName": name, "Dimensions": [{"Name": "Alarm", "Value": name}]}
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": PERIOD, "Stat": statistic}, "ReturnData": False}


def datum(name: str, ago: int) -> dict[str, Any]:
    """A value of so many seconds ago, without the value."""
    dimensions = [{"Name": "Alarm", "Value": name}]
    return {"MetricName": name, "Dimensions": dimensions, "Timestamp": time.time() - ago, "StorageResolution": 1}


def publish(aws: Account, name: str, values: Values) -> None:
    """Publish values of the metric of that name."""
    data = [{**datum(name, ago), "Value": value} for ago, value in values.items()]
    if data:
        aws.clients.cloudwatch.put_metric_data(Namespace=aws.world.prefix, MetricData=data)


def state_of(aws: Account, alarm: str) -> dict[str, Any]:
    """An alarm as it is described."""
    return dict(aws.clients.cloudwatch.describe_alarms(AlarmNames=[alarm])["MetricAlarms"][0])


def becomes(aws: Account, alarm: str, state: str, values: Values) -> dict[str, Any]:
    """The alarm once it is in a state; the values are published now."""
    publish(aws, alarm, values)

    def reached() -> dict[str, Any] | None:
        found = state_of(aws, alarm)
        return found if found["StateValue"] == state else None

    return aws.eventually(reached, f"alarm in {state}", seconds=SECONDS / 2)


def history(aws: Account, alarm: str) -> list[dict[str, Any]]:
    """The history of an alarm, newest first."""
    return list(aws.clients.cloudwatch.describe_alarm_history(AlarmName=alarm)["AlarmHistoryItems"])


def heard(aws: Account) -> tuple[str, str]:
    """A topic, and a queue that hears it."""
    topic, queue = aws.topic(), aws.queue()
    aws.open_to(queue, "sns")
    aws.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue))
    return topic, queue


def refused(ask: Callable[[], Any], code: str = "ValidationError") -> None:
    """Expect AWS to refuse it."""
    try:
        ask()
    except Exception as error:  # noqa: BLE001 - its code is looked at
        expect(code_of(error) == code, f"it was refused with {code_of(error)}: {error}")
    else:
        expect(False, "it was taken")
