"""Fixtures of AWS-SCA-02."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, QUEUE, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

SETS = {"scalingConfig": "maximumConcurrency", "provisionedPollerConfig": "maximumPollers"}


def queue_mapping(*, alias: bool = False, reserved: Any = None, **config: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    worker = stack.add(FUNCTION, "worker", **({} if reserved is None else {"reservedConcurrentExecutions": reserved}))
    reader = stack.add(ALIAS, "live", functionName=worker.name) if alias else worker
    blocks = {name: {SETS[name]: value} for name, value in config.items()}
    stack.add(MAPPING, "consumer", eventSourceArn=orders.arn, functionName=reader.arn, **blocks)
    return stack


def mapping_of_foreign_queue(arn: Any = "arn:aws:sqs:us-east-1:111122223333:orders", **inputs: Any) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    stack.add(MAPPING, "consumer", eventSourceArn=arn, functionName=worker.arn, **inputs)
    return stack


def mapping_of_foreign_function() -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    stack.add(MAPPING, "consumer", eventSourceArn=orders.arn, functionName="worker")
    return stack


def stream_mapping() -> Stack:
    stack = Stack()
    table, worker = stack.add(TABLE, "orders"), stack.add(FUNCTION, "worker")
    source = table.stream_arn
    stack.add(MAPPING, "consumer", eventSourceArn=source, functionName=worker.arn, startingPosition="LATEST")
    return stack


CASES = Cases(
    rule="aws-sca-02",
    passing=[
        PassingCase(partial(queue_mapping, scalingConfig=2)),
        PassingCase(partial(queue_mapping, scalingConfig=1_000)),
        PassingCase(partial(queue_mapping, scalingConfig=2, alias=True)),
        PassingCase(partial(queue_mapping, scalingConfig=1_250), settings={"highest": 1_250}),
        PassingCase(partial(queue_mapping, provisionedPollerConfig=20)),
        PassingCase(partial(queue_mapping, reserved=1)),
        PassingCase(partial(queue_mapping, reserved=5, alias=True)),
        PassingCase(partial(queue_mapping, reserved=0)),  # switched off
        PassingCase(partial(mapping_of_foreign_queue, scalingConfig={"maximumConcurrency": 2})),
        PassingCase(
            partial(
                mapping_of_foreign_queue,
                queues=[],
                topics=[],
                selfManagedEventSource=None,
                scalingConfig={SETS["scalingConfig"]: 2},
            )
        ),
    ],
    failing=[
        FailingCase(queue_mapping, "consumer", "up to 1000 for this mapping", 1_000, 1_000),
        FailingCase(partial(queue_mapping, alias=True), "consumer", "nothing bounds", 1_000, 1_000),
        FailingCase(partial(queue_mapping, reserved=-1), "consumer", "nothing bounds", 1_000, 1_000),
        FailingCase(mapping_of_foreign_queue, "consumer", "nothing bounds", 1_000, 1_000),
        FailingCase(
            partial(queue_mapping, scalingConfig=1, reserved=5), "consumer", "(1) must be 2 to 1000; set it to 2", 1, 2
        ),
        FailingCase(partial(queue_mapping, scalingConfig=1_001), "consumer", "(1001) must be 2 to 1000", 1_001, 1_000),
        FailingCase(
            partial(queue_mapping, scalingConfig=51),
            "consumer",
            "(51) must be 2 to 50; set it to 50",
            51,
            50,
            settings={"highest": 50},
        ),
        FailingCase(queue_mapping, "consumer", "nothing bounds", 1_000, 50, settings={"highest": 50}),
    ],
    not_applicable=[
        stream_mapping,
        partial(mapping_of_foreign_queue, "arn:aws:kinesis:us-east-1:111122223333:stream/orders"),
        partial(mapping_of_foreign_queue, "orders:of"),  # no ARN
        partial(mapping_of_foreign_queue, None, selfManagedEventSource={"endpoints": {}}),
        partial(mapping_of_foreign_queue, "arn:aws:mq:us-east-1:111122223333:broker:orders", queues=["orders"]),
    ],
    not_evaluated=[
        (partial(queue_mapping, scalingConfig=UNKNOWN), "scalingConfig.maximumConcurrency is not known"),
        (partial(queue_mapping, reserved=UNKNOWN), "reservedConcurrentExecutions is not known"),
        (partial(mapping_of_foreign_queue, UNKNOWN), "eventSourceArn is not known"),
        (
            partial(mapping_of_foreign_queue, "arn:aws:mq:us-east-1:111122223333:broker:orders", queues=UNKNOWN),
            "queues is not known",
        ),
        (mapping_of_foreign_function, "its function is not of this stack"),
    ],
)
