"""Fixtures of AWS-CST-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, LOG_GROUP
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def group_of_same_name(days: Any = 30, group: str = "/aws/lambda/worker", **inputs: Any) -> Stack:
    """A log group that has the function's name, written out in both."""
    stack = Stack()
    stack.add(LOG_GROUP, "logs", name=group, **({} if days is None else {"retentionInDays": days}), **inputs)
    stack.add(FUNCTION, "worker", name="worker")
    return stack


def group_in_logging_config(days: Any = 30) -> Stack:
    """A log group that the function names."""
    stack = Stack()
    logs = stack.add(LOG_GROUP, "logs", retentionInDays=days)
    stack.add(FUNCTION, "worker", loggingConfig={"logFormat": "JSON", "logGroup": logs.name})
    return stack


def lone_function(**inputs: Any) -> Stack:
    stack = Stack()
    stack.add(FUNCTION, "worker", **inputs)
    return stack


def group_of_nobody() -> Stack:
    stack = Stack()
    stack.add(LOG_GROUP, "audit")
    return stack


def group_of_unknown_name() -> Stack:
    stack = Stack()
    stack.add(LOG_GROUP, "logs", name=UNKNOWN, retentionInDays=30)
    stack.add(FUNCTION, "worker", name="worker")
    return stack


CASES = Cases(
    rule="aws-cst-01",
    passing=[
        PassingCase(group_of_same_name),
        PassingCase(group_in_logging_config),
        PassingCase(partial(group_in_logging_config, 1)),
        PassingCase(partial(group_in_logging_config, 90)),
        PassingCase(partial(group_in_logging_config, 400), settings={"minimumDays": 365, "maximumDays": 400}),
        PassingCase(partial(group_in_logging_config, 365), settings={"minimumDays": 365, "maximumDays": 400}),
    ],
    failing=[
        FailingCase(lone_function, "worker", "it has no log group in this stack"),
        FailingCase(partial(group_of_same_name, group="/aws/lambda/other"), "worker", "add a LogGroup"),
        FailingCase(partial(group_of_same_name, None), "logs", "it keeps events forever; 90 days are the most", 0, 90),
        FailingCase(partial(group_in_logging_config, 0), "logs", "it keeps events forever", 0, 90),
        FailingCase(
            partial(group_in_logging_config, 91), "logs", "it keeps events for 91 days, which must be 1 to 90", 91, 90
        ),
        FailingCase(partial(group_in_logging_config, 0.5), "logs", "must be 1 to 90", 0.5, 1),
        FailingCase(
            partial(group_in_logging_config, 90),
            "logs",
            "must be 365 to 400",
            90,
            365,
            settings={"minimumDays": 365, "maximumDays": 400},
        ),
    ],
    not_applicable=[group_of_nobody],
    not_evaluated=[
        (partial(group_of_same_name, UNKNOWN), "retentionInDays is not known"),
        (partial(lone_function, name=UNKNOWN), "name is not known"),
        (partial(lone_function, loggingConfig={"logGroup": "shared"}), "is not of this stack"),
        (partial(lone_function, loggingConfig=UNKNOWN), "loggingConfig.logGroup is not known"),
        (group_of_unknown_name, "what LogGroup 'logs' refers to by name"),
        (group_of_unknown_name, "where Function 'worker' logs"),
    ],
)
