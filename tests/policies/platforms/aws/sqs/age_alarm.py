"""Fixtures of AWS-OBS-02."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, QUEUE
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase


def queue_with_alarm(threshold: Any = 300, operator: str = "GreaterThanThreshold", **queue: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", **queue)
    metric: Any = {"metricName": "ApproximateAgeOfOldestMessage", "namespace": "AWS/SQS", "statistic": "Maximum"}
    dimensions = {"QueueName": orders.name}
    stack.add(ALARM, "alarm", **metric, dimensions=dimensions, threshold=threshold, comparisonOperator=operator)
    return stack


def lone_queue() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders")
    return stack


def dead_letters() -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    stack.add(QUEUE, "orders", redrivePolicy=Text({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}))
    return stack


def foreign_source() -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead")
    stack.add(
        "aws:sqs/redrivePolicy:RedrivePolicy",
        "redrive",
        queueUrl="x",
        redrivePolicy=Text({"deadLetterTargetArn": dead.arn}),
    )
    return stack


CASES = Cases(
    rule="aws-obs-02",
    passing=[
        PassingCase(queue_with_alarm),
        PassingCase(partial(queue_with_alarm, 300, "GreaterThanOrEqualToThreshold")),
        PassingCase(partial(queue_with_alarm, 60, messageRetentionSeconds=120)),
        PassingCase(partial(queue_with_alarm, 900), settings={"seconds": 900}),
        PassingCase(partial(queue_with_alarm, 90, messageRetentionSeconds=120), settings={"retentionShare": 0.75}),
        PassingCase(partial(queue_with_alarm, 172_800), settings={"seconds": 200_000}),  # half of four days
    ],
    failing=[
        FailingCase(
            lone_queue,
            "orders",
            "no alarm of this stack fires when its oldest message is older than 300 s (kept 345600 s)",
            None,
            300,
        ),
        FailingCase(dead_letters, "orders", "no alarm", None, 300),
        FailingCase(partial(queue_with_alarm, 301), "orders", "a threshold of 300 or less", None, 300),
        FailingCase(
            partial(queue_with_alarm, 61, messageRetentionSeconds=120),
            "orders",
            "older than 60 s (kept 120 s)",
            None,
            60,
        ),
        FailingCase(partial(queue_with_alarm, 60, "LessThanThreshold"), "orders", "no alarm", None, 300),
        FailingCase(partial(queue_with_alarm, 901), "orders", "older than 900 s", None, 900, settings={"seconds": 900}),
        FailingCase(
            partial(queue_with_alarm, 91, messageRetentionSeconds=120),
            "orders",
            "older than 90 s",
            None,
            90,
            settings={"retentionShare": 0.75},
        ),
    ],
    not_applicable=[foreign_source],
    not_evaluated=[
        (partial(queue_with_alarm, UNKNOWN), "threshold is not known"),
        (partial(queue_with_alarm, messageRetentionSeconds=UNKNOWN), "messageRetentionSeconds is not known"),
    ],
)
