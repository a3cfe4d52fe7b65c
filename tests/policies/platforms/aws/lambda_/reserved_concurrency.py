"""Fixtures of AWS-SCA-03."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, MAPPING, PROVISIONED, QUEUE
from tests.policies.building import Stack
from tests.policies.cases import Cases, FailingCase, PassingCase


def function_with_consumers(
    reserved: Any, maxima: Sequence[Any] = (), warm: Sequence[Any] = (), *, alias: bool = False
) -> Stack:
    stack = Stack()
    worker = stack.add(FUNCTION, "worker", **({} if reserved is None else {"reservedConcurrentExecutions": reserved}))
    stack.add(FUNCTION, "other")
    reader = stack.add(ALIAS, "live", functionName=worker.name) if alias else worker
    for i, maximum in enumerate(maxima):
        queue = stack.add(QUEUE, f"q{i}")
        config = {} if maximum is None else {"scalingConfig": {"maximumConcurrency": maximum}}
        stack.add(MAPPING, f"m{i}", eventSourceArn=queue.arn, functionName=reader.arn, **config)
    for i, kept in enumerate(warm):
        stack.add(
            PROVISIONED, f"w{i}", functionName=worker.name, qualifier=f"v{i}", provisionedConcurrentExecutions=kept
        )
    return stack


CASES = Cases(
    rule="aws-sca-03",
    passing=[
        PassingCase(partial(function_with_consumers, 10, [10])),
        PassingCase(partial(function_with_consumers, 10, [6, 4, None], alias=True)),
        PassingCase(partial(function_with_consumers, 10, [], [4, 6])),
        PassingCase(partial(function_with_consumers, 10, [10], [10])),
    ],
    failing=[
        FailingCase(
            partial(function_with_consumers, 10, [11]),
            "worker",
            "1 queue consumer(s) (11) must not exceed its reserved",
            11,
            10,
        ),
        FailingCase(partial(function_with_consumers, 10, [6, 5]), "worker", "2 queue consumer(s) (11)", 11, 10),
        FailingCase(partial(function_with_consumers, 10, [6, 5], alias=True), "worker", "reserve 11 or more", 11, 10),
        FailingCase(
            partial(function_with_consumers, 10, [2], [11]),
            "worker",
            "provisioned concurrency (11) must not exceed",
            11,
            10,
        ),
        FailingCase(partial(function_with_consumers, 10, [], [5, 6]), "worker", "reserve 11 or more", 11, 10),
        FailingCase(partial(function_with_consumers, 0, [2]), "worker", "reserved concurrency (0)", 2, 0),
    ],
    not_applicable=[
        partial(function_with_consumers, None, [10], [5]),
        partial(function_with_consumers, -1, [10]),
        partial(function_with_consumers, 10),
        partial(function_with_consumers, 10, [None]),
        partial(function_with_consumers, UNKNOWN),
    ],
    not_evaluated=[
        (partial(function_with_consumers, UNKNOWN, [2]), "reservedConcurrentExecutions is not known"),
        (partial(function_with_consumers, 10, [UNKNOWN]), "scalingConfig.maximumConcurrency is not known"),
        (partial(function_with_consumers, 10, [2], [UNKNOWN]), "provisionedConcurrentExecutions is not known"),
    ],
)
