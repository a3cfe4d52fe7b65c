"""Fixtures of AWS-SCA-08."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes
from tests.policies.platforms.aws.dynamodb.autoscaling import BOTH, TRACKING, scale


def indexed(indexes: Mapping[str, Sequence[str]], own: Sequence[str] = BOTH, **table: Any) -> Stack:
    """A table that scales `own`, and indexes with what each scales."""
    stack = Stack()
    names = [{"name": name} for name in indexes]
    orders = stack.add(TABLE, "orders", **{"globalSecondaryIndexes": names, **table})
    for access in own:
        scale(stack, orders, access)
    for index, accesses in indexes.items():
        for access in accesses:
            scale(stack, orders, access, index=index)
    return stack


def one(value: Any = 70, bounds: tuple[Any, Any] = (1, 10)) -> Stack:
    stack = Stack()
    scale(stack, stack.add(TABLE, "orders"), "Read", value=value, bounds=bounds)
    return stack


def others() -> Stack:
    stack = Stack()
    said = {"serviceNamespace": "ecs", "resourceId": "service/a/b", "scalableDimension": "ecs:service:DesiredCount"}
    stack.add(SCALING_TARGET, "service", **said, minCapacity=2, maxCapacity=2)
    cpu = {"predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    stack.add(
        SCALING_POLICY, "cpu", **said, policyType="TargetTrackingScaling", **{TRACKING: {"targetValue": 5, **cpu}}
    )
    own = {"customizedMetricSpecification": {"metricName": "Backlog"}, "targetValue": 1_000}
    stack.add(SCALING_POLICY, "own", **said, policyType="TargetTrackingScaling", **{TRACKING: own})
    stack.add(SCALING_POLICY, "steps", **said, policyType="StepScaling", stepScalingPolicyConfiguration={})
    return stack


CASES = Cases(
    rule="aws-sca-08",
    passing=[
        Passes(partial(indexed, {"due": BOTH, "customer": BOTH})),
        Passes(partial(indexed, {"due": ["Write"]}, own=["Write"])),
        # On demand: what once scaled it is left over, and its index needs none.
        Passes(partial(indexed, {"due": ["Read"]}, billingMode="PAY_PER_REQUEST")),
        Passes(partial(one, 20)),
        Passes(partial(one, 80)),
        Passes(partial(one, 90), settings={"late": 90}),
        Passes(partial(one, bounds=(1, 2))),
    ],
    failing=[
        Fails(
            partial(indexed, {"customer": BOTH, "due": ["Read"]}),
            "orders",
            "globalSecondaryIndexes[1] scales 1 of the 2 capacities",
            1,
            2,
        ),
        Fails(partial(indexed, {"due": []}), "orders", "globalSecondaryIndexes[0] scales 0 of the 2", 0, 2),
        Fails(partial(indexed, {"due": ["Read"]}, own=["Write"]), "orders", "scales 0 of the 1", 0, 1),
        Fails(
            partial(one, 19), "orders-table-read-tracking", "(19 %) must be 20 to 90 %; set target_value to 20", 19, 20
        ),
        Fails(partial(one, 91), "orders-table-read-tracking", "(91 %) must be 20 to 90 %", 91, 90),
        Fails(partial(one, 81), "orders-table-read-tracking", "(81 %) leaves 19 %", 81, 80, "low"),
        Fails(partial(one, 90), "orders-table-read-tracking", "above 80 % bursts", 90, 80, "low"),
        Fails(
            partial(one, 49), "orders-table-read-tracking", "50 to 60 %", 49, 50, settings={"lowest": 50, "highest": 60}
        ),
        Fails(partial(one, 71), "orders-table-read-tracking", "to 70 or less", 71, 70, "low", settings={"late": 70}),
        Fails(partial(one, bounds=(5, 5)), "orders-table-read", "(5) must be above the minimum (5)", 5, 6),
        Fails(partial(one, bounds=(5, 4)), "orders-table-read", "more than 5", 4, 6),
    ],
    not_applicable=[
        others,
        partial(indexed, {}, own=[]),
        partial(indexed, {"due": []}, own=[]),  # the table itself does not scale: AWS-SCA-07
        partial(indexed, {"due": []}, own=[], billingMode="PAY_PER_REQUEST"),
    ],
    not_evaluated=[
        # The table scales by what its policies pass on; only which index is scaled, nobody can tell.
        (
            partial(indexed, {"due": BOTH}, name=UNKNOWN),
            "what Target 'orders-due-read' scales: resourceId is not known",
        ),
        (partial(one, UNKNOWN), "targetValue is not known"),
        (partial(one, bounds=(1, UNKNOWN)), "maxCapacity is not known"),
        (partial(one, bounds=(UNKNOWN, 9)), "minCapacity is not known"),
        (partial(indexed, {"due": BOTH}, globalSecondaryIndexes=UNKNOWN), "globalSecondaryIndexes is not known"),
        (partial(indexed, {"due": BOTH}, globalSecondaryIndexes=[{"name": UNKNOWN}]), "[0].name is not known"),
    ],
)
