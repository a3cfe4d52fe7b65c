"""Fixtures of AWS-RES-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, QUEUE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def consumed_queue(*, alias: bool = False, window: Any = None, timeout: Any = 60, **queue: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", **queue)
    worker = stack.add(FUNCTION, "worker", **({} if timeout is None else {"timeout": timeout}))
    reader = stack.add(ALIAS, "live", functionName=worker.name) if alias else worker
    window = {} if window is None else {"maximumBatchingWindowInSeconds": window}
    stack.add(MAPPING, "orders-worker", eventSourceArn=orders.arn, functionName=reader.arn, **window)
    return stack


def unread_queue() -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", visibilityTimeoutSeconds=1)
    return stack


CASES = Cases(
    rule="aws-res-01",
    passing=[
        PassingCase(partial(consumed_queue, visibilityTimeoutSeconds=360)),
        PassingCase(partial(consumed_queue, visibilityTimeoutSeconds=360, alias=True)),
        PassingCase(partial(consumed_queue, visibilityTimeoutSeconds=365, window=5)),
        PassingCase(partial(consumed_queue, timeout=5)),  # the queue's own default, 30 s
        PassingCase(partial(consumed_queue, timeout=None)),  # both defaults: 30 s and 3 s
        PassingCase(partial(consumed_queue, visibilityTimeoutSeconds=60), settings={"factor": 1}),
    ],
    failing=[
        FailingCase(
            partial(consumed_queue, visibilityTimeoutSeconds=359),
            "orders",
            "visibility timeout (359 s) must be at least 6 x the timeout of 'worker' (60 s); set it to 360 s or more",
            359,
            360,
        ),
        FailingCase(
            partial(consumed_queue, visibilityTimeoutSeconds=359, alias=True), "orders", "set it to 360 s", 359, 360
        ),
        FailingCase(
            partial(consumed_queue, visibilityTimeoutSeconds=364, window=5),
            "orders",
            "plus its batching window (5 s)",
            364,
            365,
        ),
        FailingCase(partial(consumed_queue, timeout=6), "orders", "visibility timeout (30 s)", 30, 36),
        FailingCase(partial(consumed_queue, timeout=None, visibilityTimeoutSeconds=17), "orders", "(3 s)", 17, 18),
        FailingCase(partial(consumed_queue, visibilityTimeoutSeconds=60), "orders", "at least 6 x", 60, 360),
        FailingCase(
            partial(consumed_queue, visibilityTimeoutSeconds=59), "orders", "at least 6 x", 59, 360, "critical"
        ),
        FailingCase(
            partial(consumed_queue, visibilityTimeoutSeconds=179),
            "orders",
            "at least 3 x",
            179,
            180,
            settings={"factor": 3},
        ),
    ],
    not_applicable=[unread_queue],
    not_evaluated=[
        (partial(consumed_queue, visibilityTimeoutSeconds=UNKNOWN), "visibilityTimeoutSeconds is not known"),
        (partial(consumed_queue, timeout=UNKNOWN), "timeout is not known"),
        (
            partial(consumed_queue, window=UNKNOWN, visibilityTimeoutSeconds=360),
            "maximumBatchingWindowInSeconds is not known",
        ),
        (partial(consumed_queue, visibilityTimeoutSeconds="soon"), "visibilityTimeoutSeconds is no number"),
    ],
)
