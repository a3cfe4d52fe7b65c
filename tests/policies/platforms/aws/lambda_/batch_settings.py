"""Fixtures of AWS-SCA-09."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, QUEUE, STREAM
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

WINDOW = "maximumBatchingWindowInSeconds"


def queue_mapping(
    size: Any = None, window: Any = None, *, fifo: Any = None, alias: bool = False, arn: Any = None
) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", **({} if fifo is None else {"fifoQueue": fifo}))
    worker = stack.add(FUNCTION, "worker")
    reader = stack.add(ALIAS, "live", functionName=worker.name) if alias else worker
    given = {name: value for name, value in (("batchSize", size), (WINDOW, window)) if value is not None}
    stack.add(MAPPING, "consumer", eventSourceArn=arn or orders.arn, functionName=reader.arn, **given)
    return stack


def stream_mapping() -> Stack:
    stack = Stack()
    views, worker = stack.add(STREAM, "views"), stack.add(FUNCTION, "worker")
    source = {"eventSourceArn": views.arn, "startingPosition": "LATEST"}
    stack.add(MAPPING, "consumer", functionName=worker.arn, batchSize=100, **source)
    return stack


ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:orders"
CASES = Cases(
    rule="aws-sca-09",
    passing=[
        PassingCase(queue_mapping),
        PassingCase(partial(queue_mapping, 10, fifo=UNKNOWN)),
        PassingCase(partial(queue_mapping, None, fifo=UNKNOWN)),
        PassingCase(partial(queue_mapping, 10, 5)),
        PassingCase(partial(queue_mapping, 11, 1)),
        PassingCase(partial(queue_mapping, 11, 1, alias=True)),
        PassingCase(partial(queue_mapping, 10_000, 300)),
        PassingCase(partial(queue_mapping, 10, fifo=True)),
        PassingCase(partial(queue_mapping, 11, 1, arn=ELSEWHERE)),
    ],
    failing=[
        FailingCase(
            partial(queue_mapping, 11), "consumer", "batch size 11 needs a batching window of at least 1 s (0 s)", 0, 1
        ),
        FailingCase(partial(queue_mapping, 11, 0), "consumer", "or batch_size to 10 or less", 0, 1),
        FailingCase(partial(queue_mapping, 11, arn=ELSEWHERE), "consumer", "batch size 11", 0, 1),
        FailingCase(partial(queue_mapping, 10_001, 1), "consumer", "more than the 10000 that a queue", 10_001, 10_000),
        FailingCase(partial(queue_mapping, 11, fifo=True), "consumer", "more than the 10 that a FIFO queue", 11, 10),
        FailingCase(
            partial(queue_mapping, 11, 5, fifo=True, alias=True), "consumer", "that a FIFO queue takes", 11, 10
        ),
        FailingCase(partial(queue_mapping, 11, arn=f"{ELSEWHERE}.fifo"), "consumer", "that a FIFO queue takes", 11, 10),
        FailingCase(partial(queue_mapping, 10, 5, fifo=True), "consumer", "takes no batching window (5 s)", 5, 0),
    ],
    not_applicable=[stream_mapping],
    not_evaluated=[
        (partial(queue_mapping, UNKNOWN), "batchSize is not known"),
        (partial(queue_mapping, 11, UNKNOWN), "maximumBatchingWindowInSeconds is not known"),
        (partial(queue_mapping, 11, 1, fifo=UNKNOWN), "fifoQueue is not known"),
        (partial(queue_mapping, 11, 1, arn=UNKNOWN), "eventSourceArn is not known"),
    ],
)
