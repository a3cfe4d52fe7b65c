"""Fixtures of AWS-RES-05."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, REDRIVE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"


def queue_pair(source: Any, dead: Any, *, apart: bool = False) -> Stack:
    stack = Stack()
    letters = stack.add(QUEUE, "orders-dlq", **_kind(dead))
    policy = {"deadLetterTargetArn": letters.arn, "maxReceiveCount": 5}
    inline: dict[str, Any] = {} if apart else {"redrivePolicy": policy}
    queue = stack.add(QUEUE, "orders", **_kind(source), **inline)
    if apart:
        stack.add(REDRIVE, "orders", queueUrl=queue.url, redrivePolicy=policy)
    return stack


def _kind(fifo: Any) -> dict[str, Any]:
    return {} if fifo is None else {"fifoQueue": fifo}


def queue_with_foreign_target(arn: Any, **queue: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", redrivePolicy={"deadLetterTargetArn": arn, "maxReceiveCount": 5}, **queue)
    return stack


def lone_queue() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", fifoQueue=True)
    return stack


STANDARD = "is a standard queue and its dead-letter queue 'orders-dlq' is a FIFO one"

CASES = Cases(
    rule="aws-res-05",
    passing=[
        PassingCase(partial(queue_pair, None, None)),
        PassingCase(partial(queue_pair, True, True)),
        PassingCase(partial(queue_pair, None, False, apart=True)),
        PassingCase(partial(queue_with_foreign_target, ELSEWHERE)),
        PassingCase(partial(queue_with_foreign_target, f"{ELSEWHERE}.fifo", fifoQueue=True)),
    ],
    failing=[
        FailingCase(partial(queue_pair, None, True), "orders", STANDARD),
        FailingCase(partial(queue_pair, False, True, apart=True), "orders", "give it a standard dead-letter queue"),
        FailingCase(partial(queue_pair, True, None), "orders", "give it a FIFO dead-letter queue"),
        FailingCase(
            partial(queue_with_foreign_target, f"{ELSEWHERE}.fifo"), "orders", "of another stack, is a FIFO one"
        ),
        FailingCase(
            partial(queue_with_foreign_target, ELSEWHERE, fifoQueue=True),
            "orders",
            "of another stack, is a standard one",
        ),
    ],
    not_applicable=[lone_queue, partial(queue_with_foreign_target, "")],
    not_evaluated=[
        (partial(queue_pair, UNKNOWN, None), "fifoQueue is not known"),
        (partial(queue_pair, True, "perhaps"), "fifoQueue is neither true nor false"),
        (partial(queue_with_foreign_target, UNKNOWN), "deadLetterTargetArn is not known"),
    ],
)
