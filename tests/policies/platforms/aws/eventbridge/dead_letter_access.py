"""Fixtures of AWS-RES-10."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import EVENT_RULE, QUEUE, QUEUE_POLICY, TARGET
from tests.policies.building import Declaration, Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase

SERVICE = "events.amazonaws.com"
ACCOUNT = "111122223333"
ELSEWHERE = "arn:aws:sqs:us-east-1:111122223333:elsewhere"
RULE, DEAD = object(), object()
"""Stand for the rule's and the queue's ARN in a statement."""


def target_with_policy(*changes: Any, inline: bool = False, **dead: Any) -> Stack:
    """A target with a dead-letter queue whose policy has a good statement for each dict of changes to it."""
    stack = Stack()
    statements = [_statement(change) for change in changes]
    rule = stack.add(EVENT_RULE, "on-order")
    letters = stack.add(QUEUE, "dead", **dead)
    policy = Text(_fill({"Version": "2012-10-17", "Statement": statements}, rule, letters))
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


def _fill(value: Any, rule: Declaration, dead: Declaration) -> Any:
    if isinstance(value, dict):
        return {name: _fill(inner, rule, dead) for name, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, rule, dead) for inner in value]
    return rule.arn if value is RULE else dead.arn if value is DEAD else value


def condition(operator: str, key: str, value: Any) -> Any:
    return {"Condition": {operator: {key: value}}}


def without_dead_letters(**target: Any) -> Stack:
    stack = Stack()
    stack.add(TARGET, "to-worker", rule="on-order", **target)
    return stack


def foreign_rule() -> Stack:
    stack = target_with_policy({})
    stack.made[-1].inputs["rule"] = "on-order-of-another-stack"
    return stack


def unknown_policy(policy: Any) -> Stack:
    stack = target_with_policy({})
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
    condition("ArnLike", "AWS:SourceArn", RULE),
    condition("StringEquals", "aws:SourceArn", [OTHER, RULE]),
    condition("ArnEquals", "aws:SourceArn", ONE_ACCOUNT),
    condition("StringLike", "aws:SourceArn", ONE_ACCOUNT),
    condition("ForAnyValue:ArnLikeIfExists", "aws:SourceArn", RULE),
    condition("StringEquals", "aws:SourceAccount", ACCOUNT),
    condition("StringLike", "aws:SourceAccount", ACCOUNT),
    {"Condition": SECURE},
]
REFUSED: list[Any] = [
    {"Principal": {"Service": "scheduler.amazonaws.com"}},
    {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}},
    {"Action": "sqs:ReceiveMessage"},
    {"Action": ["sqs:Receive*", "sns:Publish"]},
    {"Resource": ELSEWHERE},
    condition("ArnEquals", "aws:SourceArn", OTHER),
    condition("StringEquals", "aws:SourceArn", ONE_ACCOUNT),  # takes no wildcards
    condition("StringEquals", "aws:SourceAccount", "444455556666"),
    condition("Bool", "aws:SecureTransport", "false"),
]
SAYS = "0 statements (1 needed) let events.amazonaws.com write its dead-letter queue 'dead' for 'on-order'"
OPEN = "for rules of any account"
AT = "to-worker"

CASES = Cases(
    rule="aws-res-10",
    passing=[
        *[PassingCase(partial(target_with_policy, change)) for change in PASSING],
        PassingCase(partial(target_with_policy, {}, inline=True)),
        PassingCase(partial(target_with_policy, TLS_ONLY, {})),
        PassingCase(partial(target_with_policy, condition("ArnEquals", "aws:SourceArn", OTHER), {})),
        PassingCase(partial(target_with_policy, {}, {"Action": "sqs:ReceiveMessage"})),
    ],
    failing=[
        FailingCase(target_with_policy, AT, SAYS, 0, 1),
        *[FailingCase(partial(target_with_policy, change), AT, SAYS, 0, 1) for change in REFUSED],
        FailingCase(partial(target_with_policy, TLS_ONLY), AT, SAYS, 0, 1),
        FailingCase(partial(target_with_policy, {}, {"Effect": "Deny", "Condition": None}), AT, SAYS, 0, 1),
        FailingCase(partial(target_with_policy, {"Condition": None}), AT, OPEN, severity="medium"),
        FailingCase(partial(target_with_policy, {"Condition": None}, {}), AT, OPEN, severity="medium"),
        FailingCase(
            partial(target_with_policy, condition("ArnLike", "aws:SourceArn", ANY_ACCOUNT)), AT, OPEN, severity="medium"
        ),
        FailingCase(
            partial(target_with_policy, condition("StringLike", "aws:SourceAccount", "1111*")),
            AT,
            OPEN,
            severity="medium",
        ),
        FailingCase(
            partial(target_with_policy, condition("ArnLike", "aws:SourceArn", "*")), AT, OPEN, severity="medium"
        ),
        FailingCase(
            partial(target_with_policy, condition("Bool", "aws:SecureTransport", "true")), AT, OPEN, severity="medium"
        ),
        FailingCase(partial(target_with_policy, {}, fifoQueue=True), AT, "'dead' is a FIFO queue"),
    ],
    not_applicable=[without_dead_letters, partial(without_dead_letters, deadLetterConfig={"arn": ELSEWHERE})],
    not_evaluated=[
        (partial(unknown_policy, UNKNOWN), "policy is not known"),
        (partial(unknown_policy, "everything"), "is no JSON document"),
        (partial(target_with_policy, {}, fifoQueue=UNKNOWN), "fifoQueue is not known"),
        (foreign_rule, "its rule is not of this stack"),
        (partial(without_dead_letters, deadLetterConfig={"arn": UNKNOWN}), "deadLetterConfig.arn is not known"),
        (
            partial(target_with_policy, condition("StringEquals", "aws:PrincipalOrgID", "o-1")),
            "Condition has a part that is not read",
        ),
        (
            partial(target_with_policy, condition("StringEquals", "aws:SecureTransport", "true")),
            "Condition has a part that is not read",
        ),
        (
            partial(target_with_policy, condition("ArnNotEquals", "aws:SourceArn", OTHER)),
            "Condition has a part that is not read",
        ),
        (partial(target_with_policy, {"NotAction": "sqs:DeleteQueue", "Action": None}), "NotAction is not read"),
        (partial(target_with_policy, {"NotResource": ELSEWHERE, "Resource": None}), "NotResource is not read"),
        (partial(target_with_policy, {"NotPrincipal": {"AWS": "x"}, "Principal": None}), "NotPrincipal is not read"),
    ],
)
