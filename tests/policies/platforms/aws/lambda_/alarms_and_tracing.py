"""Fixtures of AWS-OBS-05."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, FUNCTION
from tests.policies.building import Declaration, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

NAMESPACE, RISES = "AWS/Lambda", "GreaterThanOrEqualToThreshold"
ACTIVE: Any = {"mode": "Active"}


def function_with_alarms(
    *metrics: Any, tracing: Any = ACTIVE, alias: bool = False, operator: Any = RISES, name: Any = None
) -> Stack:
    stack, worker = _function(tracing)
    dimensions = {"FunctionName": name or worker.name, **({"Resource": "worker:live"} if alias else {})}
    for i, metric in enumerate(metrics):
        _alarm(stack, i, {"metricName": metric, "namespace": NAMESPACE, "dimensions": dimensions}, operator)
    return stack


def alarms_of_all_functions(*metrics: str, tracing: Any = ACTIVE) -> Stack:
    """Alarms over all functions of the account and region."""
    stack, _ = _function(tracing)
    for i, metric in enumerate(metrics):
        _alarm(stack, i, {"metricName": metric, "namespace": NAMESPACE}, RISES)
    return stack


def alarm_of_sum(*names: str) -> Stack:
    """One alarm over the sum of some metrics of two functions."""
    stack, worker = _function(ACTIVE)
    queries: list[Any] = [
        {
            "id": f"m{i}{j}",
            "metric": {"metricName": n, "namespace": NAMESPACE, "stat": "Sum", "dimensions": {"FunctionName": f}},
        }
        for i, n in enumerate(names)
        for j, f in enumerate((worker.name, "elsewhere"))
    ]
    _alarm(
        stack, 0, {"metricQueries": [*queries, {"id": "e1", "expression": "SUM(METRICS())", "returnData": True}]}, RISES
    )
    return stack


def _function(tracing: Any) -> tuple[Stack, Declaration]:
    stack = Stack()
    return stack, stack.add(FUNCTION, "worker", **({} if tracing is None else {"tracingConfig": tracing}))


def _alarm(stack: Stack, i: int, metric: dict[str, Any], operator: Any) -> None:
    stack.add(ALARM, f"alarm{i}", **metric, comparisonOperator=operator, threshold=1)


BOTH = ("Errors", "Throttles")
CASES = Cases(
    rule="aws-obs-05",
    passing=[
        PassingCase(partial(function_with_alarms, *BOTH)),
        PassingCase(partial(function_with_alarms, *BOTH, alias=True)),
        PassingCase(partial(function_with_alarms, *BOTH, operator="GreaterThanUpperThreshold")),
        PassingCase(partial(alarms_of_all_functions, *BOTH)),
        PassingCase(partial(alarm_of_sum, *BOTH)),
        PassingCase(partial(function_with_alarms, "Errors"), settings={"metrics": ["Errors"]}),
        PassingCase(partial(function_with_alarms, *BOTH, tracing={"mode": "PassThrough"}), settings={"modes": []}),
    ],
    failing=[
        FailingCase(
            partial(function_with_alarms, tracing=ACTIVE),
            "worker",
            "0 of 2 alarms watch it: none of this stack fires on Errors or Throttles; add a MetricAlarm on "
            "Errors and on Throttles",
            0,
            2,
        ),
        FailingCase(
            partial(function_with_alarms, "Errors"),
            "worker",
            "1 of 2 alarms watch it: none of this stack fires on Throttles",
            1,
            2,
        ),
        FailingCase(partial(alarm_of_sum, "Throttles"), "worker", "fires on Errors", 1, 2),
        FailingCase(partial(function_with_alarms, *BOTH, operator="LessThanThreshold"), "worker", "0 of 2", 0, 2),
        FailingCase(partial(function_with_alarms, *BOTH, name="elsewhere"), "worker", "0 of 2", 0, 2),
        FailingCase(partial(alarms_of_all_functions, "Throttles"), "worker", "1 of 2", 1, 2),
        FailingCase(
            partial(function_with_alarms, *BOTH, tracing=None),
            "worker",
            "its calls are not traced: tracingConfig.mode is none of Active",
        ),
        FailingCase(
            partial(function_with_alarms, *BOTH, tracing={"mode": "PassThrough"}),
            "worker",
            "set tracingConfig.mode to Active",
        ),
    ],
    not_applicable=[],
    healed=[
        (partial(function_with_alarms, tracing=None), {"tracingConfig": {"mode": "Active"}}),
        (partial(function_with_alarms, tracing={"mode": "PassThrough"}), {"tracingConfig": {"mode": "Active"}}),
        (partial(function_with_alarms, tracing=ACTIVE), {}),
        (partial(function_with_alarms, tracing={"mode": UNKNOWN}), {}),
    ],
    not_evaluated=[
        (partial(function_with_alarms, UNKNOWN, *BOTH[1:]), "what MetricAlarm 'alarm0' watches"),
        (partial(function_with_alarms, *BOTH, operator=UNKNOWN), "comparisonOperator is not known"),
        (partial(function_with_alarms, *BOTH, tracing={"mode": UNKNOWN}), "tracingConfig.mode is not known"),
    ],
)
