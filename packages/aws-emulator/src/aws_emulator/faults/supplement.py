"""Faults between a function and the services it calls: what a trial does to a network and a store."""

import asyncio
import contextvars
import json
import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.faults.rules import ActiveFault, FaultError, describe_fault, find_striking_fault, parse_fault
from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse
from aws_emulator.ministack.supplement import EmulatorSupplement

SERVICES = ("dynamodb", "events", "lambda", "sqs")
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html and the services' common
# errors: each SDK tries these again by itself.
UNAVAILABLE: Mapping[str, str] = MappingProxyType({"dynamodb": "InternalServerError", "lambda": "ServiceException"})
THROTTLED: Mapping[str, tuple[str, int]] = MappingProxyType(
    {"lambda": ("TooManyRequestsException", 429), "sqs": ("RequestThrottled", 400)}
)
USUAL_UNAVAILABLE, USUAL_THROTTLED = "InternalFailure", ("ThrottlingException", 400)
# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
REFUSED: Mapping[str, str] = MappingProxyType(
    {"ErrorCode": "InternalFailure", "ErrorMessage": "A fault that a trial has put in."}
)
_lost: contextvars.ContextVar[bool] = contextvars.ContextVar("lost", default=False)
_partial: contextvars.ContextVar[ActiveFault | None] = contextvars.ContextVar("partial", default=None)


class LostAnswerError(Exception):
    """The work is done, and the caller gets no answer."""


class Faults(EmulatorSupplement):
    """Services that fail, slow down, or answer nobody, for a share of some callers' calls."""

    name = "faults"
    adds = "a trial may break what lies between functions and services; nothing is broken otherwise"

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._active: dict[str, ActiveFault] = {}

    def install(self) -> None:
        """Hook each service."""
        self._caller = self.emulator.module("core.iam_evaluator").request_caller_arn
        for service in SERVICES:
            self._hook_service(service)
        self._original_put_events = self.emulator.replace("eventbridge", "_put_events", self.put_events)

    def put_events(self, data: dict[str, Any], allow_aws_source: bool = False) -> Any:
        """In place of the emulator's: entries that a partial fault strikes are refused, the others are put."""
        active, given = _partial.get(), data.get("Entries") or []
        refused = [active is not None and active.draw() for _ in given]
        if not any(refused):
            return self._original_put_events(data, allow_aws_source)
        accepted = [entry for entry, struck in zip(given, refused, strict=True) if not struck]
        results: list[Any] = []
        if accepted:
            status, headers, body = self._original_put_events({**data, "Entries": accepted}, allow_aws_source)
            if status != 200:
                return status, headers, body
            results = json.loads(body)["Entries"]
        rest = iter(results)
        entries = [dict(REFUSED) if struck else next(rest) for struck in refused]
        failed = sum("ErrorCode" in entry for entry in entries)
        return self.emulator.module("eventbridge").json_response({"FailedEntryCount": failed, "Entries": entries})

    def reset(self) -> None:
        """Nothing is broken any more."""
        self._active.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """How many faults there are, and how often they struck."""
        return {"active": len(self._active), "struck": sum(active.struck for active in self._active.values())}

    async def administer(self, request: ServiceRequest) -> tuple[int, Any] | None:
        """`GET` lists faults, `PUT /<name>` puts one in, `DELETE /<name>` takes it out, `DELETE` all of them."""
        name = request.path
        if request.method == "GET" and not name:
            return 200, {"faults": {name: describe_fault(active) for name, active in self._active.items()}}
        if request.method == "DELETE":
            gone = [self._active.pop(name, None)] if name else [*self._active.values()]
            if not name:
                self._active.clear()
            return 200, {"removed": [describe_fault(active) for active in gone if active]}
        if request.method == "PUT" and name:
            return self._put(name, request.body)
        return None

    def _put(self, name: str, body: bytes) -> tuple[int, Any]:
        try:
            fault = parse_fault(json.loads(body))
            if fault.service not in SERVICES:
                msg = f"service is '{fault.service}'; it must be one of {', '.join(SERVICES)}"
                raise FaultError(msg)
        except ValueError as error:
            return 400, {"message": str(error)}
        self._active[name] = ActiveFault(fault, random.Random(fault.seed))  # noqa: S311 - repeatable, not secret
        return 200, describe_fault(self._active[name])

    def _hook_service(self, service: str) -> None:
        async def before(request: ServiceRequest) -> ServiceResponse | None:
            _lost.set(False)
            _partial.set(None)
            if not self._active:
                return None
            active = find_striking_fault(
                self._active.values(), service, _find_action(request), self._caller(request.headers, request.query)
            )
            return await _apply_fault(active) if active else None

        def after(_: ServiceRequest, __: ServiceResponse) -> None:
            if _lost.get():
                msg = "the answer is lost; what was asked is done"
                raise LostAnswerError(msg)

        self.emulator.before(service, before)
        self.emulator.after(service, after)


async def _apply_fault(active: ActiveFault) -> ServiceResponse | None:
    fault = active.fault
    match fault.effect:
        case "partial":
            _partial.set(active)
            return None
        case "delayed":
            await asyncio.sleep(fault.seconds)
            return None
        case "lost":
            _lost.set(True)
            return None
        case "cut":
            await asyncio.sleep(fault.seconds)
            return _build_error(UNAVAILABLE.get(fault.service, USUAL_UNAVAILABLE), 500)
        case "throttled":
            return _build_error(*THROTTLED.get(fault.service, USUAL_THROTTLED))
        case _:
            return _build_error(UNAVAILABLE.get(fault.service, USUAL_UNAVAILABLE), 500)


def _find_action(request: ServiceRequest) -> str:
    if request.action:
        return request.action
    return "Invoke" if request.path.endswith("/invocations") else ""


def _build_error(code: str, status: int) -> ServiceResponse:
    body = json.dumps({"__type": code, "message": "A fault that a trial has put in."}).encode()
    return status, {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": code}, body
