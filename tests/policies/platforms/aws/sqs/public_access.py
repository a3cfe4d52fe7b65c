"""Fixtures of AWS-SEC-02."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, QUEUE_POLICY
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase

CLOSED = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}


def queue_with_policy(*statements: Mapping[str, Any], text: bool = True) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    document = {"Version": "2012-10-17", "Statement": [{**s, "Resource": orders.arn} for s in statements]}
    stack.add(QUEUE_POLICY, "policy", queueUrl=orders.url, policy=Text(document) if text else document)
    return stack


def allow_statement(principal: Any, **more: Any) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", **more}


def queue_with_inline_policy(document: Any, *, apart: bool = False) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", policy=document)
    if apart:
        stack.add(QUEUE_POLICY, "policy", queueUrl=orders.url, policy=Text({"Statement": CLOSED}))
    return stack


def tls_only_statement() -> Mapping[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "x"}}}


OPEN = Text({"Statement": allow_statement("*")})
FROM_QUEUE = {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}}
CASES = Cases(
    rule="aws-sec-02",
    passing=[
        PassingCase(partial(queue_with_policy, CLOSED, tls_only_statement())),
        PassingCase(partial(queue_with_policy, allow_statement("*", **FROM_QUEUE))),
        PassingCase(
            partial(
                queue_with_policy,
                allow_statement({"AWS": "*"}, Condition={"StringEquals": {"AWS:principalorgid": "o-1"}}),
            )
        ),
        PassingCase(partial(queue_with_policy, allow_statement({"AWS": ["111122223333", "444455556666"]}))),
        PassingCase(
            partial(
                queue_with_policy, allow_statement("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
            ),
            settings={"narrowingKeys": ["aws:MultiFactorAuthPresent"]},
        ),
        PassingCase(
            partial(queue_with_inline_policy, OPEN, apart=True)
        ),  # the queue shows what it had before the other resource came
        PassingCase(partial(queue_with_inline_policy, Text({"Statement": CLOSED}))),
    ],
    failing=[
        FailingCase(
            partial(queue_with_policy, CLOSED, allow_statement("*")),
            "policy",
            "statement 2 of its policy lets everybody in",
        ),
        FailingCase(partial(queue_with_policy, allow_statement("*"), text=False), "policy", "statement 1"),
        FailingCase(partial(queue_with_policy, allow_statement({"AWS": "*"})), "policy", "statement 1"),
        FailingCase(
            partial(queue_with_policy, allow_statement({"AWS": ["111122223333", "*"]})), "policy", "statement 1"
        ),
        FailingCase(
            partial(queue_with_policy, {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}}), "policy", "statement 1"
        ),
        # It says how everybody must come, not who may.
        FailingCase(
            partial(queue_with_policy, allow_statement("*", Condition={"Bool": {"aws:SecureTransport": "true"}})),
            "policy",
            "statement 1",
        ),
        FailingCase(
            partial(queue_with_policy, allow_statement("*", Condition={"StringNotEquals": {"aws:SourceVpce": "v"}})),
            "policy",
            "statement 1",
        ),
        FailingCase(
            partial(queue_with_policy, allow_statement("*", Condition={"ArnLikeIfExists": {"aws:SourceArn": "a"}})),
            "policy",
            "statement 1",
        ),
        FailingCase(
            partial(queue_with_policy, allow_statement("*", **FROM_QUEUE)),
            "policy",
            "statement 1",
            settings={"narrowingKeys": []},
        ),
        FailingCase(partial(queue_with_inline_policy, OPEN), "orders", "statement 1"),
    ],
    not_applicable=[partial(queue_with_inline_policy, "")],
    not_evaluated=[
        (partial(queue_with_inline_policy, UNKNOWN), "policy is not known"),
        (partial(queue_with_inline_policy, "everybody"), "policy is no JSON document"),
        (partial(queue_with_inline_policy, "[]"), "policy is no object"),
        (partial(queue_with_policy, allow_statement(UNKNOWN), text=False), "Principal is not known"),
        (partial(queue_with_policy, allow_statement("*", Condition=UNKNOWN), text=False), "Condition is not known"),
    ],
)
