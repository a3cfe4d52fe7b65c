"""Fixtures of AWS-RES-11."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

ON, OFF = {"enabled": True}, {"enabled": False}


def kept(recovery: Any = None, deletion: Any = None, *, protect: bool = False) -> Stack:
    stack = Stack()
    said = {"pointInTimeRecovery": recovery, "deletionProtectionEnabled": deletion}
    given = {name: value for name, value in said.items() if value is not None}
    stack.add(TABLE, "orders", protect=protect, **given)
    return stack


RECOVERY = {"pointInTimeRecovery": ON}
PROTECTION = {"deletionProtectionEnabled": True}
CASES = Cases(
    rule="aws-res-11",
    passing=[
        Passes(partial(kept, ON, True)),
        Passes(partial(kept, ON, protect=True)),
        Passes(partial(kept, ON, False, protect=True)),
        Passes(partial(kept, ON, False), settings={"safeguards": ["recovery"]}),
        Passes(partial(kept, OFF, True), settings={"safeguards": ["protection"]}),
        Passes(kept, settings={"safeguards": []}),
    ],
    failing=[
        Fails(partial(kept, None, True), "orders", "point-in-time recovery is off"),
        Fails(partial(kept, OFF, True), "orders", "set point_in_time_recovery to {'enabled': True}"),
        Fails(partial(kept, OFF, protect=True), "orders", "point-in-time recovery is off"),
        Fails(partial(kept, ON), "orders", "nothing keeps it from being deleted"),
        Fails(partial(kept, ON, False), "orders", "protect=True in its resource options"),
        Fails(kept, "orders", "point-in-time recovery", settings={"safeguards": ["recovery"]}),
        Fails(kept, "orders", "being deleted", settings={"safeguards": ["protection"]}),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(kept, UNKNOWN, True), "pointInTimeRecovery.enabled is not known"),
        (partial(kept, {"enabled": UNKNOWN}, True), "pointInTimeRecovery.enabled is not known"),
        (partial(kept, ON, UNKNOWN), "deletionProtectionEnabled is not known"),
    ],
    healed=[
        (kept, RECOVERY | PROTECTION),
        (partial(kept, ON), PROTECTION),
        (partial(kept, None, True), RECOVERY),
        (partial(kept, protect=True), RECOVERY),
        (partial(kept, OFF, False), {}),  # somebody said so
        (partial(kept, UNKNOWN, UNKNOWN), {}),
        (partial(kept, ON, True), {}),
    ],
)
