"""Fixtures of AWS-RES-12."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, QUEUE, SUBSCRIPTION, TOPIC
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, FailingCase, PassingCase


def subscription(protocol: Any = "sqs", *, kept: bool = False, alias: bool = False, policy: Any = None) -> Stack:
    stack = Stack()
    news, dead = stack.add(TOPIC, "news"), stack.add(QUEUE, "dead")
    reader = stack.add(FUNCTION, "reader")
    endpoint = stack.add(ALIAS, "live", functionName=reader.name) if alias else reader
    policy = Text({"deadLetterTargetArn": dead.arn}) if kept else policy
    given = {} if policy is None else {"redrivePolicy": policy}
    stack.add(SUBSCRIPTION, "reads", topic=news.arn, protocol=protocol, endpoint=endpoint.arn, **given)
    return stack


CASES = Cases(
    rule="aws-res-12",
    passing=[
        PassingCase(partial(subscription, kept=True)),
        PassingCase(partial(subscription, "lambda", kept=True, alias=True)),
        PassingCase(partial(subscription, policy='{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:dead"}')),
        PassingCase(partial(subscription, "email", kept=True), settings={"protocols": ["email"]}),
    ],
    failing=[
        *(
            FailingCase(partial(subscription, p), "reads", "no redrive policy")
            for p in ("firehose", "http", "https", "sqs")
        ),
        FailingCase(partial(subscription, "lambda", alias=True), "reads", "deadLetterTargetArn of an SQS queue"),
        FailingCase(partial(subscription, policy="{}"), "reads", "no redrive policy"),
        FailingCase(partial(subscription, policy=""), "reads", "no redrive policy"),
        FailingCase(partial(subscription, "email"), "reads", "no redrive policy", settings={"protocols": ["email"]}),
    ],
    not_applicable=[partial(subscription, p) for p in ("email", "email-json", "sms", "application")],
    not_evaluated=[
        (partial(subscription, UNKNOWN), "protocol is not known"),
        (partial(subscription, policy=UNKNOWN), "redrivePolicy is not known"),
        (partial(subscription, policy="soon"), "redrivePolicy is no JSON document"),
    ],
)
