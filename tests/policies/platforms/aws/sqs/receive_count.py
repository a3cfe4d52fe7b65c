"""Fixtures of AWS-RES-03."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE, REDRIVE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

DEAD = "arn:aws:sqs:us-east-1:111122223333:dead"


def queue_with_redrive(count: Any, *, apart: bool = False, consumed: bool = True) -> Stack:
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


def queue_without_redrive() -> Stack:
    stack = queue_with_redrive(5)
    del stack.made[0].inputs["redrivePolicy"]
    return stack


CASES = Cases(
    rule="aws-res-03",
    passing=[
        PassingCase(partial(queue_with_redrive, 5)),
        PassingCase(partial(queue_with_redrive, 20)),
        PassingCase(partial(queue_with_redrive, 5, apart=True)),
        PassingCase(partial(queue_with_redrive, 3), settings={"minimum": 3}),
        PassingCase(partial(queue_with_redrive, 50), settings={"maximum": 50}),
    ],
    failing=[
        FailingCase(partial(queue_with_redrive, 4), "orders", "maxReceiveCount (4) must be 5 to 20", 4, 5),
        FailingCase(partial(queue_with_redrive, 21), "orders", "maxReceiveCount (21) must be 5 to 20", 21, 20),
        FailingCase(partial(queue_with_redrive, 1, apart=True), "orders", "set it to 5", 1, 5),
        FailingCase(partial(queue_with_redrive, 2), "orders", "must be 3 to 20", 2, 3, settings={"minimum": 3}),
        FailingCase(partial(queue_with_redrive, 51), "orders", "must be 5 to 50", 51, 50, settings={"maximum": 50}),
    ],
    not_applicable=[partial(queue_with_redrive, 1, consumed=False), queue_without_redrive],
    not_evaluated=[
        (partial(queue_with_redrive, UNKNOWN), "maxReceiveCount is not known"),
        (partial(queue_with_redrive, "often"), "maxReceiveCount is no number"),
        (partial(queue_with_redrive, None), "maxReceiveCount is no number"),
        (partial(queue_with_redrive, UNKNOWN, apart=True), "maxReceiveCount is not known"),
    ],
)
