"""Fixtures of AWS-SEC-02."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import QUEUE, QUEUE_POLICY
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, Fails, Passes

CLOSED = {"Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage"}


def policy(*statements: Mapping[str, Any], text: bool = True) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders")
    document = {"Version": "2012-10-17", "Statement": [{**s, "Resource": orders.arn} for s in statements]}
    stack.add(QUEUE_POLICY, "policy", queueUrl=orders.url, policy=Text(document) if text else document)
    return stack


def allow(principal: Any, **more: Any) -> Mapping[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", **more}


def inline(document: Any, *, apart: bool = False) -> Stack:
    stack = Stack()
    orders = stack.add(QUEUE, "orders", policy=document)
    if apart:
        stack.add(QUEUE_POLICY, "policy", queueUrl=orders.url, policy=Text({"Statement": CLOSED}))
    return stack


def tls_only() -> Mapping[str, Any]:
    return {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Condition": {"Bool": {"aws:SecureTransport": "x"}}}


OPEN = Text({"Statement": allow("*")})
FROM_QUEUE = {"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:111122223333:orders"}}}
CASES = Cases(
    rule="aws-sec-02",
    passing=[
        Passes(partial(policy, CLOSED, tls_only())),
        Passes(partial(policy, allow("*", **FROM_QUEUE))),
        Passes(partial(policy, allow({"AWS": "*"}, Condition={"StringEquals": {"AWS:principalorgid": "o-1"}}))),
        Passes(partial(policy, allow({"AWS": ["111122223333", "444455556666"]}))),
        Passes(
            partial(policy, allow("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            settings={"narrowingKeys": ["aws:MultiFactorAuthPresent"]},
        ),
        Passes(partial(inline, OPEN, apart=True)),  # the queue shows what it had before the other resource came
        Passes(partial(inline, Text({"Statement": CLOSED}))),
    ],
    failing=[
        Fails(partial(policy, CLOSED, allow("*")), "policy", "statement 2 of its policy lets everybody in"),
        Fails(partial(policy, allow("*"), text=False), "policy", "statement 1"),
        Fails(partial(policy, allow({"AWS": "*"})), "policy", "statement 1"),
        Fails(partial(policy, allow({"AWS": ["111122223333", "*"]})), "policy", "statement 1"),
        Fails(partial(policy, {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}}), "policy", "statement 1"),
        # It says how everybody must come, not who may.
        Fails(
            partial(policy, allow("*", Condition={"Bool": {"aws:SecureTransport": "true"}})), "policy", "statement 1"
        ),
        Fails(
            partial(policy, allow("*", Condition={"StringNotEquals": {"aws:SourceVpce": "v"}})), "policy", "statement 1"
        ),
        Fails(
            partial(policy, allow("*", Condition={"ArnLikeIfExists": {"aws:SourceArn": "a"}})), "policy", "statement 1"
        ),
        Fails(partial(policy, allow("*", **FROM_QUEUE)), "policy", "statement 1", settings={"narrowingKeys": []}),
        Fails(partial(inline, OPEN), "orders", "statement 1"),
    ],
    not_applicable=[partial(inline, "")],
    not_evaluated=[
        (partial(inline, UNKNOWN), "policy is not known"),
        (partial(inline, "everybody"), "policy is no JSON document"),
        (partial(inline, "[]"), "policy is no object"),
        (partial(policy, allow(UNKNOWN), text=False), "Principal is not known"),
        (partial(policy, allow("*", Condition=UNKNOWN), text=False), "Condition is not known"),
    ],
)
