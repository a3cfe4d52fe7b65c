"""Permissions: what services ask before they act, and a record of what each grant was used for.

The emulator evaluates identity policies where a client calls it. What it does for a client later (an event source
mapping, a delivery, a schedule) it does unasked; here services ask, in the words of `permissions.checks`. What AWS asks
and the sandbox does not is listed in `permissions.unenforced`.
"""

import contextvars
import logging
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.patches.emulator import Emulator, Request
from aws_emulator.patches.permission_checks import NEEDS, EmulatorChecks
from aws_emulator.patches.supplement import Supplement
from aws_emulator.permissions import grants
from aws_emulator.permissions.recording import Grant, Recording, Refusal

USED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "core.iam_evaluator": ("enforce",),
        "iam": ("_roles.items",),
        "lambda_svc": ("_functions.values",),
        "s3": ("_deliver_event_to_lambda",),
        "sns": ("_topics.values",),
        "sqs": ("_queues.values",),
    }
)
_said = logging.getLogger("sandbox.permissions")
_asked: contextvars.ContextVar[list[tuple[Any, Any]] | None] = contextvars.ContextVar("asked", default=None)


class Permissions(Supplement):
    """Services need permission too, and every grant's use is counted."""

    name = "permissions"
    adds = "services act by their roles and by resource policies, as on AWS; the use of every grant is counted"
    needs = MappingProxyType({module: (*NEEDS.get(module, ()), *USED.get(module, ())) for module in {**NEEDS, **USED}})

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self.recording = Recording()

    def install(self) -> None:
        """Listen where the emulator decides, and answer those who ask."""
        self._checks = EmulatorChecks(self.emulator, self.recording)
        self.emulator.permissions = self._checks
        self.emulator.replace("core.iam_evaluator", "_gather_role_policies", self._checks.policies_of)
        self._evaluate = self.emulator.replace("core.iam_evaluator", "evaluate", self._evaluated)
        self._enforce = self.emulator.replace("core.iam_evaluator", "enforce", self._enforced)
        self._notify = self.emulator.replace("s3", "_deliver_event_to_lambda", self._notified)

    def load(self, state: Any) -> None:
        """The counts of the run before."""
        self.recording.restore(state)

    def save(self) -> Any:
        """The counts."""
        return self.recording.saved()

    def reset(self) -> None:
        """No counts."""
        self.recording.forget()

    def figures(self) -> Mapping[str, Any]:
        """How often somebody was allowed and refused."""
        allowed, refused = self.recording.totals()
        return {"allowed": allowed, "refused": refused}

    async def ask(self, request: Request) -> tuple[int, Any] | None:
        """Every grant of every role and resource policy, with its count; `DELETE` forgets the counts.

        `check` answers whether a role may do something, as `check_role` does.
        """
        match request.method, request.path:
            case "GET", "":
                return 200, {"grants": list(self._grants()), "refused": self.recording.refusals()}
            case "DELETE", "":
                self.recording.forget()
                return 200, {}
            case "GET", "check":
                role, action, resource, service = (
                    (request.query.get(name) or [""])[0] for name in ("role", "action", "resource", "service")
                )
                return 200, {"denied": self._checks.check_role(role, action, resource, service=service)}
            case _:
                return None

    def _enforced(self, *arguments: Any, **named: Any) -> Any:
        """In place of `enforce`, which answers None when the call is allowed."""
        asked: list[tuple[Any, Any]] = []
        token = _asked.set(asked)
        try:
            denied = self._enforce(*arguments, **named)
        finally:
            _asked.reset(token)
        if denied is None:
            for context, policies in asked:
                self.recording.used(self._checks.matching(context, policies))
        elif asked:
            context = asked[0][0]
            self.recording.refused(Refusal(grants.role_of(context.principal_arn), context.action, context.resource_arn))
        return denied

    def _evaluated(self, context: Any, policies: Any, *limits: Any) -> Any:
        """In place of `evaluate`: what `enforce` asks is kept until it has decided."""
        asked = _asked.get()
        if asked is not None:
            asked.append((context, policies))
        return self._evaluate(context, policies, *limits)

    def _notified(self, function: str, payload: dict[str, Any], region: str) -> None:
        """In place of a bucket's notification of a function."""
        bucket = payload["Records"][0]["s3"]["bucket"]["arn"]
        denied = self._checks.check_resource_policy(
            "lambda", function, "s3.amazonaws.com", "lambda:InvokeFunction", bucket
        )
        if denied:
            _said.warning("%s is not told of %s: %s", function, bucket, denied)
        else:
            self._notify(function, payload, region)

    def _grants(self) -> Iterator[Mapping[str, Any]]:
        responses = self.emulator.module("core.responses")
        account = str(responses.get_account_id())
        with self.emulator.scope(account, str(responses.get_region())):
            for name in self.emulator.module("iam")._roles:
                for document in self._checks.policies_of(name, account):
                    for statement in document:
                        yield from self._counted("role", grants.of_statement(name, document.policy, statement))
            for arn, policy in self._resource_policies():
                yield from self._counted("resource", grants.of_resource_policy(arn, policy))

    def _counted(self, kind: str, found: Iterator[Grant]) -> Iterator[Mapping[str, Any]]:
        for grant in found:
            yield {"kind": kind, **grant._asdict(), "used": self.recording.count(grant)}

    def _resource_policies(self) -> Iterator[tuple[str, Any]]:
        for function in self.emulator.module("lambda_svc")._functions.values():
            yield function["config"]["FunctionArn"], function["policy"]
        for queue in self.emulator.module("sqs")._queues.values():
            yield queue["attributes"].get("QueueArn", ""), queue["attributes"].get("Policy")
        for topic in self.emulator.module("sns")._topics.values():
            yield topic["arn"], topic.get("attributes", {}).get("Policy")
