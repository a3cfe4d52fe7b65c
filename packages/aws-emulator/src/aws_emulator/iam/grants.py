"""Policies taken apart: a statement that allows two actions on three resources is six grants."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from aws_emulator.iam.recording import PermissionGrant


class PolicyStatement(Protocol):
    """A parsed statement of an identity policy."""

    effect: str
    actions: list[str]
    not_actions: list[str]
    resources: list[str]
    not_resources: list[str]


def expand_statement(holder: str, policy: str, statement: PolicyStatement) -> Iterator[PermissionGrant]:
    """The grants of a statement; none where it denies."""
    if statement.effect != "Allow":
        return
    actions, resources = list_actions_and_resources(statement)
    for action in actions:
        for resource in resources:
            yield PermissionGrant(holder, policy, action, resource)


def list_actions_and_resources(statement: PolicyStatement) -> tuple[Sequence[str], Sequence[str]]:
    """A statement's actions and resources as they are written; all that it leaves out are one."""
    actions = statement.actions or [f"all but {', '.join(statement.not_actions) or 'none'}"]
    resources = statement.resources or [f"all but {', '.join(statement.not_resources) or 'none'}"]
    return actions, resources


def expand_resource_policy(arn: str, policy: str | Mapping[str, Any] | None) -> Iterator[PermissionGrant]:
    """What the policy of a resource lets services do; principals of the account have their own policies."""
    for statement in _parse_statements(policy):
        principal = statement.get("Principal")
        if statement.get("Effect") != "Allow" or not isinstance(principal, Mapping):
            continue
        resource = str(statement.get("Resource") or arn)
        for service in _as_list(principal.get("Service")):  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
            for action in _as_list(statement.get("Action")):
                yield PermissionGrant(resource, str(statement.get("Sid") or ""), action, service)


def parse_account(arn: str) -> str:
    """The account in an ARN; empty where it has none, as a bucket's."""
    return _parse_part(arn, 4)


def parse_region(arn: str) -> str:
    """The region in an ARN; empty where it has none."""
    return _parse_part(arn, 3)


def parse_role_name(session_arn: str) -> str:
    """The role's name in the ARN of its session; the ARN itself where it is of somebody else."""
    return session_arn.split("/")[1] if ":assumed-role/" in session_arn else session_arn


def _parse_part(arn: str, index: int) -> str:
    parts = arn.split(":", 5)
    return parts[index] if len(parts) == 6 else ""


def _parse_statements(policy: str | Mapping[str, Any] | None) -> Sequence[Mapping[str, Any]]:
    if isinstance(policy, str):
        try:
            policy = json.loads(policy)
        except ValueError:
            return []
    found = policy.get("Statement", []) if isinstance(policy, Mapping) else []
    return [found] if isinstance(found, Mapping) else [s for s in found if isinstance(s, Mapping)]


def _as_list(value: Any) -> Sequence[str]:
    return [value] if isinstance(value, str) else [str(v) for v in value or ()]
