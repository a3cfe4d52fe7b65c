"""Fixtures of AWS-SCA-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def functions(*shares: Any) -> Stack:
    stack = Stack()
    for i, share in enumerate(shares):
        stack.add(FUNCTION, f"f{i}", **({} if share is None else {"reservedConcurrentExecutions": share}))
    return stack


CASES = Cases(
    rule="aws-sca-01",
    passing=[
        PassingCase(partial(functions, 500, 400, -1, None)),
        PassingCase(partial(functions, 9), settings={"accountLimit": 10, "unreservedFloor": 1}),
    ],
    failing=[
        FailingCase(partial(functions, 400, 501, -1, None), "f1", "reserve 901 concurrent executions", 901, 900),
        FailingCase(partial(functions, 1), "f0", "leave 0 above", 1, 0, settings={"accountLimit": 50}),
    ],
    not_applicable=[],
    not_evaluated=[(partial(functions, 500, UNKNOWN), "reservedConcurrentExecutions is not known")],
)
