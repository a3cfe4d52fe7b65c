"""IAM: roles, their policies, and the policies of resources."""

import json
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import ROLE
from sandbox.aws.checks.policies import GRAMMAR, check_policy
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import ARN, arn_of, document
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
QUEUE_POLICY, TOPIC_POLICY = "aws:sqs/queuePolicy:QueuePolicy", "aws:sns/topicPolicy:TopicPolicy"
KEY = "aws:kms/key:Key"
QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
# Characters, white space apart. A trust policy has half of it until the account asks for more.
TRUST_LIMIT, INLINE_LIMIT = 4_096, 10_240


@rule(ROLE, source=GRAMMAR)
def trust_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """Who may take a role on."""
    del world
    yield from check_policy(view, "assumeRolePolicy", "trust")


@rule(ROLE, source=QUOTAS)
def trust_policy_size(view: View, world: World) -> Iterator[CheckFailure]:
    """The longest trust policy that an account may ask for."""
    del world
    size = _size(view.known("assumeRolePolicy"))
    if size > TRUST_LIMIT:
        yield view.fail("assumeRolePolicy", f"has {size} characters; use {TRUST_LIMIT} or less")


@rule(ROLE, source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html")
def role_boundary(view: View, world: World) -> Iterator[CheckFailure]:
    """A permissions boundary is a managed policy."""
    del world
    yield from _policy_arn(view, "permissionsBoundary")


@rule(ROLE_POLICY, source=GRAMMAR)
def role_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """What a role may do."""
    del world
    yield from check_policy(view, "policy", "identity")


@rule(ROLE_POLICY, source=QUOTAS)
def role_policies_size(view: View, world: World) -> Iterator[CheckFailure]:
    """All inline policies of a role together."""
    role, own = view.text("role"), _size(view.known("policy"))
    if role is None or not own:
        return
    others = [_size(other.get("policy")) for other in world.others(ROLE_POLICY, view.name) if other.get("role") == role]
    if own + sum(others) > INLINE_LIMIT:
        beside = f" beside {sum(others)} in the role's other policies" if any(others) else ""
        reason = f"has {own} characters{beside}; use {INLINE_LIMIT} or less in all, or a managed policy"
        yield view.fail("policy", reason)


@rule(ROLE_POLICY, ATTACHMENT, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html")
def policy_of_a_role(view: View, world: World) -> Iterator[CheckFailure]:
    """A policy belongs to a role that exists, by its name."""
    role = view.text("role")
    if role is not None and role.startswith("arn:"):
        yield view.fail("role", f"is {shown(role)}, an ARN; use the role's name")
    elif world.missing(ROLE, role):
        yield view.fail("role", f"is {shown(role)}, which does not exist; create the role first")


@rule(ATTACHMENT, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html")
def attached_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """What is attached is a managed policy."""
    del world
    yield from _policy_arn(view, "policyArn")


@rule(QUEUE_POLICY, TOPIC_POLICY, source=GRAMMAR)
def resource_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """Who may use a queue or topic."""
    del world
    yield from check_policy(view, "policy", "resource")


@rule(KEY, source="https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-overview.html")
def key_policy(view: View, world: World) -> Iterator[CheckFailure]:
    """Who may use a key."""
    del world
    yield from check_policy(view, "policy", "resource", resource_required=True)


def trusted_by(view: View, path: str, service: str, world: World) -> Iterator[CheckFailure]:
    """A role's ARN; one that is known lets a service take it on.

    Trust in anything but plain services is taken as given.
    """
    yield from arn_of(view, path, "iam")
    role = world.find(ROLE, view.text(path))
    trust, failures = document(View(role), "assumeRolePolicy") if role else (None, [])
    if trust is None or failures:
        return
    statements = trust.get("Statement")
    found = [_services(s) for s in (statements if isinstance(statements, list) else [statements])]
    if found and None not in found and not any(service in names for names in found if names):
        reason = f"is {shown(view.text(path))}, which {service} may not assume; name it in the role's trust policy"
        yield view.fail(path, reason)


def _services(statement: Any) -> list[str] | None:
    """The services that a statement trusts, None when it trusts others too."""
    principal = statement.get("Principal") if isinstance(statement, dict) else None
    if not isinstance(principal, dict) or set(principal) != {"Service"}:
        return None
    named = principal["Service"]
    return named if isinstance(named, list) else [str(named)]


def _policy_arn(view: View, path: str) -> Iterator[CheckFailure]:
    text = view.text(path)
    found = ARN.fullmatch(text or "")
    if text is not None and not (found and found["service"] == "iam" and found["rest"].startswith("policy/")):
        yield view.fail(path, f"is {shown(text)}, no managed policy; use arn:aws:iam::<account>:policy/<name>")


def _size(policy: Any) -> int:
    if policy in (None, ""):
        return 0
    text = policy if isinstance(policy, str) else json.dumps(policy, separators=(",", ":"))
    return len("".join(text.split()))
