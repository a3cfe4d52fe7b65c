"""Fixtures of AWS-RES-12."""

from functools import partial
from typing import Any

from policies.core.values import UNKNOWN
from policies.platforms.aws.links import ALIAS, FUNCTION, QUEUE, SUBSCRIPTION, TOPIC
from tests.policies.building import Stack, Text
from tests.policies.cases import Cases, Fails, Passes


def subscribed(protocol: Any = "sqs", *, kept: bool = False, alias: bool = False, policy: Any = None) -> Stack:
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
        Passes(partial(subscribed, kept=True)),
        Passes(partial(subscribed, "lambda", kept=True, alias=True)),
        Passes(partial(subscribed, policy='{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:111122223333:dead"}')),
        Passes(partial(subscribed, "email", kept=True), settings={"protocols": ["email"]}),
    ],
    failing=[
        *(Fails(partial(subscribed, p), "reads", "no redrive policy") for p in ("firehose", "http", "https", "sqs")),
        Fails(partial(subscribed, "lambda", alias=True), "reads", "deadLetterTargetArn of an SQS queue"),
        Fails(partial(subscribed, policy="{}"), "reads", "no redrive policy"),
        Fails(partial(subscribed, policy=""), "reads", "no redrive policy"),
        Fails(partial(subscribed, "email"), "reads", "no redrive policy", settings={"protocols": ["email"]}),
    ],
    not_applicable=[partial(subscribed, p) for p in ("email", "email-json", "sms", "application")],
    not_evaluated=[
        (partial(subscribed, UNKNOWN), "protocol is not known"),
        (partial(subscribed, policy=UNKNOWN), "redrivePolicy is not known"),
        (partial(subscribed, policy="soon"), "redrivePolicy is no JSON document"),
    ],
)
