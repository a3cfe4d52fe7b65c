"""`PermissionChecks`, answered by the emulator's evaluator of policies."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from aws_emulator.iam import grants
from aws_emulator.iam.checks import PolicyKind
from aws_emulator.iam.recording import PermissionGrant, PermissionRecording, PermissionRefusal
from aws_emulator.ministack.emulator import Emulator

DOCUMENTS = 4_096
"""Parsed policies that are kept; a role's are read on every call."""


class PolicyDocument(list[Any]):
    """A parsed policy that knows where it is from."""

    def __init__(self, statements: list[Any], holder: str, policy: str) -> None:
        super().__init__(statements)
        self.holder, self.policy = holder, policy


class EmulatorPermissionChecks:
    """The emulator's roles and resource policies, asked in a service's name; every answer is recorded."""

    def __init__(self, emulator: Emulator, recording: PermissionRecording) -> None:
        self._emulator, self._recording = emulator, recording
        self._iam, self._actions = emulator.module("core.iam_evaluator"), emulator.module("core.iam_actions")
        self._evaluate: Callable[..., Any] = self._iam.evaluate
        self._parsed: Callable[..., PolicyDocument] = lru_cache(DOCUMENTS)(self._parse)

    def check_role(self, role_arn: str, action: str, resource_arn: str, *, service: str = "") -> str | None:
        """Whether a service may do something as a role."""
        if not self._emulator.module("app").AUTH:
            return None
        account, name = grants.parse_account(role_arn), role_arn.rsplit("/", 1)[-1]
        roles, kind = self._emulator.module("iam")._roles, action.partition(":")[0]
        with self._emulator.scope(account, grants.parse_region(resource_arn) or self._read_region()):
            role = roles.get_scoped(account, None, name)
            if role is None or (service and not self._trusts(role, service, account)):
                self._recording.record_refusal(PermissionRefusal(service or name, "sts:AssumeRole", role_arn))
                who = service or "the service"
                return f"User: {who} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            session = f"arn:aws:sts::{account}:assumed-role/{name}/{service.split('.', maxsplit=1)[0] or 'service'}"
            context = self._build_context(session, "AssumedRole", account, action, resource_arn)
            policies, limits = self.find_policies(name, account), self._iam._permissions_boundary(roles, name, account)
            result = self._evaluate(context, policies, *limits)
            found = self._iam._resource_policy(kind, resource_arn)
            if found is not None:
                result = self._iam.combine_resource_policy(result, context, *found, limits=limits)
        if result.decision == "Allow":
            self._recording.record_use(self.find_matching_grants(context, policies))
            return None
        self._recording.record_refusal(PermissionRefusal(name, action, resource_arn))
        if result.resource_policy_arn:
            return str(self._actions._resource_policy_denial(kind, action, session, resource_arn))
        denied = result.decision == "Deny"
        return str(self._actions.identity_denial_message(action, session, resource_arn, denied))

    def check_resource_policy(
        self, kind: PolicyKind, resource_arn: str, service_principal: str, action: str, source_arn: str
    ) -> str | None:
        """Whether a resource's policy lets a service in."""
        if not self._emulator.module("app").AUTH:
            return None
        account = grants.parse_account(resource_arn) or grants.parse_account(source_arn) or self._read_account()
        with self._emulator.scope(account, grants.parse_region(resource_arn) or self._read_region()):
            policy = (self._iam._resource_policy(kind, resource_arn) or ("",))[0] or ""
        # The service itself asks, no principal of the account; only a statement that names it, or `*`, lets it in.
        context = self._build_context("*", "Service", "", action, resource_arn)
        source_account = grants.parse_account(source_arn) or account
        context.service_context = {
            "aws:sourcearn": source_arn,
            "aws:sourceaccount": source_account,
            "aws:sourceowner": source_account,
            "aws:principalisawsservice": "true",
            "aws:principalservicename": service_principal,
        }
        result = self._iam.evaluate_resource_policy(policy, context, service=service_principal)
        if result.decision == "Allow":
            self._recording.record_use(
                grant
                for grant in grants.expand_resource_policy(resource_arn, policy)
                if grant.policy == result.matched_sid
                and grant.resource.lower() == service_principal.lower()
                and self._iam.fnmatch_iam(action, grant.action)
            )
            return None
        self._recording.record_refusal(PermissionRefusal(service_principal, action, resource_arn))
        reason = (
            "with an explicit deny in a resource-based policy"
            if result.decision == "Deny"
            else f"because no resource-based policy allows the {action} action"
        )
        return f"User: {service_principal} is not authorized to perform: {action} on resource: {resource_arn} {reason}"

    def find_policies(self, name: str, account: str) -> list[PolicyDocument]:
        """The policies of a role, as the emulator's evaluator takes them."""
        role = self._emulator.module("iam")._roles.get_scoped(account, None, name)
        return [self._parsed(name, policy, text) for policy, text in self._read_documents(role, account)]

    def find_matching_grants(self, context: Any, policies: Any) -> Iterator[PermissionGrant]:
        """Each grant of a role that allows what was asked."""
        iam = self._iam
        for document in policies:
            if not isinstance(document, PolicyDocument):
                continue
            for statement in document:
                if (
                    statement.effect == "Allow"
                    and iam._action_matches(context.action, statement.actions, statement.not_actions)
                    and iam._resource_matches(context.resource_arn, statement.resources, statement.not_resources)
                    and iam._conditions_met(statement.conditions, context)
                ):
                    yield from self._expand_statement(document, statement, context)

    def _expand_statement(self, document: PolicyDocument, statement: Any, context: Any) -> Iterator[PermissionGrant]:
        actions, resources = grants.list_actions_and_resources(statement)
        if statement.actions:
            actions = [action for action in actions if self._iam.fnmatch_iam(context.action, action)]
        if statement.resources:
            resources = [arn for arn in resources if self._iam.fnmatch_iam_cs(context.resource_arn, arn)]
        for action in actions:
            for resource in resources:
                yield PermissionGrant(document.holder, document.policy, action, resource)

    def _trusts(self, role: Mapping[str, Any], service: str, account: str) -> bool:
        """Whether a role's trust policy lets a service of the account assume it."""
        context = self._build_context("*", "Service", "", "sts:AssumeRole", "*")
        context.service_context = {"aws:sourceaccount": account}
        trust = role.get("AssumeRolePolicyDocument") or ""
        return bool(self._iam.evaluate_resource_policy(trust, context, service=service).decision == "Allow")

    def _build_context(self, principal: str, kind: str, account: str, action: str, resource: str) -> Any:
        return self._iam.EvalContext(
            principal_arn=principal,
            principal_type=kind,
            principal_account=account,
            action=action,
            resource_arn=resource,
            region=grants.parse_region(resource) or self._read_region(),
            secure_transport=True,  # services talk to services in private
        )

    def _read_documents(self, role: Any, account: str) -> Iterator[tuple[str, str]]:
        if role is None:
            return
        found = dict(role.get("InlinePolicies") or {})
        for arn in role.get("AttachedPolicies", []):
            found[arn] = self._iam._resolve_managed_policy_document(arn, account)
        for policy, document in found.items():
            if document:
                yield policy, document if isinstance(document, str) else json.dumps(document)

    def _parse(self, holder: str, policy: str, text: str) -> PolicyDocument:
        return PolicyDocument(self._iam.parse_policy_document(text), holder, policy)

    def _read_account(self) -> str:
        return str(self._emulator.module("core.responses").get_account_id())

    def _read_region(self) -> str:
        return str(self._emulator.module("core.responses").get_region())
