"""Fixtures of AWS-SEC-04."""

from functools import partial

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, ROLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes


def shared(*counts: int) -> Stack:
    """Roles with so many functions each."""
    stack = Stack()
    for i, count in enumerate(counts):
        role = stack.add(ROLE, f"role{i}")
        for j in range(count):
            stack.add(FUNCTION, f"f{i}{j}", role=role.arn)
    return stack


def unknown() -> Stack:
    stack = shared(1)
    stack.add(FUNCTION, "other", role=UNKNOWN)
    return stack


CASES = Cases(
    rule="aws-sec-04",
    passing=[Passes(partial(shared, 1, 1)), Passes(partial(shared, 2), settings={"functions": 2})],
    failing=[
        Fails(partial(shared, 1, 2), "role1", "2 functions have it ('f10', 'f11')", 2, 1),
        Fails(partial(shared, 3), "role0", "at most 2 should", 3, 2, settings={"functions": 2}),
    ],
    not_applicable=[partial(shared, 0)],
    not_evaluated=[(unknown, "what Function 'other' refers to by role")],
)
