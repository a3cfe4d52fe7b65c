"""Fixtures of AWS-SEC-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import BUCKET_NOTIFICATION, FUNCTION, QUEUE, SUBSCRIPTION, TARGET
from tests.policies.building import Declaration, Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase

MANAGED = "alias/aws/sqs"


def queue(**inputs: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", **inputs)
    return stack


def queue_with_writer(by: str, key: Any = MANAGED, **inputs: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", kmsMasterKeyId=key, **inputs)
    stack.add(by, "writer", **_naming_inputs(by, orders))
    return stack


def queue_of_failures(by: str) -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead", kmsMasterKeyId=MANAGED)
    if by == TARGET:
        stack.add(TARGET, "writer", arn="arn:aws:lambda:elsewhere", deadLetterConfig={"arn": dead.arn})
    else:
        redrive = Text({"deadLetterTargetArn": dead.arn})
        stack.add(SUBSCRIPTION, "writer", endpoint="https://elsewhere", redrivePolicy=redrive)
    return stack


def queue_of_function() -> Stack:
    """Lambda writes a dead-letter queue by the function's role, which AWS's own key lets in."""
    stack = Stack()
    dead = stack.add(QUEUE, "dead", kmsMasterKeyId=MANAGED)
    stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": dead.arn})
    return stack


def unknown_writer() -> Stack:
    stack = queue(kmsMasterKeyId=MANAGED)
    stack.add(TARGET, "writer", arn=UNKNOWN)
    return stack


def _naming_inputs(by: str, orders: Declaration) -> dict[str, Any]:
    if by == BUCKET_NOTIFICATION:
        return {"queues": [{"queueArn": orders.arn}]}
    return {"arn" if by == TARGET else "endpoint": orders.arn}


CASES = Cases(
    rule="aws-sec-01",
    passing=[
        PassingCase(queue),  # SQS encrypts by default
        PassingCase(partial(queue, sqsManagedSseEnabled=True)),
        PassingCase(partial(queue, kmsMasterKeyId="alias/orders", sqsManagedSseEnabled=False)),
        PassingCase(partial(queue, kmsMasterKeyId=MANAGED)),
        PassingCase(partial(queue_with_writer, TARGET, key="alias/orders")),
        PassingCase(queue_of_function),
    ],
    failing=[
        FailingCase(
            partial(queue, sqsManagedSseEnabled=False),
            "orders",
            "its messages are not encrypted: sqsManagedSseEnabled is false; set sqsManagedSseEnabled to true",
        ),
        FailingCase(partial(queue_with_writer, TARGET), "orders", "EventTarget 'writer' cannot write it"),
        FailingCase(partial(queue_with_writer, SUBSCRIPTION), "orders", "TopicSubscription 'writer' cannot write it"),
        FailingCase(
            partial(queue_with_writer, BUCKET_NOTIFICATION), "orders", "BucketNotification 'writer' cannot write it"
        ),
        FailingCase(
            partial(queue_with_writer, TARGET, key=f"arn:aws:kms:us-east-1:111122223333:{MANAGED}"),
            "orders",
            "cannot write",
        ),
        FailingCase(partial(queue_of_failures, TARGET), "dead", "EventTarget 'writer' cannot write it"),
        FailingCase(partial(queue_of_failures, SUBSCRIPTION), "dead", "TopicSubscription 'writer' cannot write it"),
    ],
    not_applicable=[],
    healed=[
        (partial(queue, sqsManagedSseEnabled=False), {"sqsManagedSseEnabled": True}),
        (queue, {}),
        (partial(queue, sqsManagedSseEnabled=UNKNOWN), {}),
        (partial(queue, sqsManagedSseEnabled=False, kmsMasterKeyId=MANAGED), {}),
        (partial(queue, sqsManagedSseEnabled=False, kmsMasterKeyId=UNKNOWN), {}),
    ],
    not_evaluated=[
        (partial(queue, sqsManagedSseEnabled=UNKNOWN), "sqsManagedSseEnabled is not known"),
        (partial(queue, kmsMasterKeyId=UNKNOWN), "kmsMasterKeyId is not known"),
        (unknown_writer, "what EventTarget 'writer' refers to by arn"),
    ],
)
