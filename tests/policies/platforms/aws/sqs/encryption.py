"""Fixtures of AWS-SEC-01."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import BUCKET_NOTIFICATION, FUNCTION, QUEUE, SUBSCRIPTION, TARGET
from tests.policies.building import Made, Stack, Text
from tests.policies.cases import Cases, Fails, Passes

MANAGED = "alias/aws/sqs"


def queue(**inputs: Any) -> Stack:
    stack = Stack()
    stack.add(QUEUE, "orders", **inputs)
    return stack


def written(by: str, key: Any = MANAGED, **inputs: Any) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", kmsMasterKeyId=key, **inputs)
    stack.add(by, "writer", **_naming(by, orders))
    return stack


def kept_after_failure(by: str) -> Stack:
    stack = Stack()
    dead = stack.add(QUEUE, "dead", kmsMasterKeyId=MANAGED)
    if by == TARGET:
        stack.add(TARGET, "writer", arn="arn:aws:lambda:elsewhere", deadLetterConfig={"arn": dead.arn})
    else:
        redrive = Text({"deadLetterTargetArn": dead.arn})
        stack.add(SUBSCRIPTION, "writer", endpoint="https://elsewhere", redrivePolicy=redrive)
    return stack


def of_function() -> Stack:
    """Lambda writes a dead-letter queue by the function's role, which AWS's own key lets in."""
    stack = Stack()
    dead = stack.add(QUEUE, "dead", kmsMasterKeyId=MANAGED)
    stack.add(FUNCTION, "worker", deadLetterConfig={"targetArn": dead.arn})
    return stack


def unknown_writer() -> Stack:
    stack = queue(kmsMasterKeyId=MANAGED)
    stack.add(TARGET, "writer", arn=UNKNOWN)
    return stack


def _naming(by: str, orders: Made) -> dict[str, Any]:
    if by == BUCKET_NOTIFICATION:
        return {"queues": [{"queueArn": orders.arn}]}
    return {"arn" if by == TARGET else "endpoint": orders.arn}


CASES = Cases(
    rule="aws-sec-01",
    passing=[
        Passes(queue),  # SQS encrypts unless told otherwise
        Passes(partial(queue, sqsManagedSseEnabled=True)),
        Passes(partial(queue, kmsMasterKeyId="alias/orders", sqsManagedSseEnabled=False)),
        Passes(partial(queue, kmsMasterKeyId=MANAGED)),
        Passes(partial(written, TARGET, key="alias/orders")),
        Passes(of_function),
    ],
    failing=[
        Fails(
            partial(queue, sqsManagedSseEnabled=False),
            "orders",
            "its messages are not encrypted: sqsManagedSseEnabled is false; set sqsManagedSseEnabled to true",
        ),
        Fails(partial(written, TARGET), "orders", "EventTarget 'writer' cannot write it"),
        Fails(partial(written, SUBSCRIPTION), "orders", "TopicSubscription 'writer' cannot write it"),
        Fails(partial(written, BUCKET_NOTIFICATION), "orders", "BucketNotification 'writer' cannot write it"),
        Fails(partial(written, TARGET, key=f"arn:aws:kms:us-east-1:111122223333:{MANAGED}"), "orders", "cannot write"),
        Fails(partial(kept_after_failure, TARGET), "dead", "EventTarget 'writer' cannot write it"),
        Fails(partial(kept_after_failure, SUBSCRIPTION), "dead", "TopicSubscription 'writer' cannot write it"),
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
