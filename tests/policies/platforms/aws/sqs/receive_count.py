"""Fixtures of AWS-RES-03."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE, REDRIVE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

DEAD = "arn:aws:sqs:us-east-1:111122223333:dead"


def redriven(count: Any, *, apart: bool = False, consumed: bool = True) -> Stack:
    stack = Stack()
    policy = {"deadLetterTargetArn": DEAD, **({} if count is None else {"maxReceiveCount": count})}
    inline: dict[str, Any] = {} if apart else {"redrivePolicy": policy}
    orders = stack.add(QUEUE, "orders", **inline)
    if apart:
        stack.add(REDRIVE, "orders", queueUrl=orders.url, redrivePolicy=policy)
    if consumed:
        worker = stack.add(FUNCTION, "worker")
        stack.add(MAPPING, "orders-worker", eventSourceArn=orders.arn, functionName=worker.arn)
    return stack


def without() -> Stack:
    stack = redriven(5)
    del stack.made[0].inputs["redrivePolicy"]
    return stack


CASES = Cases(
    rule="aws-res-03",
    passing=[
        Passes(partial(redriven, 5)),
        Passes(partial(redriven, 20)),
        Passes(partial(redriven, 5, apart=True)),
        Passes(partial(redriven, 3), settings={"minimum": 3}),
        Passes(partial(redriven, 50), settings={"maximum": 50}),
    ],
    failing=[
        Fails(partial(redriven, 4), "orders", "maxReceiveCount (4) must be 5 to 20", 4, 5),
        Fails(partial(redriven, 21), "orders", "maxReceiveCount (21) must be 5 to 20", 21, 20),
        Fails(partial(redriven, 1, apart=True), "orders", "set it to 5", 1, 5),
        Fails(partial(redriven, 2), "orders", "must be 3 to 20", 2, 3, settings={"minimum": 3}),
        Fails(partial(redriven, 51), "orders", "must be 5 to 50", 51, 50, settings={"maximum": 50}),
    ],
    not_applicable=[partial(redriven, 1, consumed=False), without],
    not_evaluated=[
        (partial(redriven, UNKNOWN), "maxReceiveCount is not known"),
        (partial(redriven, "often"), "maxReceiveCount is no number"),
        (partial(redriven, None), "maxReceiveCount is no number"),
        (partial(redriven, UNKNOWN, apart=True), "maxReceiveCount is not known"),
    ],
)
