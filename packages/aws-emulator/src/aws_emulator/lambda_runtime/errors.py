"""What the service says when an invocation fails, in AWS's words."""

import json
from dataclasses import dataclass
from typing import Any

UNHANDLED = "Unhandled"


class FunctionsError(Exception):
    """A request that can't be served: what the service refuses, not a function's own error."""

    status = 500
    code = "ServiceException"

    def body(self) -> dict[str, Any]:
        """The JSON that is answered."""
        return {"__type": self.code, "Type": "User" if self.status < 500 else "Service", "message": str(self)}


class NoSuchFunctionError(FunctionsError):
    """There is no function, version or alias of that name."""

    status, code = 404, "ResourceNotFoundException"


class UnknownRevisionError(FunctionsError):
    """The caller names a revision that has not been introduced yet; it does so and asks again."""

    status, code = 424, "UnknownRevision"


class BadRequestError(FunctionsError):
    """A request that is not what the protocol says."""

    status, code = 400, "InvalidRequestContentException"


class BadCodeError(FunctionsError):
    """An archive that can't be unpacked."""

    status, code = 502, "InvalidZipFileException"


class ThrottledError(FunctionsError):
    """No environment became free in time."""

    status, code = 429, "TooManyRequestsException"

    def body(self) -> dict[str, Any]:
        """As for the account's concurrency limit, of which this machine's environments are the stand-in."""
        return {**super().body(), "Reason": "ConcurrentInvocationLimitExceeded"}


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed invocation or initialisation."""

    type: str
    payload: bytes
    """What the caller gets."""
    status: str = "error"
    """`error` or `timeout`, in REPORT lines."""


def build_failure(kind: str, message: str, *, status: str = "error") -> Failure:
    """A failure that the service itself reports."""
    return Failure(kind, json.dumps({"errorType": kind, "errorMessage": message}).encode(), status)


def parse_reported_failure(body: bytes, request: str) -> Failure:
    """A failure that the runtime client has reported: its type, message and stack trace as they are."""
    try:
        found = json.loads(body)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return build_failure("Runtime.Unknown", f"RequestId: {request} Error: the runtime reported no readable error")
    if not found.get("requestId"):
        found["requestId"] = request
    return Failure(str(found.get("errorType") or "Runtime.Unknown"), json.dumps(found).encode())


def build_exit_failure(request: str, code: int) -> Failure:
    """The worker ended by itself or was killed."""
    if code < 0:
        how = "signal: killed" if code == -9 else f"signal: {-code}"
        said = f"Runtime exited with error: {how}"
    else:
        said = f"Runtime exited with error: exit status {code}" if code else "Runtime exited without providing a reason"
    return build_failure("Runtime.ExitError", f"RequestId: {request} Error: {said}")


def build_memory_failure(request: str) -> Failure:
    """The environment used more than its memory and was killed."""
    said = "Runtime exited with error: signal: killed"
    return build_failure("Runtime.OutOfMemory", f"RequestId: {request} Error: {said}")


def build_timeout_failure(request: str, seconds: float, at: str) -> Failure:
    """The invocation took longer than the function's timeout."""
    return build_failure("Sandbox.Timedout", format_timeout(request, seconds, at), status="timeout")


def format_timeout(request: str, seconds: float, at: str) -> str:
    """The line that AWS logs and answers."""
    return f"{at} {request} Task timed out after {seconds:.2f} seconds"


def find_message(found: Failure) -> str:
    """The message in a failure's payload."""
    return str(json.loads(found.payload)["errorMessage"])


def build_size_failure(limit: int) -> Failure:
    """The answer is above the limit."""
    said = f"Response payload size exceeded maximum allowed payload size ({limit} bytes)."
    return build_failure("Function.ResponseSizeTooLarge", said)
