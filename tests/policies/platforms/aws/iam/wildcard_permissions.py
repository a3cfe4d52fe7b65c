"""Fixtures of AWS-SEC-03."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import POLICY, QUEUE, ROLE, ROLE_POLICY
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase


def statement(action: Any, resource: Any = "*", effect: str = "Allow", **more: Any) -> Mapping[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


def policy(*statements: Mapping[str, Any], type_: str = ROLE_POLICY, text: bool = True) -> Stack:
    stack = Stack()
    queue = stack.add(QUEUE, "orders")
    document = {"Statement": [*statements, statement("sqs:SendMessage", queue.arn)]}
    stack.add(type_, "policy", policy=Text(document) if text else document)
    return stack


def role_with_inline_policies(*documents: Any) -> Stack:
    stack = Stack()
    policies = [{"name": f"p{i}", "policy": document} for i, document in enumerate(documents)]
    given: Any = {"inlinePolicies": policies} if documents else {}
    stack.add(ROLE, "role", **given)
    return stack


READING = statement(["dynamodb:ListStreams", "sqs:GetQueueUrl", "s3:List*"])
TRACING = statement(["xray:PutTraceSegments", "XRAY:puttelemetryrecords"])
CASES = Cases(
    rule="aws-sec-03",
    passing=[
        PassingCase(partial(policy, READING, TRACING)),
        PassingCase(partial(policy, READING, TRACING, text=False, type_=POLICY)),
        PassingCase(partial(policy, statement("*", effect="Deny"))),
        PassingCase(partial(policy, statement("sqs:*", "arn:aws:sqs:us-east-1:111122223333:orders"))),
        PassingCase(partial(policy, statement("s3:PutObject", "arn:aws:s3:::orders/*"))),
        PassingCase(partial(policy, statement("kms:Decrypt", Condition={"StringEquals": {"kms:ViaService": "sqs"}}))),
        PassingCase(
            partial(policy, statement("polly:SynthesizeSpeech")),
            settings={"withoutResource": ["polly:SynthesizeSpeech"]},
        ),
        PassingCase(partial(role_with_inline_policies, Text({"Statement": READING}))),
    ],
    failing=[
        FailingCase(
            partial(policy, READING, statement("*", "arn:aws:s3:::orders")),
            "policy",
            "statement 2 of its policy allows every action",
        ),
        FailingCase(partial(policy, statement("*:*")), "policy", "allows every action"),
        FailingCase(
            partial(policy, statement("*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})),
            "policy",
            "every action",
        ),
        FailingCase(
            partial(policy, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), "policy", "every action"
        ),
        FailingCase(
            partial(policy, statement("sqs:SendMessage"), type_=POLICY),
            "policy",
            "statement 1 of its policy allows 1 action that writes on every resource; name the resources",
            1,
            0,
        ),
        FailingCase(
            partial(policy, statement(["sqs:*", "sqs:GetQueueUrl", "sns:Publish"]), text=False),
            "policy",
            "2 actions that write",
            2,
            0,
        ),
        FailingCase(
            partial(policy, statement("sqs:SendMessage", ["arn:aws:sqs:*:*:*", "a"])), "policy", "1 action", 1, 0
        ),
        FailingCase(partial(policy, statement("s3:DeleteObject", "arn:aws:s3:::*")), "policy", "1 action", 1, 0),
        FailingCase(
            partial(policy, {"Effect": "Allow", "Action": "s3:PutObject", "NotResource": "a"}),
            "policy",
            "1 action",
            1,
            0,
        ),
        FailingCase(partial(policy, TRACING), "policy", "2 actions", 2, 0, settings={"withoutResource": []}),
        FailingCase(
            partial(role_with_inline_policies, Text({"Statement": READING}), Text({"Statement": statement("*")})),
            "role",
            "every action",
        ),
    ],
    not_applicable=[role_with_inline_policies],
    not_evaluated=[
        (partial(role_with_inline_policies, UNKNOWN, Text({"Statement": READING})), "policy is not known"),
        (partial(role_with_inline_policies, "{"), "policy is no JSON document"),
        (partial(role_with_inline_policies, {"Statement": [statement(UNKNOWN)]}), "Action is not known"),
        (partial(policy, statement("sqs:SendMessage", [UNKNOWN]), text=False), "Resource[0] is not known"),
    ],
)
