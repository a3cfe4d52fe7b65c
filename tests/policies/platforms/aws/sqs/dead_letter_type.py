"""Fixtures of AWS-RES-05."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, REDRIVE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"


def pair(source: Any, dead: Any, *, apart: bool = False) -> Stack:
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


def elsewhere(arn: Any, **queue: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", redrivePolicy={"deadLetterTargetArn": arn, "maxReceiveCount": 5}, **queue)
    return stack


def alone() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", fifoQueue=True)
    return stack


STANDARD = "is a standard queue and its dead-letter queue 'orders-dlq' is a FIFO one"

CASES = Cases(
    rule="aws-res-05",
    passing=[
        Passes(partial(pair, None, None)),
        Passes(partial(pair, True, True)),
        Passes(partial(pair, None, False, apart=True)),
        Passes(partial(elsewhere, ELSEWHERE)),
        Passes(partial(elsewhere, f"{ELSEWHERE}.fifo", fifoQueue=True)),
    ],
    failing=[
        Fails(partial(pair, None, True), "orders", STANDARD),
        Fails(partial(pair, False, True, apart=True), "orders", "give it a standard dead-letter queue"),
        Fails(partial(pair, True, None), "orders", "give it a FIFO dead-letter queue"),
        Fails(partial(elsewhere, f"{ELSEWHERE}.fifo"), "orders", "of another stack, is a FIFO one"),
        Fails(partial(elsewhere, ELSEWHERE, fifoQueue=True), "orders", "of another stack, is a standard one"),
    ],
    not_applicable=[alone, partial(elsewhere, "")],
    not_evaluated=[
        (partial(pair, UNKNOWN, None), "fifoQueue is not known"),
        (partial(pair, True, "perhaps"), "fifoQueue is neither true nor false"),
        (partial(elsewhere, UNKNOWN), "deadLetterTargetArn is not known"),
    ],
)
