"""IAM documents as plain data: statements that grants return, and the documents they end up in."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

from pulumi import Input, Output

VERSION = "2012-10-17"


class IamStatement(TypedDict):
    """One statement of a policy; what `grant_*` methods return and `LambdaService.permissions` takes."""

    actions: Input[Sequence[Input[str]]]
    """Allowed actions, e.g. `sqs:SendMessage`."""
    resources: Input[Sequence[Input[str]]]
    """ARNs they are allowed on."""
    conditions: NotRequired[Input[Mapping[str, Any]]]
    """Conditions by operator (default none)."""


def allow(actions: Sequence[str], resources: Sequence[Input[str]]) -> IamStatement:
    """A statement that allows `actions` on `resources`."""
    return IamStatement(actions=list(actions), resources=list(resources))


def identity_policy(statements: Sequence[Input[IamStatement]]) -> Output[str]:
    """The JSON document of an identity policy."""

    def document(resolved: Sequence[Mapping[str, Any]]) -> str:
        return _json([_statement(s) for s in resolved])

    return Output.all(*[Output.from_input(s) for s in statements]).apply(document)


def trust_policy(service: str, conditions: Mapping[str, Any] | None = None) -> str:
    """The JSON document that lets a service assume a role, e.g. `lambda.amazonaws.com`."""
    statement: dict[str, Any] = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    if conditions:
        statement["Condition"] = conditions
    return _json([statement])


def queue_policy(queue_arn: Input[str], senders: Mapping[str, Input[str]]) -> Output[str]:
    """The JSON document of a queue's policy: TLS only, and services that may send.

    Args:
        queue_arn: The queue.
        senders: Service principal (`events.amazonaws.com`) -> ARN of the one source it may send for.
    """

    def document(require_int: Mapping[str, Any]) -> str:
        arn: str = require_int["arn"]
        statements: list[dict[str, Any]] = [
            {
                "Sid": "TlsOnly",
                "Effect": "Deny",
                "Principal": "*",
                "Action": "sqs:*",
                "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ]
        for service, source in sorted(require_int["senders"].items()):
            statements.append(
                {
                    "Sid": "Send" + service.split(".")[0].capitalize(),
                    "Effect": "Allow",
                    "Principal": {"Service": service},
                    "Action": "sqs:SendMessage",
                    "Resource": arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": source}},
                }
            )
        return _json(statements)

    return Output.all(arn=queue_arn, senders=dict(senders)).apply(document)


def _statement(s: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {"Effect": "Allow", "Action": s["actions"], "Resource": s["resources"]}
    if s.get("conditions"):
        made["Condition"] = s["conditions"]
    return made


def _json(statements: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps({"Version": VERSION, "Statement": statements}, separators=(",", ":"))
