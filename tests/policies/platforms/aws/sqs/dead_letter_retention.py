"""Fixtures of AWS-RES-04."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, REDRIVE
from tests.policies.building import Made, Stack
from tests.policies.cases import Cases, Fails, Passes

DAY = 86_400
MOST = 1_209_600


def kept(source: Any, dead: Any, *, apart: bool = False, fifo: bool = False, second: Any = None) -> Stack:
    stack = Stack()
    kind = {"fifoQueue": True} if fifo else {}
    letters = stack.add(QUEUE, "orders-dlq", **_retention(dead), **kind)
    _source(stack, "orders", source, letters, apart=apart, **kind)
    if second is not None:
        _source(stack, "payments", second, letters, apart=not apart)
    return stack


def _source(stack: Stack, name: str, retention: Any, dead: Made, *, apart: bool, **kind: Any) -> None:
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
        Passes(partial(kept, None, MOST)),
        Passes(partial(kept, DAY, DAY + 1)),
        Passes(partial(kept, DAY, DAY + 1, apart=True)),
        Passes(partial(kept, DAY, DAY + 1, second=DAY)),
        Passes(partial(kept, MOST, MOST)),  # more than the most cannot be had
        Passes(partial(kept, 4 * DAY - 1, None)),  # the dead-letter queue's own default, 4 days
    ],
    failing=[
        Fails(
            partial(kept, DAY, DAY),
            "orders-dlq",
            "retention (86400 s) must be longer than that of 'orders' (86400 s)",
            DAY,
            MOST,
        ),
        Fails(partial(kept, DAY, DAY, apart=True), "orders-dlq", "set message_retention_seconds to 1209600", DAY, MOST),
        Fails(partial(kept, None, None), "orders-dlq", "(345600 s)", 4 * DAY, MOST),
        Fails(partial(kept, None, 4 * DAY), "orders-dlq", "'orders' (345600 s)", 4 * DAY, MOST),
        Fails(partial(kept, DAY, DAY + 1, second=DAY + 1), "orders-dlq", "'payments'", DAY + 1, MOST),
        Fails(partial(kept, DAY + 1, DAY + 1, second=DAY), "orders-dlq", "'orders'", DAY + 1, MOST),
        Fails(partial(kept, MOST, MOST - 1), "orders-dlq", "retention (1209599 s)", MOST - 1, MOST),
    ],
    not_applicable=[partial(kept, DAY, DAY, fifo=True), served_from_elsewhere],
    not_evaluated=[
        (partial(kept, UNKNOWN, DAY), "messageRetentionSeconds is not known"),
        (partial(kept, DAY, UNKNOWN), "messageRetentionSeconds is not known"),
        (partial(kept, DAY, 2 * DAY, second=UNKNOWN), "messageRetentionSeconds is not known"),
        (partial(kept, "a day", DAY), "messageRetentionSeconds is no number"),
    ],
)
