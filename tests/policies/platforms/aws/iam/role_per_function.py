"""Fixtures of AWS-SEC-04."""

from functools import partial

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, ROLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def roles(*counts: int) -> Stack:
    """Roles with so many functions each."""
    stack = Stack()
    for i, count in enumerate(counts):
        role = stack.add(ROLE, f"role{i}")
        for j in range(count):
            stack.add(FUNCTION, f"f{i}{j}", role=role.arn)
    return stack


def function_with_unknown_role() -> Stack:
    stack = roles(1)
    stack.add(FUNCTION, "other", role=UNKNOWN)
    return stack


CASES = Cases(
    rule="aws-sec-04",
    passing=[PassingCase(partial(roles, 1, 1)), PassingCase(partial(roles, 2), settings={"functions": 2})],
    failing=[
        FailingCase(partial(roles, 1, 2), "role1", "2 functions have it ('f10', 'f11')", 2, 1),
        FailingCase(partial(roles, 3), "role0", "at most 2 should", 3, 2, settings={"functions": 2}),
    ],
    not_applicable=[partial(roles, 0)],
    not_evaluated=[(function_with_unknown_role, "what Function 'other' refers to by role")],
)
