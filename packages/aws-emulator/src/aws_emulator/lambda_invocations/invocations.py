"""Invocations by the sandbox itself: the function behind an ARN, run where the emulator counts concurrency."""

import contextvars
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aws_emulator.ministack.emulator import Emulator

_request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")


@dataclass(frozen=True, slots=True)
class InvokableFunction:
    """A function, version or alias that can be run."""

    arn: str
    """As it was asked for, with its qualifier."""
    function: Mapping[str, Any]
    """The emulator's record of the function."""
    record: Mapping[str, Any]
    """What the emulator executes: of the version that the qualifier names, called by `arn`."""

    @property
    def config(self) -> Mapping[str, Any]:
        """The configuration of the version that runs."""
        return self.record["config"]

    @property
    def reserved(self) -> int | None:
        """The concurrency that the function reserves for itself; None for none."""
        reserved = self.record.get("concurrency")
        return None if reserved is None else int(reserved)


def parse_scope(arn: str) -> tuple[str, str]:
    """Account and region of an ARN."""
    parts = arn.split(":")
    return parts[4], parts[3]


def find_function(emulator: Emulator, arn: str) -> InvokableFunction | None:
    """The function behind an ARN; None when it, its version or its alias is gone."""
    service, parts = emulator.module("lambda_svc"), arn.split(":")
    if len(parts) < 7:
        return None
    account, region = parse_scope(arn)
    with emulator.scope(account, region):
        record, config, _ = service._get_func_record_for_ref(arn)
        function = service._functions.get_scoped(account, region, parts[6])
        if record is None or config is None or function is None:
            return None
        # A version's record lacks the function's concurrency, which all versions share.
        reserved = service._reserved_concurrency(function, function["config"])
        whole = {**record, "concurrency": reserved, "config": {**config, "FunctionArn": arn}}
        return InvokableFunction(arn, function, whole)


def keep_request_id(emulator: Emulator) -> None:
    """Let `execute` say which id a function sees; the emulator makes a new one for each attempt."""
    original = emulator.module("lambda_svc")._execute_function_dispatch

    def dispatch(func: Any, config: Any, event: Any, request_id: str, started: float) -> Any:
        return original(func, config, event, _request_id.get() or request_id, started)

    emulator.replace("lambda_svc", "_execute_function_dispatch", dispatch)


async def execute(
    emulator: Emulator, found: InvokableFunction, event: Any, *, request_id: str = "", depth: int = 0
) -> Any:
    """The executor's answer: `throttle` where there was no room, `error` where the function failed, `body`.

    Args:
        emulator: The emulator.
        found: What is run.
        event: Its event.
        request_id: What it sees as its request's id; a new one by default.
        depth: How many functions have called one another up to here.
    """
    service = emulator.module("lambda_svc")
    with emulator.scope(*parse_scope(found.arn)):
        _request_id.set(request_id)
        service._invoke_depth.set(depth)
        return await emulator.module("core.concurrency").run_reentrant(service._execute_function, found.record, event)


def execute_in_thread(
    emulator: Emulator, found: InvokableFunction, event: Any, *, request_id: str = "", depth: int = 0
) -> Any:
    """`execute` for a thread of the caller's own, which waits."""
    service = emulator.module("lambda_svc")
    with emulator.scope(*parse_scope(found.arn)):
        _request_id.set(request_id)
        service._invoke_depth.set(depth)
        return service._execute_function(found.record, event)
