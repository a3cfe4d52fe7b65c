"""Fixtures of AWS-RES-06."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import FUNCTION, MAPPING, QUEUE, STREAM, TABLE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase

REPORTS = ["ReportBatchItemFailures"]
ARN = "arn:aws:{}:us-east-1:111122223333:it"


def mapping(kind: str = QUEUE, size: Any = None, types: Any = None, arn: Any = None) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker")
    if arn is None:
        source = stack.add(kind, "source")
        arn = source.stream_arn if kind == TABLE else source.arn
    given = {"batchSize": size, "functionResponseTypes": types}
    given = {name: value for name, value in given.items() if value is not None}
    stack.add(MAPPING, "reader", eventSourceArn=arn, functionName=worker.arn, **given)
    return stack


def kafka_mapping() -> Stack:
    stack = mapping()
    del stack.made[-1].inputs["eventSourceArn"]
    return stack


CASES = Cases(
    rule="aws-res-06",
    passing=[
        PassingCase(partial(mapping, types=REPORTS)),
        PassingCase(partial(mapping, size=2, types=REPORTS)),
        PassingCase(partial(mapping, kind=TABLE, types=REPORTS)),
        PassingCase(partial(mapping, kind=STREAM, size=500, types=REPORTS)),
        PassingCase(partial(mapping, arn=ARN.format("sqs"), types=REPORTS)),
    ],
    failing=[
        FailingCase(mapping, "reader", "batches of up to 10 fail as a whole", 10, 1),
        FailingCase(partial(mapping, size=2), "reader", "batches of up to 2", 2, 1),
        FailingCase(partial(mapping, kind=TABLE), "reader", "batches of up to 100", 100, 1),
        FailingCase(partial(mapping, kind=STREAM), "reader", "batches of up to 100", 100, 1),
        FailingCase(partial(mapping, types=[]), "reader", "function_response_types", 10, 1),
        FailingCase(partial(mapping, arn=ARN.format("sqs")), "reader", "batches of up to 10", 10, 1),
        FailingCase(partial(mapping, arn=ARN.format("dynamodb")), "reader", "batches of up to 100", 100, 1),
        FailingCase(partial(mapping, arn=ARN.format("kinesis")), "reader", "batches of up to 100", 100, 1),
    ],
    not_applicable=[
        partial(mapping, size=1),
        partial(mapping, arn=ARN.format("kafka")),
        partial(mapping, arn="orders"),
        kafka_mapping,
    ],
    not_evaluated=[
        (partial(mapping, size=UNKNOWN), "batchSize is not known"),
        (partial(mapping, types=UNKNOWN), "functionResponseTypes is not known"),
        (partial(mapping, arn=UNKNOWN), "eventSourceArn is not known"),
    ],
)
