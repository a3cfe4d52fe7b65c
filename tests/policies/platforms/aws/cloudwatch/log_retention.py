"""Fixtures of AWS-CST-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, LOG_GROUP
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes


def named(days: Any = 30, group: str = "/aws/lambda/worker", **inputs: Any) -> Stack:
    """A log group that has the function's name, written out in both."""
    stack = Stack()
    stack.add(LOG_GROUP, "logs", name=group, **({} if days is None else {"retentionInDays": days}), **inputs)
    stack.add(FUNCTION, "worker", name="worker")
    return stack


def configured(days: Any = 30) -> Stack:
    """A log group that the function names."""
    stack = Stack()
    logs = stack.add(LOG_GROUP, "logs", retentionInDays=days)
    stack.add(FUNCTION, "worker", loggingConfig={"logFormat": "JSON", "logGroup": logs.name})
    return stack


def alone(**inputs: Any) -> Stack:
    stack = Stack()
    stack.add(FUNCTION, "worker", **inputs)
    return stack


def of_others() -> Stack:
    stack = Stack()
    stack.add(LOG_GROUP, "audit")
    return stack


def beside_unknown() -> Stack:
    stack = Stack()
    stack.add(LOG_GROUP, "logs", name=UNKNOWN, retentionInDays=30)
    stack.add(FUNCTION, "worker", name="worker")
    return stack


CASES = Cases(
    rule="aws-cst-01",
    passing=[
        Passes(named),
        Passes(configured),
        Passes(partial(configured, 1)),
        Passes(partial(configured, 90)),
        Passes(partial(configured, 400), settings={"minimumDays": 365, "maximumDays": 400}),
        Passes(partial(configured, 365), settings={"minimumDays": 365, "maximumDays": 400}),
    ],
    failing=[
        Fails(alone, "worker", "it has no log group in this stack"),
        Fails(partial(named, group="/aws/lambda/other"), "worker", "add a LogGroup"),
        Fails(partial(named, None), "logs", "it keeps events forever; 90 days are the most", 0, 90),
        Fails(partial(configured, 0), "logs", "it keeps events forever", 0, 90),
        Fails(partial(configured, 91), "logs", "it keeps events for 91 days, which must be 1 to 90", 91, 90),
        Fails(partial(configured, 0.5), "logs", "must be 1 to 90", 0.5, 1),
        Fails(
            partial(configured, 90),
            "logs",
            "must be 365 to 400",
            90,
            365,
            settings={"minimumDays": 365, "maximumDays": 400},
        ),
    ],
    not_applicable=[of_others],
    not_evaluated=[
        (partial(named, UNKNOWN), "retentionInDays is not known"),
        (partial(alone, name=UNKNOWN), "name is not known"),
        (partial(alone, loggingConfig={"logGroup": "shared"}), "is not of this stack"),
        (partial(alone, loggingConfig=UNKNOWN), "loggingConfig.logGroup is not known"),
        (beside_unknown, "what LogGroup 'logs' refers to by name"),
        (beside_unknown, "where Function 'worker' logs"),
    ],
)
