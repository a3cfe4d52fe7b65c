"""Fixtures of AWS-RES-08."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, INVOKE_CONFIG
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def invoke_config(age: Any = 3_600, retries: Any = 2) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    given = {"maximumEventAgeInSeconds": age, "maximumRetryAttempts": retries}
    given = {name: value for name, value in given.items() if value is not None}
    stack.add(INVOKE_CONFIG, "worker-async", functionName=worker.name, **given)
    return stack


AT = "worker-async"

CASES = Cases(
    rule="aws-res-08",
    passing=[
        PassingCase(invoke_config),
        PassingCase(partial(invoke_config, age=60, retries=0)),
        PassingCase(partial(invoke_config, age=21_600), settings={"maximumAge": 21_600}),
    ],
    failing=[
        FailingCase(partial(invoke_config, age=None), AT, "goes on trying an event for 21600 s", 21_600, 3_600),
        FailingCase(partial(invoke_config, age=3_601), AT, "(3601 s) must be 60 to 3600 s", 3_601, 3_600),
        FailingCase(partial(invoke_config, age=59), AT, "(59 s) must be 60 to 3600 s", 59, 60),
        FailingCase(partial(invoke_config, age=301), AT, "must be 60 to 300 s", 301, 300, settings={"maximumAge": 300}),
        FailingCase(partial(invoke_config, retries=None), AT, "runs a failing event 3 times"),
        FailingCase(partial(invoke_config, retries=3), AT, "(3) must be 0 to 2", 3, 2),
        FailingCase(partial(invoke_config, retries=-1), AT, "(-1) must be 0 to 2", -1, 0),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(invoke_config, age=UNKNOWN), "maximumEventAgeInSeconds is not known"),
        (partial(invoke_config, retries=UNKNOWN), "maximumRetryAttempts is not known"),
        (partial(invoke_config, age="soon"), "maximumEventAgeInSeconds is no number"),
    ],
    healed=[
        (partial(invoke_config, age=None), {"maximumEventAgeInSeconds": 3_600}),
        (partial(invoke_config, retries=None), {"maximumRetryAttempts": 2}),
        (
            partial(invoke_config, age=None, retries=None),
            {"maximumEventAgeInSeconds": 3_600, "maximumRetryAttempts": 2},
        ),
        (invoke_config, {}),
        (partial(invoke_config, age=21_600, retries=3), {}),  # somebody's own numbers
        (partial(invoke_config, age=UNKNOWN, retries=UNKNOWN), {}),
    ],
)
