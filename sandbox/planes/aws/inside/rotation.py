"""Secrets rotated by their functions: at once, by schedule, and again where a step fails.

A rotation is due at the start of its window. The event of a step has no `RotationToken`, which matters to functions
that assume another role.
"""

# ruff: noqa: SLF001 - the emulator has no other door
import asyncio
import json
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from sandbox.planes.aws.inside import invocations
from sandbox.planes.aws.inside.background import Background
from sandbox.planes.aws.inside.emulator import Answer, Emulator, Request
from sandbox.planes.aws.rotation.schedule import next_date, refusal
from sandbox.planes.aws.rotation.steps import STEPS, TEST, Attempt, pending, run

# Account, region and name of a secret.
Key = tuple[str, str, str]
PRINCIPAL = "secretsmanager.amazonaws.com"
NO_FUNCTION = "No Lambda rotation function ARN is associated with this secret."
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."
NOT_INVOKED = (
    "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to "
    "the principal secretsmanager.amazonaws.com."
)
NO_VALUE = "Secrets Manager can't find the specified secret value for {}."
DATES = ("LastRotatedDate", "NextRotationDate")
_said = logging.getLogger("sandbox")


class Rotation(Background):
    """RotateSecret calls the secret's function."""

    name = "rotation"
    adds = "secrets are rotated by their functions, in four steps, at once and by schedule; a failed one stays pending"
    needs = MappingProxyType(
        {
            **invocations.NEEDS,
            "core.responses": ("get_account_id", "get_region"),
            "eventbridge": ("_parse_cron_fields", "_cron_next_fire"),
            "secretsmanager": (
                "_secrets.all_items",
                "_secrets.get_scoped",
                "_resolve",
                "_is_replica",
                "_rotate_secret",
                "_describe_secret",
                "_get_secret_value",
                "error_response_json",
                "json_response",
            ),
        }
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._attempts: dict[Key, Attempt] = {}
        self._running: dict[Key, asyncio.Task[None]] = {}
        self._done = {"rotated": 0, "failed": 0}

    def install(self) -> None:
        """Stand for RotateSecret, and complete what is told of a secret."""
        self._service = self.emulator.module("secretsmanager")
        self._rotate = self.emulator.replace("secretsmanager", "_rotate_secret", self.rotate)
        self._describe = self.emulator.replace("secretsmanager", "_describe_secret", self.describe)
        self._value = self.emulator.replace("secretsmanager", "_get_secret_value", self.value)
        self.emulator.before("secretsmanager", self.cancel)

    def load(self, state: Any) -> None:
        """Rotations that were under way begin their try again."""
        self._attempts = {
            tuple(key): Attempt(**{**attempt, "steps": tuple(attempt["steps"])}) for key, attempt in state
        }

    async def stop(self) -> None:
        """Give up tries under way; the next start makes them again."""
        await super().stop()
        for task in list(self._running.values()):
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    def save(self) -> Any:
        """Rotations that have not ended."""
        return [[key, asdict(attempt)] for key, attempt in self._attempts.items()]

    def reset(self) -> None:
        """No secret is left."""
        self._attempts.clear()

    def figures(self) -> Mapping[str, Any]:
        """Rotations under way, done and given up."""
        return {"under_way": len(self._attempts), **self._done}

    def rotate(self, data: dict[str, Any]) -> Answer:
        """RotateSecret."""
        name, secret = self._service._resolve(data.get("SecretId"))
        if secret is None or secret.get("DeletedDate") or self._service._is_replica(secret):
            return self._rotate(data)  # refuses each of them
        function = data.get("RotationLambdaARN") or secret.get("RotationLambdaARN")
        rules = data.get("RotationRules") or secret.get("RotationRules")
        error = self._error(secret, function, rules)
        if error:
            return self._service.error_response_json(*error, 400)
        secret.update(RotationLambdaARN=function, RotationRules=rules, RotationEnabled=True)
        self._schedule(secret, time.time())
        at_once = data.get("RotateImmediately", True)
        token = data.get("ClientRequestToken") or str(uuid.uuid4())
        self._begin((*self._here(), name), secret, token, at_once=at_once)
        answer = {"ARN": secret["ARN"], "Name": secret["Name"], **({"VersionId": token} if at_once else {})}
        return self._service.json_response(answer)

    async def cancel(self, request: Request) -> Answer | None:
        """CancelRotateSecret: no more by schedule, and a rotation under way goes no further."""
        if request.action != "CancelRotateSecret":
            return None
        name, secret = self._service._resolve(json.loads(request.body or b"{}").get("SecretId"))
        if secret is None:
            return self._describe({"SecretId": None})  # not found, in the service's words
        secret["RotationEnabled"] = False
        secret.pop("NextRotationDate", None)
        self._attempts.pop((*self._here(), name), None)
        return self._service.json_response({"ARN": secret["ARN"], "Name": secret["Name"]})

    def describe(self, data: dict[str, Any]) -> Answer:
        """DescribeSecret, with the dates of rotation."""
        answer = self._describe(data)
        _, secret = self._service._resolve(data.get("SecretId"))
        dates = {name: secret[name] for name in DATES if secret.get(name)} if secret else {}
        if answer[0] != 200 or not dates:
            return answer
        return self._service.json_response({**json.loads(answer[2]), **dates})

    def value(self, data: dict[str, Any]) -> Answer:
        """GetSecretValue; the version of a rotation has none before its first step."""
        answer = self._value(data)
        found = json.loads(answer[2])
        if answer[0] != 200 or "SecretString" in found or "SecretBinary" in found:
            return answer
        version = data.get("VersionId")
        which = f"VersionId: {version}" if version else f"staging label: {data.get('VersionStage', 'AWSCURRENT')}"
        return self._service.error_response_json("ResourceNotFoundException", NO_VALUE.format(which), 400)

    def _error(self, secret: Mapping[str, Any], function: str | None, rules: Any) -> tuple[str, str] | None:
        if not function:
            return "InvalidRequestException", NO_FUNCTION
        wrong = refusal(rules, self._cron)
        if wrong:
            return "InvalidParameterException", wrong
        if pending(secret["Versions"]):
            return "InvalidRequestException", UNFINISHED
        return ("AccessDeniedException", NOT_INVOKED) if self._closed(function, secret["ARN"]) else None

    def _closed(self, function: str, secret: str) -> bool:
        """Whether the function is not there or does not let Secrets Manager in."""
        if invocations.callee(self.emulator, function) is None:
            return True
        check = self.emulator.permissions.check_resource_policy
        return check("lambda", function, PRINCIPAL, "lambda:InvokeFunction", secret) is not None

    def _begin(self, key: Key, secret: dict[str, Any], token: str, *, at_once: bool = True) -> None:
        created = {"SecretString": None, "SecretBinary": None, "CreatedDate": int(time.time())}
        secret["Versions"].setdefault(token, {**created, "Stages": ["AWSPENDING"]})
        self._attempts[key] = Attempt(secret["ARN"], token, STEPS if at_once else TEST)
        self._waker.wake()

    async def _work(self) -> float | None:
        """Begin what is due; when something is next."""
        now, dates = time.time(), []
        for key, secret in self._service._secrets.all_items():
            date = secret.get("NextRotationDate")
            if not secret.get("RotationEnabled") or not date or key in self._attempts:
                continue
            if date <= now:
                self._begin(key, secret, pending(secret["Versions"]) or str(uuid.uuid4()))
            else:
                dates.append(date)
        for key, attempt in list(self._attempts.items()):
            if key in self._running:
                continue
            if attempt.due <= now:
                self._running[key] = asyncio.create_task(self._try(key, attempt))
            else:
                dates.append(attempt.due)
        return min(dates, default=None)

    async def _try(self, key: Key, attempt: Attempt) -> None:
        secret = self._service._secrets.get_scoped(*key)
        try:
            failure = "the secret is gone" if secret is None else await self._steps(secret, attempt)
        finally:
            self._running.pop(key, None)
            self._waker.wake()
        if self._attempts.get(key) is not attempt:
            return  # cancelled meanwhile
        self._ended(key, attempt, secret, failure)

    async def _steps(self, secret: dict[str, Any], attempt: Attempt) -> str | None:
        async def invoke(event: Mapping[str, Any]) -> str | None:
            function = str(secret.get("RotationLambdaARN"))
            found = invocations.callee(self.emulator, function)
            if found is None or self._closed(function, attempt.arn):
                return NOT_INVOKED
            result = await invocations.execute(self.emulator, found, event)
            return str(result.get("body")) if result.get("error") or result.get("throttle") else None

        def is_current() -> bool:
            return "AWSCURRENT" in (secret["Versions"].get(attempt.token) or {}).get("Stages", ())

        return await run(attempt, invoke, is_current)

    def _ended(self, key: Key, attempt: Attempt, secret: dict[str, Any] | None, failure: str | None) -> None:
        now = time.time()
        again = attempt.again(now) if failure and secret is not None else None
        if again:
            self._attempts[key] = again
            return
        del self._attempts[key]
        if secret is None:
            return
        if attempt.steps == TEST:
            secret["Versions"].pop(attempt.token, None)
        if failure:
            self._done["failed"] += 1
            _said.warning("the rotation of secret %s failed in step %s", secret["Name"], failure)
        elif attempt.steps == STEPS:
            self._done["rotated"] += 1
            secret["LastRotatedDate"] = now
        self._schedule(secret, now)

    def _schedule(self, secret: dict[str, Any], now: float) -> None:
        date = next_date(secret.get("RotationRules"), now, self._cron)
        if date is None:
            secret.pop("NextRotationDate", None)
        else:
            secret["NextRotationDate"] = date

    def _cron(self, expression: str, after: float) -> float | None:
        service = self.emulator.module("eventbridge")
        fields = service._parse_cron_fields(expression)
        found = service._cron_next_fire(fields, datetime.fromtimestamp(after, UTC)) if fields else None
        return found.timestamp() if found else None

    def _here(self) -> tuple[str, str]:
        responses = self.emulator.module("core.responses")
        return responses.get_account_id(), responses.get_region()
