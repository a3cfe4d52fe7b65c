"""Fixtures of AWS-SCA-07, and tables with autoscaling for those of AWS-SCA-08."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE
from tests.policies.building import Concatenation, Declaration, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

TRACKING = "targetTrackingScalingPolicyConfiguration"


def add_scaling(
    stack: Stack,
    table: Declaration,
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
    place = Concatenation(["table/", table.name, *(["/index/", index] if index else [])])
    facts = {
        "serviceNamespace": "dynamodb",
        "resourceId": place,
        "scalableDimension": f"dynamodb:{'index' if index else 'table'}:{access}CapacityUnits",
    }
    target = stack.add(SCALING_TARGET, name, **facts, minCapacity=bounds[0], maxCapacity=bounds[1])
    if policy:
        passed_on = {key: getattr(target, key) for key in facts} if linked else facts
        metric = {"predefinedMetricType": f"DynamoDB{access}CapacityUtilization"}
        tracking = {"targetValue": value, "predefinedMetricSpecification": metric}
        stack.add(
            SCALING_POLICY, f"{name}-tracking", **passed_on, policyType="TargetTrackingScaling", **{TRACKING: tracking}
        )


def table_with_scaling(mode: Any = None, accesses: Sequence[str] = (), **how: Any) -> Stack:
    stack = Stack()
    table = stack.add(TABLE, "orders", **({} if mode is None else {"billingMode": mode}))
    other = stack.add(TABLE, "other", billingMode="PAY_PER_REQUEST")
    for access in accesses:
        add_scaling(stack, table, access, **how)
    for access in ("Read", "Write"):
        add_scaling(stack, other, access)
    return stack


def scaling_of_index_alone() -> Stack:
    stack = Stack()
    table = stack.add(TABLE, "orders")
    for access in ("Read", "Write"):
        add_scaling(stack, table, access, index="due")
    return stack


def scaling_by_name(**facts: Any) -> Stack:
    stack = Stack()
    stack.add(TABLE, "orders", name="orders")
    target = {"resourceId": "table/orders", "scalableDimension": "dynamodb:table:ReadCapacityUnits", **facts}
    stack.add(SCALING_TARGET, "scaling", serviceNamespace="dynamodb", minCapacity=1, maxCapacity=10, **target)
    return stack


BOTH = ("Read", "Write")
CASES = Cases(
    rule="aws-sca-07",
    passing=[
        PassingCase(partial(table_with_scaling, "PAY_PER_REQUEST")),
        PassingCase(partial(table_with_scaling, "PROVISIONED", BOTH)),
        PassingCase(partial(table_with_scaling, None, BOTH, linked=False)),
    ],
    failing=[
        FailingCase(table_with_scaling, "orders", "0 of 2 scale: read and write capacity", 0, 2),
        FailingCase(
            partial(table_with_scaling, "PROVISIONED", ["Read"]), "orders", "1 of 2 scale: write capacity", 1, 2
        ),
        FailingCase(
            partial(table_with_scaling, "PROVISIONED", ["Write"]), "orders", "1 of 2 scale: read capacity", 1, 2
        ),
        FailingCase(partial(table_with_scaling, None, BOTH, policy=False), "orders", "0 of 2 scale", 0, 2),
        FailingCase(scaling_of_index_alone, "orders", "0 of 2 scale", 0, 2),
    ],
    not_applicable=[],
    not_evaluated=[
        (partial(table_with_scaling, UNKNOWN), "billingMode is not known"),
        (partial(scaling_by_name, resourceId=UNKNOWN), "what Target 'scaling' scales"),
        (partial(scaling_by_name, scalableDimension=UNKNOWN), "what Target 'scaling' scales"),
    ],
)
