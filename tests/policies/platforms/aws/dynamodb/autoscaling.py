"""Fixtures of AWS-SCA-07, and tables with autoscaling for those of AWS-SCA-08."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE
from tests.policies.building import Joined, Made, Stack
from tests.policies.cases import Cases, Fails, Passes

TRACKING = "targetTrackingScalingPolicyConfiguration"


def scale(
    stack: Stack,
    table: Made,
    access: str,
    *,
    index: str = "",
    policy: bool = True,
    linked: bool = True,
    value: Any = 70,
    bounds: tuple[Any, Any] = (1, 10),
) -> None:
    """A scalable target of a table or an index and, by what it says or by what the program says, its policy."""
    name = f"{table.called}-{index or 'table'}-{access.lower()}"
    place = Joined(["table/", table.name, *(["/index/", index] if index else [])])
    said = {
        "serviceNamespace": "dynamodb",
        "resourceId": place,
        "scalableDimension": f"dynamodb:{'index' if index else 'table'}:{access}CapacityUnits",
    }
    target = stack.add(SCALING_TARGET, name, **said, minCapacity=bounds[0], maxCapacity=bounds[1])
    if policy:
        passed_on = {key: getattr(target, key) for key in said} if linked else said
        metric = {"predefinedMetricType": f"DynamoDB{access}CapacityUtilization"}
        tracking = {"targetValue": value, "predefinedMetricSpecification": metric}
        stack.add(
            SCALING_POLICY, f"{name}-tracking", **passed_on, policyType="TargetTrackingScaling", **{TRACKING: tracking}
        )


def billed(mode: Any = None, accesses: Sequence[str] = (), **how: Any) -> Stack:
    stack = Stack()
    table = stack.add(TABLE, "orders", **({} if mode is None else {"billingMode": mode}))
    other = stack.add(TABLE, "other", billingMode="PAY_PER_REQUEST")
    for access in accesses:
        scale(stack, table, access, **how)
    for access in ("Read", "Write"):
        scale(stack, other, access)
    return stack


def index_only() -> Stack:
    stack = Stack()
    table = stack.add(TABLE, "orders")
    for access in ("Read", "Write"):
        scale(stack, table, access, index="due")
    return stack


def detached(**said: Any) -> Stack:
    stack = Stack()
    stack.add(TABLE, "orders", name="orders")
    told = {"resourceId": "table/orders", "scalableDimension": "dynamodb:table:ReadCapacityUnits", **said}
    stack.add(SCALING_TARGET, "scaling", serviceNamespace="dynamodb", minCapacity=1, maxCapacity=10, **told)
    return stack


BOTH = ("Read", "Write")
CASES = Cases(
    rule="aws-sca-07",
    passing=[
        Passes(partial(billed, "PAY_PER_REQUEST")),
        Passes(partial(billed, "PROVISIONED", BOTH)),
        Passes(partial(billed, None, BOTH, linked=False)),
    ],
    failing=[
        Fails(billed, "orders", "0 of 2 scale: read and write capacity", 0, 2),
        Fails(partial(billed, "PROVISIONED", ["Read"]), "orders", "1 of 2 scale: write capacity", 1, 2),
        Fails(partial(billed, "PROVISIONED", ["Write"]), "orders", "1 of 2 scale: read capacity", 1, 2),
        Fails(partial(billed, None, BOTH, policy=False), "orders", "0 of 2 scale", 0, 2),
        Fails(index_only, "orders", "0 of 2 scale", 0, 2),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(billed, UNKNOWN), "billingMode is not known"),
        (partial(detached, resourceId=UNKNOWN), "what Target 'scaling' scales"),
        (partial(detached, scalableDimension=UNKNOWN), "what Target 'scaling' scales"),
    ],
)
