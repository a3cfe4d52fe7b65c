"""The client of the functions' process: what is sent for an invocation, what the answer means, the call on the loop.

A request that comes in on the emulator's loop runs its function without a thread and a blocking connection of its own,
which would cost more than the invocation itself; connections stay open. Concurrency is counted where it is for every
other invocation: `lambda_svc._acquire_execution_slot`. Answers have a Content-Length.
"""

# ruff: noqa: S311 - choices by weight and trace ids are no secrets
import asyncio
import base64
import json
import os
import random
import time
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

HEAD_BYTES = 256 * 1024
"""An answer's head: it carries the end of a log, 4 KB in base64, at most."""
HttpAnswer = tuple[int, dict[str, str], bytes]
"""Status, headers by lower-case name, body."""
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
UNKNOWN = 424
"""The process does not have this revision; it is introduced, and the call is made again."""
# Above a function's timeout: the wait for an environment and both attempts to initialise it.
EXTRA_SECONDS = 60


class HttpClient:
    """Calls to one address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: deque[_Connection] = deque()

    async def request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> HttpAnswer:
        """The answer to a request, which is sent once.

        Raises:
            OSError: nobody answers, within `seconds` or at all.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        connection = await self._open_connection()
        try:
            async with asyncio.timeout(seconds):
                answer = await _exchange(*connection, head + body)
        except BaseException as error:
            connection[1].close()
            if isinstance(error, asyncio.IncompleteReadError | asyncio.LimitOverrunError | ValueError):
                msg = f"the answer is not whole: {error!r}"
                raise OSError(msg) from error
            raise
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """End the connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _open_connection(self) -> _Connection:
        """One that is still open, else a new one: an invocation must not be sent twice."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port, limit=HEAD_BYTES)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> HttpAnswer:
    writer.write(request)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split(" ", 2)[1]), headers, body


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call that can be made."""

    record: Mapping[str, Any]
    """Of the version that runs."""
    config: Mapping[str, Any]
    credentials: Mapping[str, Any]
    headers: Mapping[str, str]
    seconds: int
    """How long an answer may take."""

    @property
    def version(self) -> str:
        """The version that runs."""
        return str(self.config.get("Version", "$LATEST"))

    def build_introduction(self) -> bytes:
        """The request that introduces a revision to the process."""
        code = base64.b64encode(self.record.get("code_zip") or b"").decode()
        return json.dumps({"configuration": self.config, "credentials": self.credentials, "code": code}).encode()


def read_functions_url() -> str:
    """Where the functions' process serves; empty for nowhere."""
    return os.environ.get("SANDBOX_FUNCTIONS_URL", "")


def prepare_call(service: Any, func: Mapping[str, Any], request_id: str, *, tail: bool = False) -> FunctionCall:
    """The call of a function, or of the version that an alias's weights choose."""
    config = func.get("config") or func
    arn = str(config.get("FunctionArn") or "")
    record, config = _choose_version(service, func, config, arn)
    headers = {
        "Content-Type": "application/json",
        "X-Amzn-Lambda-Function-Name": str(config.get("FunctionName")),
        "X-Amzn-Lambda-Function-Version": str(config.get("Version", "$LATEST")),
        "X-Amzn-Lambda-Function-Arn": arn,
        "X-Amzn-Lambda-Request-Id": request_id,
        "X-Amzn-Trace-Id": _build_trace_header(service, config),
        "X-Sandbox-Revision": f"{config.get('RevisionId')}/{config.get('CodeSha256')}",
        "X-Amz-Log-Type": "Tail" if tail else "None",
    }
    credentials = service.execution_credentials(config)  # registers the role's session, whoever forgot it
    return FunctionCall(record, config, credentials, headers, int(config.get("Timeout") or 3) + EXTRA_SECONDS)


def parse_result(service: Any, status: int, answered: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The answer as the emulator's executors give it."""
    log = base64.b64decode(answered.get("x-amz-log-result", "")).decode("utf-8", "replace")
    try:
        found: dict[str, Any] = {"body": json.loads(body) if body else None}
    except ValueError:
        found = {"body": body.decode("utf-8", "replace"), "raw_payload": True}
    if status == 429:
        return dict(service._throttle_response(found["body"]["Reason"], found["body"]["message"]))
    if "x-amz-function-error" in answered:
        return {**found, "log": log, "error": True, "function_error": answered["x-amz-function-error"]}
    if status != 200:
        said = found["body"] if isinstance(found["body"], dict) else {}
        failure = {
            "errorType": said.get("__type", "ServiceException"),
            "errorMessage": said.get("message", f"the functions' process answered {status}"),
        }
        return {"body": failure, "log": log, "error": True}
    return {**found, "log": log}


def build_unanswered_result(error: Exception) -> dict[str, Any]:
    """The result where no answer came."""
    message = f"the functions' process at {read_functions_url()} does not answer: {error!r}"
    return {"body": {"errorType": "ServiceException", "errorMessage": message}, "error": True}


def runs_in_process(service: Any, config: Mapping[str, Any]) -> bool:
    """Whether a function runs in that process."""
    return bool(read_functions_url()) and service._proxy_url_for(config) == read_functions_url()


async def invoke(service: Any, caller: HttpClient, func: Mapping[str, Any], event: Any) -> dict[str, Any]:
    """One invocation on the loop, in the function's account and region; the answer as the emulator's executors give it.

    Above a limit it is what `_throttle_response` says, as from `lambda_svc._execute_function`.
    """
    config, request_id, started = func["config"], str(uuid.uuid4()), time.perf_counter()
    slot, limit = service._acquire_execution_slot(func, config)
    if slot is None:
        service._emit_lambda_metrics(config.get("FunctionName"), duration_ms=0.0, error=False, throttle=True)
        whose = "ReservedFunction" if limit == "function" else ""
        return dict(service._throttle_response(f"{whose}ConcurrentInvocationLimitExceeded", "Rate Exceeded."))
    try:
        found = await _send_call(service, caller, prepare_call(service, func, request_id), event)
    finally:
        service._release_execution_slot(slot)
    milliseconds = int((time.perf_counter() - started) * 1000)
    # What follows an invocation in the emulator, for whoever counts them there.
    service._emit_lambda_logs(func, request_id, found.get("log", ""), bool(found.get("error")), milliseconds)
    return {**found, "request_id": request_id}


async def _send_call(service: Any, caller: HttpClient, call: FunctionCall, event: Any) -> dict[str, Any]:
    payload = json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")
    try:
        answer = await caller.request("POST", "/invoke", payload, call.headers, call.seconds)
        if answer[0] == UNKNOWN:
            answer = await caller.request("PUT", "/functions", call.build_introduction(), {}, call.seconds)
            if answer[0] == 200:
                answer = await caller.request("POST", "/invoke", payload, call.headers, call.seconds)
    except OSError as error:
        return build_unanswered_result(error)
    return parse_result(service, *answer)


def _choose_version(service: Any, func: Any, config: Any, arn: str) -> tuple[Any, Any]:
    """The record and configuration of the version that an alias's weights choose."""
    parts = arn.split(":")
    if len(parts) < 8:
        return func, config
    function = service._functions.get(parts[6]) or {}
    alias = (function.get("aliases") or {}).get(parts[7]) or {}
    left = random.random()
    for version, weight in ((alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}).items():
        left -= float(weight)
        if left < 0 and version in function.get("versions", {}):
            chosen = function["versions"][version]
            return chosen, chosen["config"]
    return func, config


def _build_trace_header(service: Any, config: Any) -> str:
    """The trace header; its lineage counts how often functions have called functions, as on AWS."""
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    base = service._xray_trace_id_for_invocation(config) or (
        f"Root=1-{random.getrandbits(32):08x}-{random.getrandbits(96):024x}"
        f";Parent={random.getrandbits(64):016x};Sampled=0"
    )
    return f"{base};Lineage={service._invoke_depth.get()}"
