"""The functions' address: the emulator's proxy executor calls it, and `scaleshop status` asks it.

`POST /invoke` is the emulator's proxy protocol: the event as the body, name, version, ARN and request id as headers;
the answer's body is the function's. What the protocol has no room for goes in headers of AWS's own names:
`X-Amz-Function-Error`, with a status outside 2xx because the emulator knows failures by it, and `X-Amz-Log-Result`. A
caller that names a revision gets 424 for one that is not known, introduces it with `PUT /functions`, and asks again.
"""

import base64
import collections
import json
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from aws_emulator.lambda_runtime.errors import BadRequestError, FunctionsError
from aws_emulator.lambda_runtime.http_server import HttpRequest, HttpResponse, build_json_response
from aws_emulator.lambda_runtime.limits import MIB, REQUEST_BYTES
from aws_emulator.lambda_runtime.model import Invocation, InvocationOutcome
from aws_emulator.lambda_runtime.pool import Pool
from aws_emulator.lambda_runtime.processes import measure_quickly
from aws_emulator.lambda_runtime.source import FunctionSource

# Of a function error in the proxy protocol: anything outside 2xx.
FUNCTION_ERROR = 502


class FunctionsServer:
    """Routes of the functions' address."""

    def __init__(self, pool: Pool, source: FunctionSource, *, emulator: str) -> None:
        self._pool, self._source, self._emulator = pool, source, emulator
        self._routes: dict[tuple[str, str], Callable[[HttpRequest], Awaitable[HttpResponse]]] = {
            ("POST", "/invoke"): self._invoke,
            ("PUT", "/functions"): self._introduce,
            ("GET", "/health"): self._report_health,
            ("GET", "/environments"): self._report_environments,
            ("POST", "/kill"): self._kill,
        }

    async def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer a request."""
        host = request.headers.get("host", "").rsplit(":", 1)[0]
        if host not in ("127.0.0.1", "localhost"):  # a page in a browser must not reach this by another name
            return build_json_response(403, {"message": f"the functions answer to 127.0.0.1 alone, not to '{host}'"})
        route = self._routes.get((request.method, request.path))
        if route is None:
            known = ", ".join(f"{method} {path}" for method, path in self._routes)
            return build_json_response(
                404, {"message": f"there is no {request.method} {request.path}; there are: {known}"}
            )
        try:
            return await route(request)
        except FunctionsError as error:
            return build_json_response(error.status, error.body())

    async def _invoke(self, request: HttpRequest) -> HttpResponse:
        headers = request.headers
        arn = headers.get("x-amzn-lambda-function-arn", "")
        if arn.count(":") < 6:
            msg = f"the header X-Amzn-Lambda-Function-Arn is '{arn}'; give a function's ARN"
            raise BadRequestError(msg)
        if len(request.body) > REQUEST_BYTES:
            message = f"Request must be smaller than {REQUEST_BYTES} bytes for the InvokeFunction operation"
            return build_json_response(413, {"message": message})
        function = await self._source.find_function(
            arn, headers.get("x-amzn-lambda-function-version", ""), headers.get("x-sandbox-revision", "")
        )
        invocation = Invocation(
            request=headers.get("x-amzn-lambda-request-id") or str(uuid.uuid4()),
            arn=arn,
            payload=request.body or b"{}",
            trace=headers.get("x-amzn-trace-id", ""),
            tail=headers.get("x-amz-log-type", "").lower() == "tail",
        )
        return _build_response(await self._pool.invoke(function, invocation), function.version)

    async def _introduce(self, request: HttpRequest) -> HttpResponse:
        try:
            found = json.loads(request.body)
            configuration, credentials = dict(found["configuration"]), dict(found["credentials"])
            code = base64.b64decode(found["code"], validate=True)
        except (ValueError, KeyError, TypeError) as error:
            msg = f"an introduction has configuration, credentials and code (base64): {error!r}"
            raise BadRequestError(msg) from error
        await self._source.introduce(configuration, credentials, code)
        return build_json_response(200, {})

    async def _report_health(self, request: HttpRequest) -> HttpResponse:
        del request
        environments = len(self._pool.list_environments())
        return build_json_response(200, {"status": "ok", "emulator": self._emulator, "environments": environments})

    async def _report_environments(self, request: HttpRequest) -> HttpResponse:
        del request
        functions: dict[str, collections.Counter[str]] = {}
        listed: list[dict[str, Any]] = []
        for environment in self._pool.list_environments():
            function = environment.function
            functions.setdefault(function.name, collections.Counter())[environment.state] += 1
            listed.append(
                {
                    "id": environment.id,
                    "function": function.name,
                    "version": function.version,
                    "state": environment.state,
                    "provisioned": environment.provisioned,
                    "pid": environment.pid,
                    "memory_mb": measure_quickly(environment.pid) // MIB,
                    "invocations": environment.invocations,
                    "log_stream": environment.log_stream,
                }
            )
        counts = {name: dict(counter) for name, counter in functions.items()}
        return build_json_response(200, {"functions": counts, "environments": listed})

    async def _kill(self, request: HttpRequest) -> HttpResponse:
        identity = request.query.get("environment", "")
        if self._pool.kill(identity):
            return build_json_response(200, {"killed": identity})
        return build_json_response(
            404, {"message": f"there is no environment '{identity}'; GET /environments lists them"}
        )


def _build_response(outcome: InvocationOutcome, version: str) -> HttpResponse:
    headers = [("X-Amz-Executed-Version", version)]
    if outcome.tail:
        headers.append(("X-Amz-Log-Result", base64.b64encode(outcome.tail).decode()))
    if outcome.error is None:
        return HttpResponse(200, outcome.payload, tuple(headers))
    headers.append(("X-Amz-Function-Error", outcome.error))
    return HttpResponse(FUNCTION_ERROR, outcome.payload, tuple(headers))
