"""Fixtures of AWS-RES-06."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE, STREAM, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, Fails, Passes

REPORTS = ["ReportBatchItemFailures"]
ARN = "arn:aws:{}:us-east-1:111122223333:it"


def reading(kind: str = QUEUE, size: Any = None, types: Any = None, arn: Any = None) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    if arn is None:
        source = stack.add(kind, "source")
        arn = source.stream_arn if kind == TABLE else source.arn
    given = {"batchSize": size, "functionResponseTypes": types}
    given = {name: value for name, value in given.items() if value is not None}
    stack.add(MAPPING, "reader", eventSourceArn=arn, functionName=worker.arn, **given)
    return stack


def kafka() -> Stack:
    stack = reading()
    del stack.made[-1].inputs["eventSourceArn"]
    return stack


CASES = Cases(
    rule="aws-res-06",
    passing=[
        Passes(partial(reading, types=REPORTS)),
        Passes(partial(reading, size=2, types=REPORTS)),
        Passes(partial(reading, kind=TABLE, types=REPORTS)),
        Passes(partial(reading, kind=STREAM, size=500, types=REPORTS)),
        Passes(partial(reading, arn=ARN.format("sqs"), types=REPORTS)),
    ],
    failing=[
        Fails(reading, "reader", "batches of up to 10 fail as a whole", 10, 1),
        Fails(partial(reading, size=2), "reader", "batches of up to 2", 2, 1),
        Fails(partial(reading, kind=TABLE), "reader", "batches of up to 100", 100, 1),
        Fails(partial(reading, kind=STREAM), "reader", "batches of up to 100", 100, 1),
        Fails(partial(reading, types=[]), "reader", "function_response_types", 10, 1),
        Fails(partial(reading, arn=ARN.format("sqs")), "reader", "batches of up to 10", 10, 1),
        Fails(partial(reading, arn=ARN.format("dynamodb")), "reader", "batches of up to 100", 100, 1),
        Fails(partial(reading, arn=ARN.format("kinesis")), "reader", "batches of up to 100", 100, 1),
    ],
    not_applicable=[
        partial(reading, size=1),
        partial(reading, arn=ARN.format("kafka")),
        partial(reading, arn="orders"),
        kafka,
    ],
    not_evaluated=[
        (partial(reading, size=UNKNOWN), "batchSize is not known"),
        (partial(reading, types=UNKNOWN), "functionResponseTypes is not known"),
        (partial(reading, arn=UNKNOWN), "eventSourceArn is not known"),
    ],
)
