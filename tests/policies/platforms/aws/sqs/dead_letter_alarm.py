"""Fixtures of AWS-OBS-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, QUEUE, TARGET
from tests.policies.building import Ref, Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase

NAMESPACE, METRIC = "AWS/SQS", "ApproximateNumberOfMessagesVisible"
AT_LEAST, MORE = "GreaterThanOrEqualToThreshold", "GreaterThanThreshold"


def dead_letters() -> tuple[Stack, Ref]:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    stack.add(QUEUE, "orders", redrivePolicy=Text({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}))
    return stack, dead.name


def queue_with_alarm(threshold: Any = 1, operator: Any = AT_LEAST, name: Any = None, **inputs: Any) -> Stack:
    stack, dead = dead_letters()
    given = {"metricName": METRIC, "namespace": NAMESPACE, "statistic": "Maximum", **inputs}
    dimensions = {"QueueName": name or dead}
    stack.add(ALARM, "alarm", **given, dimensions=dimensions, threshold=threshold, comparisonOperator=operator)
    return stack


def queue_without_alarm() -> Stack:
    return dead_letters()[0]


def queue_of_target() -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    stack.add(TARGET, "target", arn="arn:aws:lambda:elsewhere", deadLetterConfig={"arn": dead.arn})
    return stack


def queue_with_computed_alarm(*queries: dict[str, Any], threshold: Any = 1, stat: str = "Maximum") -> Stack:
    """An alarm over metric math; `m1` is the queue's depth, `m2` another's."""
    stack, dead = dead_letters()
    depths = [
        {
            "id": id_,
            "metric": {"metricName": METRIC, "namespace": NAMESPACE, "stat": stat, "dimensions": {"QueueName": n}},
        }
        for id_, n in (("m1", dead), ("m2", "elsewhere"))
    ]
    given = {"threshold": threshold, "comparisonOperator": AT_LEAST}
    stack.add(ALARM, "alarm", metricQueries=[*depths, *queries], **given)
    return stack


def math(expression: Any, id_: str = "e1", *, returned: bool = True) -> dict[str, Any]:
    return {"id": id_, "expression": expression, "returnData": returned}


def lone_queue() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders")
    return stack


CASES = Cases(
    rule="aws-obs-01",
    passing=[
        PassingCase(queue_with_alarm),
        PassingCase(partial(queue_with_alarm, 0, MORE)),
        PassingCase(partial(queue_with_alarm, 0.5, MORE)),
        PassingCase(partial(queue_with_alarm, 10), settings={"messages": 10}),
        PassingCase(partial(queue_with_computed_alarm, math("SUM(METRICS())"))),
        PassingCase(partial(queue_with_computed_alarm, math("m1 + m2"))),
        PassingCase(
            partial(queue_with_computed_alarm, math("MAX([e2, m2])"), math("FILL(m1, 0)", "e2", returned=False))
        ),
    ],
    failing=[
        FailingCase(
            queue_without_alarm,
            "dead",
            "no alarm of this stack fires when 1 dead letter waits in it; add a MetricAlarm on "
            "ApproximateNumberOfMessagesVisible with its QueueName, GreaterThanOrEqualToThreshold 1",
            None,
            1,
        ),
        FailingCase(queue_of_target, "dead", "no alarm of this stack", None, 1),
        FailingCase(partial(queue_with_alarm, 2), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, 1, MORE), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, 0, "LessThanOrEqualToThreshold"), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, name="elsewhere"), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, metricName="NumberOfMessagesSent"), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, namespace="Shop"), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, statistic="SampleCount"), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_alarm, 11), "dead", "10 dead letters wait", None, 10, settings={"messages": 10}),
        FailingCase(partial(queue_with_computed_alarm, math("m2")), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_computed_alarm, math("m1 + m2"), threshold=2), "dead", "no alarm", None, 1),
        FailingCase(partial(queue_with_computed_alarm, math("m1"), stat="SampleCount"), "dead", "no alarm", None, 1),
        FailingCase(
            partial(queue_with_computed_alarm, math("m1", returned=False), math("m2", "e2")),
            "dead",
            "no alarm",
            None,
            1,
        ),
    ],
    not_applicable=[lone_queue],
    not_evaluated=[
        (partial(queue_with_alarm, UNKNOWN), "threshold is not known"),
        (partial(queue_with_alarm, operator=UNKNOWN), "comparisonOperator is not known"),
        (partial(queue_with_alarm, metricName=UNKNOWN), "what MetricAlarm 'alarm' watches"),
        (partial(queue_with_alarm, name=UNKNOWN), "dimensions.QueueName is not known"),
        (partial(queue_with_computed_alarm, math("m1 - m2")), "is more than sums and maxima"),
        (partial(queue_with_computed_alarm, math('SELECT MAX(x) FROM "AWS/SQS"')), "expression is a query of its own"),
        (partial(queue_with_computed_alarm, math(UNKNOWN)), "expression is not known"),
    ],
)
