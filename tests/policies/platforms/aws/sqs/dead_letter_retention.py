"""Fixtures of AWS-RES-04."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, REDRIVE
from tests.policies.building import Declaration, Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

DAY = 86_400
MOST = 1_209_600


def queues(source: Any, dead: Any, *, apart: bool = False, fifo: bool = False, second: Any = None) -> Stack:
    stack = Stack()
    kind = {"fifoQueue": True} if fifo else {}
    letters = stack.add(QUEUE, "orders-dlq", **_retention(dead), **kind)
    _source(stack, "orders", source, letters, apart=apart, **kind)
    if second is not None:
        _source(stack, "payments", second, letters, apart=not apart)
    return stack


def _source(stack: Stack, name: str, retention: Any, dead: Declaration, *, apart: bool, **kind: Any) -> None:
    policy = {"deadLetterTargetArn": dead.arn, "maxReceiveCount": 5}
    inline: dict[str, Any] = {} if apart else {"redrivePolicy": policy}
    queue = stack.add(QUEUE, name, **_retention(retention), **kind, **inline)
    if apart:
        stack.add(REDRIVE, name, queueUrl=queue.url, redrivePolicy=policy)


def _retention(seconds: Any) -> dict[str, Any]:
    return {} if seconds is None else {"messageRetentionSeconds": seconds}


def served_from_elsewhere() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders-dlq", messageRetentionSeconds=60)
    return stack


CASES = Cases(
    rule="aws-res-04",
    passing=[
        PassingCase(partial(queues, None, MOST)),
        PassingCase(partial(queues, DAY, DAY + 1)),
        PassingCase(partial(queues, DAY, DAY + 1, apart=True)),
        PassingCase(partial(queues, DAY, DAY + 1, second=DAY)),
        PassingCase(partial(queues, MOST, MOST)),  # more than the most cannot be had
        PassingCase(partial(queues, 4 * DAY - 1, None)),  # the dead-letter queue's own default, 4 days
    ],
    failing=[
        FailingCase(
            partial(queues, DAY, DAY),
            "orders-dlq",
            "retention (86400 s) must be longer than that of 'orders' (86400 s)",
            DAY,
            MOST,
        ),
        FailingCase(
            partial(queues, DAY, DAY, apart=True), "orders-dlq", "set message_retention_seconds to 1209600", DAY, MOST
        ),
        FailingCase(partial(queues, None, None), "orders-dlq", "(345600 s)", 4 * DAY, MOST),
        FailingCase(partial(queues, None, 4 * DAY), "orders-dlq", "'orders' (345600 s)", 4 * DAY, MOST),
        FailingCase(partial(queues, DAY, DAY + 1, second=DAY + 1), "orders-dlq", "'payments'", DAY + 1, MOST),
        FailingCase(partial(queues, DAY + 1, DAY + 1, second=DAY), "orders-dlq", "'orders'", DAY + 1, MOST),
        FailingCase(partial(queues, MOST, MOST - 1), "orders-dlq", "retention (1209599 s)", MOST - 1, MOST),
    ],
    not_applicable=[partial(queues, DAY, DAY, fifo=True), served_from_elsewhere],
    not_evaluated=[
        (partial(queues, UNKNOWN, DAY), "messageRetentionSeconds is not known"),
        (partial(queues, DAY, UNKNOWN), "messageRetentionSeconds is not known"),
        (partial(queues, DAY, 2 * DAY, second=UNKNOWN), "messageRetentionSeconds is not known"),
        (partial(queues, "a day", DAY), "messageRetentionSeconds is no number"),
    ],
)
