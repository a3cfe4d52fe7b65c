"""Fixtures of AWS-OBS-05."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALARM, FUNCTION
from tests.policies.building import Made, Stack
from tests.policies.cases import Cases, Fails, Passes

NAMESPACE, RISES = "AWS/Lambda", "GreaterThanOrEqualToThreshold"
ACTIVE: Any = {"mode": "Active"}


def watched(
    *metrics: Any, tracing: Any = ACTIVE, alias: bool = False, operator: Any = RISES, name: Any = None
) -> Stack:
    stack, worker = _function(tracing)
    dimensions = {"FunctionName": name or worker.name, **({"Resource": "worker:live"} if alias else {})}
    for i, metric in enumerate(metrics):
        _alarm(stack, i, {"metricName": metric, "namespace": NAMESPACE, "dimensions": dimensions}, operator)
    return stack


def together(*metrics: str, tracing: Any = ACTIVE) -> Stack:
    """Alarms over all functions of the account and region."""
    stack, _ = _function(tracing)
    for i, metric in enumerate(metrics):
        _alarm(stack, i, {"metricName": metric, "namespace": NAMESPACE}, RISES)
    return stack


def summed(*names: str) -> Stack:
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


def _function(tracing: Any) -> tuple[Stack, Made]:
    stack = Stack()
    return stack, stack.add(FUNCTION, "worker", **({} if tracing is None else {"tracingConfig": tracing}))


def _alarm(stack: Stack, i: int, metric: dict[str, Any], operator: Any) -> None:
    stack.add(ALARM, f"alarm{i}", **metric, comparisonOperator=operator, threshold=1)


BOTH = ("Errors", "Throttles")
CASES = Cases(
    rule="aws-obs-05",
    passing=[
        Passes(partial(watched, *BOTH)),
        Passes(partial(watched, *BOTH, alias=True)),
        Passes(partial(watched, *BOTH, operator="GreaterThanUpperThreshold")),
        Passes(partial(together, *BOTH)),
        Passes(partial(summed, *BOTH)),
        Passes(partial(watched, "Errors"), settings={"metrics": ["Errors"]}),
        Passes(partial(watched, *BOTH, tracing={"mode": "PassThrough"}), settings={"modes": []}),
    ],
    failing=[
        Fails(
            partial(watched, tracing=ACTIVE),
            "worker",
            "0 of 2 alarms watch it: none of this stack fires on Errors or Throttles; add a MetricAlarm on "
            "Errors and on Throttles",
            0,
            2,
        ),
        Fails(
            partial(watched, "Errors"), "worker", "1 of 2 alarms watch it: none of this stack fires on Throttles", 1, 2
        ),
        Fails(partial(summed, "Throttles"), "worker", "fires on Errors", 1, 2),
        Fails(partial(watched, *BOTH, operator="LessThanThreshold"), "worker", "0 of 2", 0, 2),
        Fails(partial(watched, *BOTH, name="elsewhere"), "worker", "0 of 2", 0, 2),
        Fails(partial(together, "Throttles"), "worker", "1 of 2", 1, 2),
        Fails(
            partial(watched, *BOTH, tracing=None),
            "worker",
            "its calls are not traced: tracingConfig.mode is none of Active",
        ),
        Fails(partial(watched, *BOTH, tracing={"mode": "PassThrough"}), "worker", "set tracingConfig.mode to Active"),
    ],
    not_applicable=[],
    healed=[
        (partial(watched, tracing=None), {"tracingConfig": {"mode": "Active"}}),
        (partial(watched, tracing={"mode": "PassThrough"}), {"tracingConfig": {"mode": "Active"}}),
        (partial(watched, tracing=ACTIVE), {}),
        (partial(watched, tracing={"mode": UNKNOWN}), {}),
    ],
    not_evaluated=[
        (partial(watched, UNKNOWN, *BOTH[1:]), "what MetricAlarm 'alarm0' watches"),
        (partial(watched, *BOTH, operator=UNKNOWN), "comparisonOperator is not known"),
        (partial(watched, *BOTH, tracing={"mode": UNKNOWN}), "tracingConfig.mode is not known"),
    ],
)
