"""An event that waits for a function, what becomes of an attempt, and what the function's settings say."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Condition = Literal["Success", "RetriesExhausted", "EventAgeExceeded", "ZeroReservedConcurrency"]
"""With which an event ends, as the invocation record spells it."""

# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
MAXIMUM_RETRIES = 2
MAXIMUM_AGE_SECONDS = 6 * 60 * 60


@dataclass(slots=True)
class AttemptOutcome:
    """What became of one attempt."""

    kind: Literal["succeeded", "failed", "throttled", "unavailable"]
    payload: Any = None
    """What the function returned, or its error; JSON."""
    error: str = ""
    """`Unhandled` or `Handled` where the function failed."""
    version: str = "$LATEST"

    @property
    def requeued(self) -> bool:
        """Whether the event goes back to the queue without using up a retry: 429 and 500-series answers."""
        return self.kind in ("throttled", "unavailable")


@dataclass(slots=True)
class AsynchronousEvent:
    """An accepted event; times are seconds since the epoch."""

    id: str
    """Its request's id, the same in every attempt."""
    function: str
    """ARN as it was invoked, with the version or alias if one was named."""
    text: str
    """The payload as JSON text."""
    accepted: float
    due: float = 0.0
    """When it may be tried next."""
    attempts: int = 0
    """How often the function ran it and failed."""
    depth: int = 0
    """How many functions have called one another up to here."""
    last: AttemptOutcome | None = None

    @property
    def payload(self) -> Any:
        """The payload, each time a new value: no attempt sees what another did to it."""
        return json.loads(self.text)

    @property
    def qualifier(self) -> str:
        """The version or alias that was named; empty for neither."""
        parts = self.function.split(":")
        return parts[7] if len(parts) > 7 else ""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.function.split(":")[6]

    @property
    def owner(self) -> str:
        """The function's ARN without a qualifier: versions and aliases share one queue and one concurrency."""
        return ":".join(self.function.split(":")[:7])


@dataclass(frozen=True, slots=True)
class InvokePolicy:
    """What a function, version or alias says about its asynchronous invocations."""

    retries: int = MAXIMUM_RETRIES
    age_seconds: int = MAXIMUM_AGE_SECONDS
    on_success: str = ""
    """ARN; empty for none, as the two below."""
    on_failure: str = ""
    dead_letters: str = ""


def parse_policy(invoke_config: Mapping[str, Any] | None, function_config: Mapping[str, Any]) -> InvokePolicy:
    """The policy that PutFunctionEventInvokeConfig and the function's configuration make."""
    given = invoke_config or {}
    destinations = given.get("DestinationConfig") or {}
    retries, age = given.get("MaximumRetryAttempts"), given.get("MaximumEventAgeInSeconds")
    return InvokePolicy(
        retries=MAXIMUM_RETRIES if retries is None else int(retries),
        age_seconds=MAXIMUM_AGE_SECONDS if age is None else int(age),
        on_success=(destinations.get("OnSuccess") or {}).get("Destination") or "",
        on_failure=(destinations.get("OnFailure") or {}).get("Destination") or "",
        dead_letters=(function_config.get("DeadLetterConfig") or {}).get("TargetArn") or "",
    )


def parse_outcome(result: Mapping[str, Any], version: str) -> AttemptOutcome:
    """The outcome in an executor's answer."""
    payload = result.get("body")
    if isinstance(payload, bytes):
        payload = payload.decode("utf-8", "replace")
    if result.get("throttle"):
        return AttemptOutcome("throttled", payload, version=version)
    if not result.get("error"):
        return AttemptOutcome("succeeded", payload, version=version)
    kind = payload.get("errorType") if isinstance(payload, dict) else None
    if kind == "ServiceException" and "function_error" not in result:
        return AttemptOutcome("unavailable", payload, version=version)
    return AttemptOutcome("failed", payload, error=result.get("function_error") or "Unhandled", version=version)


def dump_event(event: AsynchronousEvent) -> dict[str, Any]:
    """An event as JSON, for the next run; what the last attempt said is not kept."""
    return {name: getattr(event, name) for name in ("id", "function", "text", "accepted", "due", "attempts", "depth")}


def load_event(state: Mapping[str, Any]) -> AsynchronousEvent:
    """The event that `dump_event` made."""
    return AsynchronousEvent(**state)
