"""Permissions: what services ask before they act, and a record of what each grant was used for.

The emulator evaluates identity policies where a client calls it. What it does for a client later (an event source
mapping, a delivery, a schedule) it does unasked; here services ask, in the words of `iam.checks`. What AWS asks
and the sandbox does not is listed in `iam.unenforced`.
"""

import contextvars
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from aws_emulator.iam import grants
from aws_emulator.iam.emulator_checks import EmulatorPermissionChecks
from aws_emulator.iam.recording import PermissionGrant, PermissionRecording, PermissionRefusal
from aws_emulator.ministack.emulator import Emulator, ServiceRequest
from aws_emulator.ministack.supplement import EmulatorSupplement

logger = logging.getLogger("sandbox.permissions")
_evaluations: contextvars.ContextVar[list[tuple[Any, Any]] | None] = contextvars.ContextVar("asked", default=None)


class Permissions(EmulatorSupplement):
    """Services need permission too, and every grant's use is counted."""

    name = "permissions"
    adds = "services act by their roles and by resource policies, as on AWS; the use of every grant is counted"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self.recording = PermissionRecording()

    def install(self) -> None:
        """Listen where the emulator decides, and answer those who ask."""
        self._checks = EmulatorPermissionChecks(self.emulator, self.recording)
        self.emulator.permissions = self._checks
        self.emulator.replace("core.iam_evaluator", "_gather_role_policies", self._checks.find_policies)
        self._evaluate = self.emulator.replace("core.iam_evaluator", "evaluate", self._collect_evaluation)
        self._enforce = self.emulator.replace("core.iam_evaluator", "enforce", self._record_enforcement)
        self._notify = self.emulator.replace("s3", "_deliver_event_to_lambda", self._notify_function)

    def load(self, state: Any) -> None:
        """The counts of the run before."""
        self.recording.load(state)

    def save(self) -> Any:
        """The counts."""
        return self.recording.dump()

    def reset(self) -> None:
        """No counts."""
        self.recording.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How often somebody was allowed and refused."""
        allowed, refused = self.recording.sum_counts()
        return {"allowed": allowed, "refused": refused}

    async def administer(self, request: ServiceRequest) -> tuple[int, Any] | None:
        """Every grant of every role and resource policy, with its count; `DELETE` forgets the counts.

        `check` answers whether a role may do something, as `check_role` does.
        """
        match request.method, request.path:
            case "GET", "":
                return 200, {"grants": list(self._list_grants()), "refused": self.recording.list_refusals()}
            case "DELETE", "":
                self.recording.clear()
                return 200, {}
            case "GET", "check":
                role, action, resource, service = (
                    (request.query.get(name) or [""])[0] for name in ("role", "action", "resource", "service")
                )
                return 200, {"denied": self._checks.check_role(role, action, resource, service=service)}
            case _:
                return None

    def _record_enforcement(self, *arguments: Any, **named: Any) -> Any:
        """In place of `enforce`, which answers None when the call is allowed."""
        asked: list[tuple[Any, Any]] = []
        token = _evaluations.set(asked)
        try:
            denied = self._enforce(*arguments, **named)
        finally:
            _evaluations.reset(token)
        if denied is None:
            for context, policies in asked:
                self.recording.record_use(self._checks.find_matching_grants(context, policies))
        elif asked:
            context = asked[0][0]
            self.recording.record_refusal(
                PermissionRefusal(grants.parse_role_name(context.principal_arn), context.action, context.resource_arn)
            )
        return denied

    def _collect_evaluation(self, context: Any, policies: Any, *limits: Any) -> Any:
        """In place of `evaluate`: what `enforce` asks is kept until it has decided."""
        asked = _evaluations.get()
        if asked is not None:
            asked.append((context, policies))
        return self._evaluate(context, policies, *limits)

    def _notify_function(self, function: str, payload: dict[str, Any], region: str) -> None:
        """In place of a bucket's notification of a function."""
        bucket = payload["Records"][0]["s3"]["bucket"]["arn"]
        denied = self._checks.check_resource_policy(
            "lambda", function, "s3.amazonaws.com", "lambda:InvokeFunction", bucket
        )
        if denied:
            logger.warning("%s is not notified of %s: %s", function, bucket, denied)
        else:
            self._notify(function, payload, region)

    def _list_grants(self) -> Iterator[Mapping[str, Any]]:
        responses = self.emulator.module("core.responses")
        account = str(responses.get_account_id())
        with self.emulator.scope(account, str(responses.get_region())):
            for name in self.emulator.module("iam")._roles:
                for document in self._checks.find_policies(name, account):
                    for statement in document:
                        yield from self._count_uses("role", grants.expand_statement(name, document.policy, statement))
            for arn, policy in self._list_resource_policies():
                yield from self._count_uses("resource", grants.expand_resource_policy(arn, policy))

    def _count_uses(self, kind: str, found: Iterator[PermissionGrant]) -> Iterator[Mapping[str, Any]]:
        for grant in found:
            yield {"kind": kind, **grant._asdict(), "used": self.recording.count_uses(grant)}

    def _list_resource_policies(self) -> Iterator[tuple[str, Any]]:
        for function in self.emulator.module("lambda_svc")._functions.values():
            yield function["config"]["FunctionArn"], function["policy"]
        for queue in self.emulator.module("sqs")._queues.values():
            yield queue["attributes"].get("QueueArn", ""), queue["attributes"].get("Policy")
        for topic in self.emulator.module("sns")._topics.values():
            yield topic["arn"], topic.get("attributes", {}).get("Policy")
