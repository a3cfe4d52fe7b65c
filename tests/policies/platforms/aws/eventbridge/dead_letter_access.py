"""Fixtures of AWS-RES-10."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import EVENT_RULE, QUEUE, QUEUE_POLICY, TARGET
from tests.policies.building import Made, Stack, Text
from tests.policies.cases import Cases, Fails, Passes

SERVICE = "events.amazonaws.com"
ACCOUNT = "111122223333"
ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
RULE, DEAD = object(), object()
"""Stand for the rule's and the queue's ARN in a statement."""


def granting(*changes: Any, inline: bool = False, **dead: Any) -> Stack:
    """A target with a dead-letter queue whose policy has a good statement for each dict of changes to it."""
    stack = Stack()
    statements = [_statement(change) for change in changes]
    rule = stack.add(EVENT_RULE, "on-order")
    letters = stack.add(QUEUE, "dead", **dead)
    policy = Text(_filled({"Version": "2012-10-17", "Statement": statements}, rule, letters))
    if inline:
        letters.inputs["policy"] = policy
    elif changes:
        stack.add(QUEUE_POLICY, "dead", queueUrl=letters.url, policy=policy)
    stack.add(TARGET, "to-worker", rule=rule.name, deadLetterConfig={"arn": letters.arn})
    return stack


def _statement(change: Any) -> Any:
    good = {
        "Effect": "Allow",
        "Principal": {"Service": SERVICE},
        "Action": "sqs:SendMessage",
        "Resource": DEAD,
        "Condition": {"ArnEquals": {"aws:SourceArn": RULE}},
    }
    return {name: value for name, value in {**good, **change}.items() if value is not None}


def _filled(value: Any, rule: Made, dead: Made) -> Any:
    if isinstance(value, dict):
        return {name: _filled(inner, rule, dead) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, rule, dead) for inner in value]
    return rule.arn if value is RULE else dead.arn if value is DEAD else value


def on(operator: str, key: str, value: Any) -> Any:
    return {"Condition": {operator: {key: value}}}


def without_dead_letters(**target: Any) -> Stack:
    stack = Stack()
    stack.add(TARGET, "to-worker", rule="on-order", **target)
    return stack


def foreign_rule() -> Stack:
    stack = granting({})
    stack.made[-1].inputs["rule"] = "on-order-of-another-stack"
    return stack


def unknown_policy(policy: Any) -> Stack:
    stack = granting({})
    stack.made[2].inputs["policy"] = policy
    return stack


OTHER = "arn:aws:events:us-east-1:111122223333:rule/other"
ANY_ACCOUNT = "arn:aws:*:*:*:on-order*"
ONE_ACCOUNT = f"arn:aws:*:us-east-1:{ACCOUNT}:on-order-?a1b2c3*"
TLS_ONLY = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "sqs:*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
SECURE = {"Bool": {"aws:SecureTransport": "true"}, "ArnEquals": {"aws:SourceArn": RULE}}
PASSING: list[Any] = [
    {},
    {"Principal": {"Service": ["delivery.logs.amazonaws.com", SERVICE]}},
    {"Principal": "*"},
    {"Principal": {"AWS": "*"}},
    {"Action": ["sqs:GetQueueUrl", "SQS:SendMessage"]},
    {"Action": "sqs:*"},
    {"Action": "sqs:Send*"},
    {"Resource": "*"},
    {"Resource": None},
    {"Resource": [ELSEWHERE, "arn:aws:service:us-east-1:*:dead-*"]},
    on("ArnLike", "AWS:SourceArn", RULE),
    on("StringEquals", "aws:SourceArn", [OTHER, RULE]),
    on("ArnEquals", "aws:SourceArn", ONE_ACCOUNT),
    on("StringLike", "aws:SourceArn", ONE_ACCOUNT),
    on("ForAnyValue:ArnLikeIfExists", "aws:SourceArn", RULE),
    on("StringEquals", "aws:SourceAccount", ACCOUNT),
    on("StringLike", "aws:SourceAccount", ACCOUNT),
    {"Condition": SECURE},
]
REFUSED: list[Any] = [
    {"Principal": {"Service": "scheduler.amazonaws.com"}},
    {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    {"Action": "sqs:ReceiveMessage"},
    {"Action": ["sqs:Receive*", "sns:Publish"]},
    {"Resource": ELSEWHERE},
    on("ArnEquals", "aws:SourceArn", OTHER),
    on("StringEquals", "aws:SourceArn", ONE_ACCOUNT),  # takes no wildcards
    on("StringEquals", "aws:SourceAccount", "444455556666"),
    on("Bool", "aws:SecureTransport", "false"),
]
SAYS = "0 statements (1 needed) let events.amazonaws.com write its dead-letter queue 'dead' for 'on-order'"
OPEN = "for rules of any account"
AT = "to-worker"

CASES = Cases(
    rule="aws-res-10",
    passing=[
        *[Passes(partial(granting, change)) for change in PASSING],
        Passes(partial(granting, {}, inline=True)),
        Passes(partial(granting, TLS_ONLY, {})),
        Passes(partial(granting, on("ArnEquals", "aws:SourceArn", OTHER), {})),
        Passes(partial(granting, {}, {"Action": "sqs:ReceiveMessage"})),
    ],
    failing=[
        Fails(granting, AT, SAYS, 0, 1),
        *[Fails(partial(granting, change), AT, SAYS, 0, 1) for change in REFUSED],
        Fails(partial(granting, TLS_ONLY), AT, SAYS, 0, 1),
        Fails(partial(granting, {}, {"Effect": "Deny", "Condition": None}), AT, SAYS, 0, 1),
        Fails(partial(granting, {"Condition": None}), AT, OPEN, severity="medium"),
        Fails(partial(granting, {"Condition": None}, {}), AT, OPEN, severity="medium"),
        Fails(partial(granting, on("ArnLike", "aws:SourceArn", ANY_ACCOUNT)), AT, OPEN, severity="medium"),
        Fails(partial(granting, on("StringLike", "aws:SourceAccount", "1111*")), AT, OPEN, severity="medium"),
        Fails(partial(granting, on("ArnLike", "aws:SourceArn", "*")), AT, OPEN, severity="medium"),
        Fails(partial(granting, on("Bool", "aws:SecureTransport", "true")), AT, OPEN, severity="medium"),
        Fails(partial(granting, {}, fifoQueue=True), AT, "'dead' is a FIFO queue"),
    ],
    not_applicable=[without_dead_letters, partial(without_dead_letters, deadLetterConfig={"arn": ELSEWHERE})],
    not_evaluated=[
        (partial(unknown_policy, UNKNOWN), "policy is not known"),
        (partial(unknown_policy, "everything"), "is no JSON document"),
        (partial(granting, {}, fifoQueue=UNKNOWN), "fifoQueue is not known"),
        (foreign_rule, "its rule is not of this stack"),
        (partial(without_dead_letters, deadLetterConfig={"arn": UNKNOWN}), "deadLetterConfig.arn is not known"),
        (partial(granting, on("StringEquals", "aws:PrincipalOrgID", "o-1")), "Condition has a part that is not read"),
        (partial(granting, on("StringEquals", "aws:SecureTransport", "true")), "Condition has a part that is not read"),
        (partial(granting, on("ArnNotEquals", "aws:SourceArn", OTHER)), "Condition has a part that is not read"),
        (partial(granting, {"NotAction": "sqs:DeleteQueue", "Action": None}), "NotAction is not read"),
        (partial(granting, {"NotResource": ELSEWHERE, "Resource": None}), "NotResource is not read"),
        (partial(granting, {"NotPrincipal": {"AWS": "x"}, "Principal": None}), "NotPrincipal is not read"),
    ],
)
