"""Functions handed to the process of `aws_emulator.lambda_runtime`, whose address is `SANDBOX_FUNCTIONS_URL`.

The emulator's proxy executor hands an event to a URL, but only for functions that carry a variable; it has no room for
an error's type, for the end of the log, for an alias's weights, and it writes log lines of its own. So the executor is
replaced here, by name; concurrency limits stay the emulator's.
"""

import contextvars
import http.client
import json
import re
import select
from collections import deque
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aws_emulator.lambda_invocations.client import (
    UNKNOWN,
    build_unanswered_result,
    parse_result,
    prepare_call,
    read_functions_url,
)
from aws_emulator.ministack.supplement import EmulatorSupplement

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
REQUEST_BYTES = 6 * 1024 * 1024
EVENT_BYTES = 1024 * 1024
REPLACED = (
    "handle_request",
    "_invoke",
    "_proxy_url_for",
    "_execute_function_proxy",
    "_emit_lambda_logs",
    "_get_function",
    "serve_function_code",
)
INVOCATIONS = re.compile(r"^/2015-03-31/functions/[^/]+/invocations/?$")
PROVISIONED = re.compile(r"^/2019-09-30/functions/([^/]+)/provisioned-concurrency/?$")
LINEAGE = re.compile(r"Lineage=(\d+)")

_call: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("call", default=None)
_connections: deque[http.client.HTTPConnection] = deque()


class LambdaFunctions(EmulatorSupplement):
    """Functions run as on AWS."""

    name = "functions"
    adds = "functions run in environments of their own on AWS's runtime client: real errors, logs, limits and weights"

    def install(self) -> None:
        """Put the functions' process in the executor's place."""
        service = self.emulator.module("lambda_svc")
        executor = FunctionExecutor(service)
        for name in REPLACED:
            self.emulator.replace("lambda_svc", name, getattr(executor, name.lstrip("_")))


class FunctionExecutor:
    """Replacements of names of the emulator's module; each method has the name that it replaces."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._original = {name: getattr(service, name) for name in REPLACED}

    async def handle_request(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        """Any request to the Lambda API."""
        refused = _validate_request(self._service, method, path, headers, body)
        if refused is not None:
            return refused
        listed = PROVISIONED.match(path)
        if method == "GET" and listed and "List" in query:
            return _list_provisioned(self._service, listed.group(1))
        return await self._original["handle_request"](method, path, _add_depth(headers), body, query)

    async def invoke(self, name: str, event: Any, headers: dict[str, str], *rest: Any, **named: Any) -> Any:
        """Invoke: says whether the log is wanted, and which version ran."""
        wanted = str(headers.get("x-amz-log-type") or headers.get("X-Amz-Log-Type") or "")
        call: dict[str, Any] = {"tail": wanted.lower() == "tail"}
        _call.set(call)
        status, answered, body = await self._original["_invoke"](name, event, headers, *rest, **named)
        if "version" in call and "X-Amz-Executed-Version" in answered:
            answered = {**answered, "X-Amz-Executed-Version": call["version"]}
        return status, answered, body

    def proxy_url_for(self, config: dict[str, Any]) -> str | None:
        """Where a function runs: here, unless it names a place of its own."""
        ours = config.get("PackageType") != "Image" and str(config.get("Runtime") or "").startswith("python")
        return self._original["_proxy_url_for"](config) or (read_functions_url() if ours else None)

    def execute_function_proxy(self, func: dict[str, Any], event: Any, address: str, request_id: str) -> dict[str, Any]:
        """One invocation."""
        if address != read_functions_url():
            return self._original["_execute_function_proxy"](func, event, address, request_id)
        return _execute(self._service, func, event, request_id)

    def emit_lambda_logs(self, func: dict[str, Any], *rest: Any, **named: Any) -> None:
        """The emulator's log lines, which the functions' process writes itself."""
        if self.proxy_url_for(func.get("config") or func) != read_functions_url():
            self._original["_emit_lambda_logs"](func, *rest, **named)

    def get_function(self, name: str, qualifier: str | None = None) -> Any:
        """GetFunction, a version's with that version's code; the emulator hands out the newest for all."""
        status, headers, body = self._original["_get_function"](name, qualifier)
        if status != 200:
            return status, headers, body
        found = json.loads(body)
        location, version = found["Code"].get("Location"), found["Configuration"].get("Version", "$LATEST")
        if location and version != "$LATEST":
            found["Code"]["Location"] = location.replace(f"/{name}?", f"/{name}:{version}?")
        return status, headers, json.dumps(found).encode()

    def serve_function_code(self, name: str, *rest: Any, **named: Any) -> Any:
        """What such a location leads to."""
        function, _, version = name.partition(":")
        record = (self._service._functions.get(function) or {}).get("versions", {}).get(version)
        if record is None:
            return self._original["serve_function_code"](function, *rest, **named)
        return 200, {"Content-Type": "application/zip"}, record.get("code_zip") or b""


def _execute(service: Any, func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    kept = _call.get() or {}
    call = prepare_call(service, func, request_id, tail=bool(kept.get("tail")))
    kept["version"] = call.version
    payload = json.dumps(event, ensure_ascii=False).encode()
    try:
        answer = _call_process("POST", "/invoke", payload, call.headers, call.seconds)
        if answer[0] == UNKNOWN:
            answer = _call_process("PUT", "/functions", call.build_introduction(), {}, call.seconds)
            if answer[0] == 200:
                answer = _call_process("POST", "/invoke", payload, call.headers, call.seconds)
    except (OSError, http.client.HTTPException) as error:
        return build_unanswered_result(error)
    return {**parse_result(service, *answer), "version": call.version}


def _add_depth(headers: dict[str, str]) -> dict[str, str]:
    found = LINEAGE.search(headers.get("x-amzn-trace-id") or "")
    return {**headers, "x-ministack-invoke-depth": found.group(1)} if found else headers


def _validate_request(service: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
    """What Invoke refuses before anything runs; None if nothing."""
    if method != "POST" or not INVOCATIONS.match(path):
        return None
    kind = headers.get("x-amz-invocation-type") or headers.get("X-Amz-Invocation-Type") or ""
    limit = EVENT_BYTES if kind == "Event" else REQUEST_BYTES
    if len(body) > limit:
        message = f"Request must be smaller than {limit} bytes for the InvokeFunction operation"
        return service.error_response_json("RequestTooLargeException", message, 413)
    try:
        json.loads(body or b"{}")
    except ValueError as error:
        message = f"Could not parse request body into json: {error}"
        return service.error_response_json("InvalidRequestContentException", message, 400)
    return None


def _list_provisioned(service: Any, name: str) -> Any:
    """ListProvisionedConcurrencyConfigs, which the emulator takes for a Get."""
    function = service._functions.get(name)
    if function is None:
        return service.error_response_json(
            "ResourceNotFoundException", f"Function not found: {service._func_arn(name)}", 404
        )
    configs = (function.get("provisioned_concurrency") or {}).items()
    listed = [{**config, "FunctionArn": f"{service._func_arn(name)}:{qualifier}"} for qualifier, config in configs]
    return service.json_response({"ProvisionedConcurrencyConfigs": listed})


def _call_process(
    method: str, path: str, body: bytes, headers: Mapping[str, str], seconds: int
) -> tuple[int, dict[str, str], bytes]:
    connection = _open_connection(seconds)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except BaseException:
        connection.close()
        raise
    _connections.append(connection)
    return found


def _open_connection(seconds: int) -> http.client.HTTPConnection:
    """A connection that is still open, else a new one: an invocation must not be sent twice."""
    while _connections:
        try:
            connection = _connections.pop()
        except IndexError:
            break
        if connection.sock is not None and not select.select([connection.sock], [], [], 0)[0]:
            connection.sock.settimeout(seconds)
            return connection
        connection.close()
    parts = urlsplit(read_functions_url())
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=seconds)
