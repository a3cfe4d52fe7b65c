"""Functions handed to the process of `sandbox.planes.aws.functions`, whose address is `SANDBOX_FUNCTIONS_URL`.

The emulator's proxy executor hands an event to a URL, but only for functions that carry a variable; it has no room for
an error's type, for the end of the log, for an alias's weights, and it writes log lines of its own. So the executor is
replaced here, by name; concurrency limits and asynchronous retries stay the emulator's.
"""

# ruff: noqa: SLF001, S311 - the emulator has no other door; nothing here is a secret
import base64
import contextvars
import http.client
import json
import os
import random
import re
import select
from collections import deque
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from sandbox.planes.aws.inside.supplement import Supplement

URL = os.environ.get("SANDBOX_FUNCTIONS_URL", "")
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
REQUEST_BYTES = 6 * 1024 * 1024
EVENT_BYTES = 1024 * 1024
# Above a function's timeout: the wait for an environment and both attempts to initialise it.
EXTRA_SECONDS = 60
REPLACED = (
    "handle_request",
    "_invoke",
    "_run_sqs_batch",
    "_proxy_url_for",
    "_execute_function_proxy",
    "_emit_lambda_logs",
    "_get_function",
    "serve_function_code",
)
USED = (
    "_functions",
    "_throttle_response",
    "_xray_trace_id_for_invocation",
    "_invoke_depth",
    "_func_arn",
    "execution_credentials",
    "error_response_json",
    "json_response",
)
NEEDED = REPLACED + USED
INVOCATIONS = re.compile(r"^/2015-03-31/functions/[^/]+/invocations/?$")
PROVISIONED = re.compile(r"^/2019-09-30/functions/([^/]+)/provisioned-concurrency/?$")
LINEAGE = re.compile(r"Lineage=(\d+)")

_call: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("call", default=None)
_connections: deque[http.client.HTTPConnection] = deque()


class Functions(Supplement):
    """Functions run as on AWS."""

    name = "functions"
    adds = "functions run in environments of their own on AWS's runtime client: real errors, logs, limits and weights"
    needs = MappingProxyType({"lambda_svc": NEEDED})

    def install(self) -> None:
        """Put the functions' process in the executor's place."""
        service = self.emulator.module("lambda_svc")
        executor = Executor(service)
        for name in REPLACED:
            self.emulator.replace("lambda_svc", name, getattr(executor, name.lstrip("_")))


class Executor:
    """What stands in for names of the emulator's module; each method is called as the name it is like."""

    def __init__(self, service: Any) -> None:
        self._service = service
        self._original = {name: getattr(service, name) for name in NEEDED}

    async def handle_request(self, method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        """Any request to the Lambda API."""
        refused = _refused(self._service, method, path, headers, body)
        if refused is not None:
            return refused
        listed = PROVISIONED.match(path)
        if method == "GET" and listed and "List" in query:
            return _list_provisioned(self._service, listed.group(1))
        return await self._original["handle_request"](method, path, _with_depth(headers), body, query)

    async def invoke(self, name: str, event: Any, headers: dict[str, str], *rest: Any, **named: Any) -> Any:
        """Invoke: says whether the log is wanted, and which version ran."""
        wanted = str(headers.get("x-amz-log-type") or headers.get("X-Amz-Log-Type") or "")
        call: dict[str, Any] = {"tail": wanted.lower() == "tail"}
        _call.set(call)
        status, answered, body = await self._original["_invoke"](name, event, headers, *rest, **named)
        if "version" in call and "X-Amz-Executed-Version" in answered:
            answered = {**answered, "X-Amz-Executed-Version": call["version"]}
        return status, answered, body

    def run_sqs_batch(self, esm: dict[str, Any], func: dict[str, Any], *rest: Any) -> None:
        """A batch of a queue's mapping; the alias is what is called, so that its weights hold."""
        if esm.get("Qualifier"):
            arn = ":".join(str(func["config"]["FunctionArn"]).split(":")[:7])
            func = {**func, "config": {**func["config"], "FunctionArn": f"{arn}:{esm['Qualifier']}"}}
        self._original["_run_sqs_batch"](esm, func, *rest)

    def proxy_url_for(self, config: dict[str, Any]) -> str | None:
        """Where a function runs: here, unless it names a place of its own."""
        ours = config.get("PackageType") != "Image" and str(config.get("Runtime") or "").startswith("python")
        return self._original["_proxy_url_for"](config) or (URL if ours else None)

    def execute_function_proxy(self, func: dict[str, Any], event: Any, url: str, request_id: str) -> dict[str, Any]:
        """One invocation."""
        if url != URL:
            return self._original["_execute_function_proxy"](func, event, url, request_id)
        return _execute(self._service, func, event, request_id)

    def emit_lambda_logs(self, func: dict[str, Any], *rest: Any, **named: Any) -> None:
        """The emulator's log lines, which the functions' process writes itself."""
        if self.proxy_url_for(func.get("config") or func) != URL:
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
    call = _call.get() or {}
    config = func.get("config") or func
    arn = str(config.get("FunctionArn") or "")
    record, config = _routed(service, func, config, arn)
    call["version"] = config.get("Version", "$LATEST")
    headers = {
        "Content-Type": "application/json",
        "X-Amzn-Lambda-Function-Name": str(config.get("FunctionName")),
        "X-Amzn-Lambda-Function-Version": str(call["version"]),
        "X-Amzn-Lambda-Function-Arn": arn,
        "X-Amzn-Lambda-Request-Id": request_id,
        "X-Amzn-Trace-Id": _trace(service, config),
        "X-Sandbox-Revision": f"{config.get('RevisionId')}/{config.get('CodeSha256')}",
        "X-Amz-Log-Type": "Tail" if call.get("tail") else "None",
    }
    credentials = service.execution_credentials(config)  # registers the role's session, whoever forgot it
    payload = json.dumps(event, ensure_ascii=False).encode()
    seconds = int(config.get("Timeout") or 3) + EXTRA_SECONDS
    try:
        status, answered, body = _ask("POST", "/invoke", payload, headers, seconds)
        if status == 424:
            found = {
                "configuration": config,
                "credentials": credentials,
                "code": base64.b64encode(record.get("code_zip") or b"").decode(),
            }
            status, answered, body = _ask("PUT", "/functions", json.dumps(found).encode(), {}, seconds)
            if status == 200:
                status, answered, body = _ask("POST", "/invoke", payload, headers, seconds)
    except (OSError, http.client.HTTPException) as error:
        message = f"the functions' process at {URL} does not answer: {error!r}"
        return {"body": {"errorType": "ServiceException", "errorMessage": message}, "error": True}
    return _result(service, status, answered, body)


def _result(service: Any, status: int, answered: dict[str, str], body: bytes) -> dict[str, Any]:
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


def _routed(service: Any, func: dict[str, Any], config: dict[str, Any], arn: str) -> tuple[dict[str, Any], Any]:
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


def _trace(service: Any, config: dict[str, Any]) -> str:
    """The trace header; its lineage counts how often functions have called functions, as on AWS."""
    # https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    base = service._xray_trace_id_for_invocation(config) or (
        f"Root=1-{random.getrandbits(32):08x}-{random.getrandbits(96):024x}"
        f";Parent={random.getrandbits(64):016x};Sampled=0"
    )
    return f"{base};Lineage={service._invoke_depth.get()}"


def _with_depth(headers: dict[str, str]) -> dict[str, str]:
    found = LINEAGE.search(headers.get("x-amzn-trace-id") or "")
    return {**headers, "x-ministack-invoke-depth": found.group(1)} if found else headers


def _refused(service: Any, method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
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


def _ask(
    method: str, path: str, body: bytes, headers: dict[str, str], seconds: int
) -> tuple[int, dict[str, str], bytes]:
    connection = _connection(seconds)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        found = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    except BaseException:
        connection.close()
        raise
    _connections.append(connection)
    return found


def _connection(seconds: int) -> http.client.HTTPConnection:
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
    parts = urlsplit(URL)
    return http.client.HTTPConnection(parts.hostname or "127.0.0.1", parts.port, timeout=seconds)
