"""Fixtures of AWS-SCA-08."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import SCALING_POLICY, SCALING_TARGET, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase
from tests.policies.platforms.aws.dynamodb.autoscaling import BOTH, TRACKING, add_scaling


def table_with_indexes(indexes: Mapping[str, Sequence[str]], own: Sequence[str] = BOTH, **table: Any) -> Stack:
    """A table that scales `own`, and indexes with what each scales."""
    stack = Stack()
    names = [{"name": name} for name in indexes]
    orders = stack.add(TABLE, "orders", **{"globalSecondaryIndexes": names, **table})
    for access in own:
        add_scaling(stack, orders, access)
    for index, accesses in indexes.items():
        for access in accesses:
            add_scaling(stack, orders, access, index=index)
    return stack


def one_target(value: Any = 70, bounds: tuple[Any, Any] = (1, 10)) -> Stack:
    stack = Stack()
    add_scaling(stack, stack.add(TABLE, "orders"), "Read", value=value, bounds=bounds)
    return stack


def scaling_of_other_services() -> Stack:
    stack = Stack()
    facts = {"serviceNamespace": "ecs", "resourceId": "service/a/b", "scalableDimension": "ecs:service:DesiredCount"}
    stack.add(SCALING_TARGET, "service", **facts, minCapacity=2, maxCapacity=2)
    cpu = {"predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}}
    stack.add(
        SCALING_POLICY, "cpu", **facts, policyType="TargetTrackingScaling", **{TRACKING: {"targetValue": 5, **cpu}}
    )
    own = {"customizedMetricSpecification": {"metricName": "Backlog"}, "targetValue": 1_000}
    stack.add(SCALING_POLICY, "own", **facts, policyType="TargetTrackingScaling", **{TRACKING: own})
    stack.add(SCALING_POLICY, "steps", **facts, policyType="StepScaling", stepScalingPolicyConfiguration={})
    return stack


CASES = Cases(
    rule="aws-sca-08",
    passing=[
        PassingCase(partial(table_with_indexes, {"due": BOTH, "customer": BOTH})),
        PassingCase(partial(table_with_indexes, {"due": ["Write"]}, own=["Write"])),
        # On demand: what once scaled it is left over, and its index needs none.
        PassingCase(partial(table_with_indexes, {"due": ["Read"]}, billingMode="PAY_PER_REQUEST")),
        PassingCase(partial(one_target, 20)),
        PassingCase(partial(one_target, 80)),
        PassingCase(partial(one_target, 90), settings={"late": 90}),
        PassingCase(partial(one_target, bounds=(1, 2))),
    ],
    failing=[
        FailingCase(
            partial(table_with_indexes, {"customer": BOTH, "due": ["Read"]}),
            "orders",
            "globalSecondaryIndexes[1] scales 1 of the 2 capacities",
            1,
            2,
        ),
        FailingCase(
            partial(table_with_indexes, {"due": []}), "orders", "globalSecondaryIndexes[0] scales 0 of the 2", 0, 2
        ),
        FailingCase(partial(table_with_indexes, {"due": ["Read"]}, own=["Write"]), "orders", "scales 0 of the 1", 0, 1),
        FailingCase(
            partial(one_target, 19),
            "orders-table-read-tracking",
            "(19 %) must be 20 to 90 %; set target_value to 20",
            19,
            20,
        ),
        FailingCase(partial(one_target, 91), "orders-table-read-tracking", "(91 %) must be 20 to 90 %", 91, 90),
        FailingCase(partial(one_target, 81), "orders-table-read-tracking", "(81 %) leaves 19 %", 81, 80, "low"),
        FailingCase(partial(one_target, 90), "orders-table-read-tracking", "above 80 % bursts", 90, 80, "low"),
        FailingCase(
            partial(one_target, 49),
            "orders-table-read-tracking",
            "50 to 60 %",
            49,
            50,
            settings={"lowest": 50, "highest": 60},
        ),
        FailingCase(
            partial(one_target, 71), "orders-table-read-tracking", "to 70 or less", 71, 70, "low", settings={"late": 70}
        ),
        FailingCase(partial(one_target, bounds=(5, 5)), "orders-table-read", "(5) must be above the minimum (5)", 5, 6),
        FailingCase(partial(one_target, bounds=(5, 4)), "orders-table-read", "more than 5", 4, 6),
    ],
    not_applicable=[
        scaling_of_other_services,
        partial(table_with_indexes, {}, own=[]),
        partial(table_with_indexes, {"due": []}, own=[]),  # the table itself does not scale: AWS-SCA-07
        partial(table_with_indexes, {"due": []}, own=[], billingMode="PAY_PER_REQUEST"),
    ],
    not_evaluated=[
        # The table scales by what its policies pass on; only which index is scaled, nobody can tell.
        (
            partial(table_with_indexes, {"due": BOTH}, name=UNKNOWN),
            "what Target 'orders-due-read' scales: resourceId is not known",
        ),
        (partial(one_target, UNKNOWN), "targetValue is not known"),
        (partial(one_target, bounds=(1, UNKNOWN)), "maxCapacity is not known"),
        (partial(one_target, bounds=(UNKNOWN, 9)), "minCapacity is not known"),
        (
            partial(table_with_indexes, {"due": BOTH}, globalSecondaryIndexes=UNKNOWN),
            "globalSecondaryIndexes is not known",
        ),
        (
            partial(table_with_indexes, {"due": BOTH}, globalSecondaryIndexes=[{"name": UNKNOWN}]),
            "[0].name is not known",
        ),
    ],
)
