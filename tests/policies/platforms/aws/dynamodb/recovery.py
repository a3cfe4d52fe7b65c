"""Fixtures of AWS-RES-11."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

ON, OFF = {"enabled": True}, {"enabled": False}


def table(recovery: Any = None, deletion: Any = None, *, protect: bool = False) -> Stack:
    stack = Stack()
    facts = {"pointInTimeRecovery": recovery, "deletionProtectionEnabled": deletion}
    given = {name: value for name, value in facts.items() if value is not None}
    stack.add(TABLE, "orders", protect=protect, **given)
    return stack


RECOVERY = {"pointInTimeRecovery": ON}
PROTECTION = {"deletionProtectionEnabled": True}
CASES = Cases(
    rule="aws-res-11",
    passing=[
        PassingCase(partial(table, ON, True)),
        PassingCase(partial(table, ON, protect=True)),
        PassingCase(partial(table, ON, False, protect=True)),
        PassingCase(partial(table, ON, False), settings={"safeguards": ["recovery"]}),
        PassingCase(partial(table, OFF, True), settings={"safeguards": ["protection"]}),
        PassingCase(table, settings={"safeguards": []}),
    ],
    failing=[
        FailingCase(partial(table, None, True), "orders", "point-in-time recovery is off"),
        FailingCase(partial(table, OFF, True), "orders", "set point_in_time_recovery to {'enabled': True}"),
        FailingCase(partial(table, OFF, protect=True), "orders", "point-in-time recovery is off"),
        FailingCase(partial(table, ON), "orders", "nothing keeps it from being deleted"),
        FailingCase(partial(table, ON, False), "orders", "protect=True in its resource options"),
        FailingCase(table, "orders", "point-in-time recovery", settings={"safeguards": ["recovery"]}),
        FailingCase(table, "orders", "being deleted", settings={"safeguards": ["protection"]}),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(table, UNKNOWN, True), "pointInTimeRecovery.enabled is not known"),
        (partial(table, {"enabled": UNKNOWN}, True), "pointInTimeRecovery.enabled is not known"),
        (partial(table, ON, UNKNOWN), "deletionProtectionEnabled is not known"),
    ],
    healed=[
        (table, RECOVERY | PROTECTION),
        (partial(table, ON), PROTECTION),
        (partial(table, None, True), RECOVERY),
        (partial(table, protect=True), RECOVERY),
        (partial(table, OFF, False), {}),  # somebody said so
        (partial(table, UNKNOWN, UNKNOWN), {}),
        (partial(table, ON, True), {}),
    ],
)
