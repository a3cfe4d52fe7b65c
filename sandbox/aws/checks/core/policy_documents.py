"""Policy documents: their grammar, as IAM, SQS, SNS, S3 and KMS share it, and whom a role trusts.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import re
from collections.abc import Iterator
from typing import Any, Literal

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import ROLE
from sandbox.aws.checks.core.values import check_arn, join_choices, read_document

GRAMMAR = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html"
Kind = Literal["identity", "trust", "resource"]
TOP = ("Version", "Id", "Statement")
VERSIONS = ("2012-10-17", "2008-10-17")
STATEMENT = (
    "Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition",
)  # fmt: skip
ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
# Variables may stand in for any part: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
RESOURCE = re.compile(r"\*|arn:.*|\$\{.*", re.DOTALL)
PLAIN_SID = re.compile(r"[A-Za-z0-9]*")
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
OPERATOR = re.compile(
    r"(?:(?:ForAllValues|ForAnyValue):)?(?:String(?:Not)?Equals(?:IgnoreCase)?|String(?:Not)?Like|"
    r"(?:Numeric|Date)(?:(?:Not)?Equals|(?:Less|Greater)Than(?:Equals)?)|Bool|BinaryEquals|(?:Not)?IpAddress|"
    r"Arn(?:Not)?(?:Equals|Like))(?:IfExists)?|Null",
    re.IGNORECASE,
)


def check_policy(view: InputView, path: str, kind: Kind, *, resource_required: bool = False) -> Iterator[CheckFailure]:
    """What AWS refuses about a policy document.

    Args:
        view: The resource that has it.
        path: The property that holds it, as JSON text or as an object.
        kind: Whose it is: an identity's, a role's trust, or a resource's.
        resource_required: Whether the service wants a Resource in a resource's policy.
    """
    policy, failures = read_document(view, path)
    yield from failures
    if policy is None:
        return
    for reason in _policy_problems(policy, kind, resource_required=resource_required):
        yield view.fail(path, reason)


def check_trust(view: InputView, path: str, service: str, resources: KnownResources) -> Iterator[CheckFailure]:
    """A role's ARN; one that is known lets a service take it on.

    Trust in anything but plain services is taken as given.
    """
    yield from check_arn(view, path, "iam")
    role = resources.find(ROLE, view.text(path))
    trust, failures = read_document(InputView(role), "assumeRolePolicy") if role else (None, [])
    if trust is None or failures:
        return
    statements = trust.get("Statement")
    found = [_trusted_services(s) for s in (statements if isinstance(statements, list) else [statements])]
    if found and None not in found and not any(service in names for names in found if names):
        reason = f"is {quote(view.text(path))}, which {service} may not assume; name it in the role's trust policy"
        yield view.fail(path, reason)


def _policy_problems(policy: dict[str, Any], kind: Kind, *, resource_required: bool) -> Iterator[str]:
    for key in policy:
        if key not in TOP:
            yield f"has the unknown key {quote(key)}; a policy has {join_choices(TOP)}"
    if policy.get("Version", VERSIONS[1]) not in VERSIONS:
        yield f'has the Version {quote(policy["Version"])}; use "{VERSIONS[0]}"'
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not statements:
        yield "has no Statement; give at least one"
        return
    sids = [s["Sid"] for s in statements if isinstance(s, dict) and s.get("Sid")]
    for sid in sorted({str(sid) for sid in sids if sids.count(sid) > 1}):
        yield f"has two statements with the Sid {quote(sid)}; make it unique"
    for index, statement in enumerate(statements):
        where = f"Statement[{index}]"
        if isinstance(statement, dict):
            for reason in _statement_problems(statement, kind, resource_required=resource_required):
                yield f"{where} {reason}"
        else:
            yield f"{where} is {quote(statement)}; use an object"


def _statement_problems(statement: dict[str, Any], kind: Kind, *, resource_required: bool) -> Iterator[str]:
    for key in statement:
        if key not in STATEMENT:
            yield f"has the unknown key {quote(key)}; a statement has {join_choices(STATEMENT)}"
    if statement.get("Effect") not in ("Allow", "Deny"):
        yield f"has the Effect {quote(statement.get('Effect'))}; use Allow or Deny"
    if ("Action" in statement) == ("NotAction" in statement):
        yield "needs one of Action and NotAction"
    for action in _texts(statement.get("Action", statement.get("NotAction"))):
        if not ACTION.fullmatch(action):
            yield f'has the action {quote(action)}; use "<service>:<Action>" or "*"'
    principal, resource = "Principal" in statement or "NotPrincipal" in statement, _has_resource(statement)
    if kind == "identity" and principal:
        yield "has a Principal; only policies of resources and roles' trust name one"
    if kind != "identity" and not principal:
        yield "has no Principal; say who is meant"
    if kind == "trust" and resource:
        yield "has a Resource; a role's trust names none"
    if (kind == "identity" or (kind == "resource" and resource_required)) and not resource:
        yield 'has no Resource; name ARNs or "*"'
    if kind == "identity":
        yield from _identity_problems(statement)
    yield from _condition_problems(statement.get("Condition", {}))


def _identity_problems(statement: dict[str, Any]) -> Iterator[str]:
    sid = statement.get("Sid")
    if isinstance(sid, str) and not PLAIN_SID.fullmatch(sid):
        yield f"has the Sid {quote(sid)}; use letters and digits"
    for resource in _texts(statement.get("Resource", statement.get("NotResource"))):
        if not RESOURCE.fullmatch(resource):
            yield f'has the resource {quote(resource)}; use an ARN or "*"'


def _condition_problems(conditions: Any) -> Iterator[str]:
    if not isinstance(conditions, dict):
        yield f"has the Condition {quote(conditions)}; use an object of operators"
        return
    for operator, keys in conditions.items():
        if not OPERATOR.fullmatch(operator):
            yield f"has the unknown condition operator {quote(operator)}; use one such as StringEquals or ArnLike"
        elif not isinstance(keys, dict):
            yield f"has a condition {operator} of {quote(keys)}; use an object of keys and values"


def _has_resource(statement: dict[str, Any]) -> bool:
    return "Resource" in statement or "NotResource" in statement


def _texts(value: Any) -> list[str]:
    found = value if isinstance(value, list) else [value]
    return [text for text in found if isinstance(text, str)]


def _trusted_services(statement: Any) -> list[str] | None:
    """The services that a statement trusts, None when it trusts others too."""
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    if not isinstance(principal, dict) or set(principal) != {"Service"}:
        return None
    named = principal["Service"]
    return named if isinstance(named, list) else [str(named)]
