"""Whether a queue's policy lets a service send on behalf of one source, read as IAM reads it."""

import re
from collections.abc import Iterator
from typing import Literal

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import NotEvaluatedError, PropertyNode
from policies.platforms.aws.iam.statements import allows, statements
from policies.platforms.aws.links import QUEUE_POLICY

Access = Literal["refused", "any account", "granted"]
SEND = "sqs:sendmessage"
# These take wildcards, the ARN operators both of them; StringEquals does not:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
PATTERNS = frozenset({"ArnEquals", "ArnLike", "StringLike"})
TEXTS = frozenset({"StringEquals"})


def send_access(queue: Resource, service: str, source: str, graph: ResourceGraph) -> Access:
    """What a queue's policies say of messages that a service sends on behalf of a source.

    Args:
        queue: The queue.
        service: The service's principal, `events.amazonaws.com`.
        source: The ARN of what it sends for: a rule.
        graph: Where policies apart are looked up.

    Returns:
        `granted` to this source or its account, `any account` where a grant is not limited to either, else `refused`.
        Of denials, those without a condition count.

    Raises:
        NotEvaluatedError: a policy is unknown, or a grant that could matter has something that is not read here.
    """
    access: set[Access] = set()
    unread = ""
    for statement in _statements(queue, graph):
        try:
            if not (_admits(statement, service) and _covers(statement, queue)):
                continue
            if allows(statement):
                access.add(_conditional_access(statement, source))
            elif not statement.keys("Condition"):
                return "refused"
        except NotEvaluatedError as error:
            unread = unread or str(error)
    if "any account" in access:
        return "any account"
    if unread:
        raise NotEvaluatedError(unread)
    return "granted" if "granted" in access else "refused"


def _statements(queue: Resource, graph: ResourceGraph) -> Iterator[PropertyNode]:
    for holder in (queue, *graph.referrers(queue, QUEUE_POLICY, "queueUrl")):
        yield from statements(holder, "policy")


def _admits(statement: PropertyNode, service: str) -> bool:
    principal = statement.raw("Principal")
    if isinstance(principal, str):
        return principal == "*"
    if statement.has("NotPrincipal"):
        raise NotEvaluatedError(f"{statement.where}.NotPrincipal is not read by this rule")
    return service in statement.texts("Principal.Service") or "*" in statement.texts("Principal.AWS")


def _covers(statement: PropertyNode, queue: Resource) -> bool:
    for name in ("NotAction", "NotResource"):
        if statement.has(name):
            raise NotEvaluatedError(f"{statement.where}.{name} is not read by this rule")
    if not any(_matches(action.lower(), SEND) for action in statement.texts("Action")):
        return False
    resources = statement.texts("Resource")
    return not resources or "*" in resources or any(_matches(pattern, _arn(queue)) for pattern in resources)


def _conditional_access(statement: PropertyNode, source: str) -> Access:
    expected = {"aws:sourcearn": source, "aws:sourceaccount": _account(source)}
    limited = False
    for operator in statement.keys("Condition"):
        plain = operator.removeprefix("ForAnyValue:").removesuffix("IfExists")
        for key in statement.keys(f"Condition.{operator}"):
            values = statement.texts(f"Condition.{operator}.{key}")
            wanted = expected.get(key.lower())
            if wanted is not None and plain in PATTERNS | TEXTS:
                matching = [v for v in values if (_matches(v, wanted) if plain in PATTERNS else v == wanted)]
                limited = limited or (bool(matching) and all(_names_one_account(v) for v in matching))
            elif (plain, key.lower()) == ("Bool", "aws:securetransport"):
                matching = [v for v in values if v.lower() == "true"]
            else:
                raise NotEvaluatedError(f"{statement.where}.Condition has a part that is not read by this rule")
            if not matching:
                return "refused"
    return "granted" if limited else "any account"


def _names_one_account(pattern: str) -> bool:
    account = _account(pattern) if ":" in pattern else pattern
    return bool(account) and not set(account) & set("*?")


def _account(arn: str) -> str:
    # arn:partition:service:region:account:resource
    _, _, _, _, account, *_ = [*arn.split(":"), "", "", "", ""]
    return account


def _arn(queue: Resource) -> str:
    arn = queue.text("arn")
    if not arn:
        raise NotEvaluatedError("arn is not known")
    return arn


def _matches(pattern: str, text: str) -> bool:
    wild = "".join({"*": ".*", "?": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(wild, text, re.DOTALL) is not None
