"""Fixtures of AWS-SCA-02."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, QUEUE, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

SETS = {"scalingConfig": "maximumConcurrency", "provisionedPollerConfig": "maximumPollers"}


def consumed(*, alias: bool = False, reserved: Any = None, **config: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    worker = stack.add(FUNCTION, "worker", **({} if reserved is None else {"reservedConcurrentExecutions": reserved}))
    reader = stack.add(ALIAS, "live", functionName=worker.name) if alias else worker
    blocks = {name: {SETS[name]: value} for name, value in config.items()}
    stack.add(MAPPING, "consumer", eventSourceArn=orders.arn, functionName=reader.arn, **blocks)
    return stack


def elsewhere(arn: Any = "arn:aws:sqs:us-east-1:111122223333:orders", **inputs: Any) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    stack.add(MAPPING, "consumer", eventSourceArn=arn, functionName=worker.arn, **inputs)
    return stack


def foreign() -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    stack.add(MAPPING, "consumer", eventSourceArn=orders.arn, functionName="worker")
    return stack


def streamed() -> Stack:
    stack = Stack()
    table, worker = stack.add(TABLE, "orders"), stack.add(FUNCTION, "worker")
    source = table.stream_arn
    stack.add(MAPPING, "consumer", eventSourceArn=source, functionName=worker.arn, startingPosition="LATEST")
    return stack


CASES = Cases(
    rule="aws-sca-02",
    passing=[
        Passes(partial(consumed, scalingConfig=2)),
        Passes(partial(consumed, scalingConfig=1_000)),
        Passes(partial(consumed, scalingConfig=2, alias=True)),
        Passes(partial(consumed, scalingConfig=1_250), settings={"highest": 1_250}),
        Passes(partial(consumed, provisionedPollerConfig=20)),
        Passes(partial(consumed, reserved=1)),
        Passes(partial(consumed, reserved=5, alias=True)),
        Passes(partial(consumed, reserved=0)),  # switched off
        Passes(partial(elsewhere, scalingConfig={"maximumConcurrency": 2})),
        Passes(
            partial(
                elsewhere, queues=[], topics=[], selfManagedEventSource=None, scalingConfig={SETS["scalingConfig"]: 2}
            )
        ),
    ],
    failing=[
        Fails(consumed, "consumer", "up to 1000 for this mapping", 1_000, 1_000),
        Fails(partial(consumed, alias=True), "consumer", "nothing bounds", 1_000, 1_000),
        Fails(partial(consumed, reserved=-1), "consumer", "nothing bounds", 1_000, 1_000),
        Fails(elsewhere, "consumer", "nothing bounds", 1_000, 1_000),
        Fails(partial(consumed, scalingConfig=1, reserved=5), "consumer", "(1) must be 2 to 1000; set it to 2", 1, 2),
        Fails(partial(consumed, scalingConfig=1_001), "consumer", "(1001) must be 2 to 1000", 1_001, 1_000),
        Fails(
            partial(consumed, scalingConfig=51),
            "consumer",
            "(51) must be 2 to 50; set it to 50",
            51,
            50,
            settings={"highest": 50},
        ),
        Fails(consumed, "consumer", "nothing bounds", 1_000, 50, settings={"highest": 50}),
    ],
    not_applicable=[
        streamed,
        partial(elsewhere, "arn:aws:kinesis:us-east-1:111122223333:stream/orders"),
        partial(elsewhere, "orders:of"),  # no ARN
        partial(elsewhere, None, selfManagedEventSource={"endpoints": {}}),
        partial(elsewhere, "arn:aws:mq:us-east-1:111122223333:broker:orders", queues=["orders"]),
    ],
    not_evaluated=[
        (partial(consumed, scalingConfig=UNKNOWN), "scalingConfig.maximumConcurrency is not known"),
        (partial(consumed, reserved=UNKNOWN), "reservedConcurrentExecutions is not known"),
        (partial(elsewhere, UNKNOWN), "eventSourceArn is not known"),
        (partial(elsewhere, "arn:aws:mq:us-east-1:111122223333:broker:orders", queues=UNKNOWN), "queues is not known"),
        (foreign, "its function is not of this stack"),
    ],
)
