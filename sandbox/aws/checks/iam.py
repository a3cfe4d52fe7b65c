"""IAM: roles and their policies."""

import json
from collections.abc import Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import GRAMMAR, check_policy
from sandbox.aws.checks.core.resource_names import ROLE
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
QUOTAS = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
# Characters, white space apart. A trust policy has half of it until the account asks for more.
TRUST_LIMIT, INLINE_LIMIT = 4_096, 10_240


@rule(ROLE, source=GRAMMAR)
def trust_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Who may take a role on."""
    del resources
    yield from check_policy(view, "assumeRolePolicy", "trust")


@rule(ROLE, source=QUOTAS)
def trust_policy_size(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The longest trust policy that an account may ask for."""
    del resources
    size = _size(view.value("assumeRolePolicy"))
    if size > TRUST_LIMIT:
        yield view.fail("assumeRolePolicy", f"has {size} characters; use {TRUST_LIMIT} or less")


@rule(ROLE, source="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html")
def role_boundary(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A permissions boundary is a managed policy."""
    del resources
    yield from _policy_arn(view, "permissionsBoundary")


@rule(ROLE_POLICY, source=GRAMMAR)
def role_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What a role may do."""
    del resources
    yield from check_policy(view, "policy", "identity")


@rule(ROLE_POLICY, source=QUOTAS)
def role_policies_size(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """All inline policies of a role together."""
    role, own = view.text("role"), _size(view.value("policy"))
    if role is None or not own:
        return
    others = [
        _size(other.get("policy"))
        for other in resources.list_others(ROLE_POLICY, view.name)
        if other.get("role") == role
    ]
    if own + sum(others) > INLINE_LIMIT:
        beside = f" beside {sum(others)} in the role's other policies" if any(others) else ""
        reason = f"has {own} characters{beside}; use {INLINE_LIMIT} or less in all, or a managed policy"
        yield view.fail("policy", reason)


@rule(ROLE_POLICY, ATTACHMENT, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html")
def policy_of_a_role(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A policy belongs to a role that exists, by its name."""
    role = view.text("role")
    if role is not None and role.startswith("arn:"):
        yield view.fail("role", f"is {quote(role)}, an ARN; use the role's name")
    elif resources.is_missing(ROLE, role):
        yield view.fail("role", f"is {quote(role)}, which does not exist; create the role first")


@rule(ATTACHMENT, source="https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html")
def attached_policy(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What is attached is a managed policy."""
    del resources
    yield from _policy_arn(view, "policyArn")


def _policy_arn(view: InputView, path: str) -> Iterator[CheckFailure]:
    text = view.text(path)
    found = ARN.fullmatch(text or "")
    if text is not None and not (found and found["service"] == "iam" and found["rest"].startswith("policy/")):
        yield view.fail(path, f"is {quote(text)}, no managed policy; use arn:aws:iam::<account>:policy/<name>")


def _size(policy: Any) -> int:
    if policy in (None, ""):
        return 0
    text = policy if isinstance(policy, str) else json.dumps(policy, separators=(",", ":"))
    return len("".join(text.split()))
