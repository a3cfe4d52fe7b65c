"""The Lambda Runtime API for one execution environment.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html. The environment's worker asks for its next invocation
and answers it; nothing but the invocation that was handed to it can be answered: no environment takes another's.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from aws_emulator.lambda_runtime.http_server import HttpRequest, HttpResponse, build_json_response, find_port, serve
from aws_emulator.lambda_runtime.limits import RESPONSE_BYTES
from aws_emulator.lambda_runtime.model import Invocation

ROOT = "/2018-06-01/runtime/"
# A body above the response limit is read to its end and refused; this much is read at all.
READ_BYTES = 4 * RESPONSE_BYTES
ACCEPTED = HttpResponse(202, b'{"status":"OK"}')
NO_SUCH = build_json_response(
    404, {"errorType": "NotFound", "errorMessage": "there is no such route in the Runtime API"}
)
WRONG_ID = build_json_response(400, {"errorType": "InvalidRequestID", "errorMessage": "Invalid request ID"})
ENDING = build_json_response(410, {"errorType": "Shutdown", "errorMessage": "the environment is shutting down"})
TOO_LARGE = build_json_response(
    413,
    {
        "errorType": "RequestEntityTooLarge",
        "errorMessage": f"Exceeded maximum allowed payload size ({RESPONSE_BYTES} bytes).",
    },
)

Kind = Literal["response", "error", "too large", "exit", "timeout"]


@dataclass(frozen=True, slots=True)
class WorkerAnswer:
    """What came of an invocation: the worker's words, or that it ended or took too long."""

    kind: Kind
    body: bytes = b""


class RuntimeApi:
    """One environment's side of the conversation."""

    def __init__(self, *, on_waiting: Callable[[], None], on_taken: Callable[[], None]) -> None:
        """Describe it; `open` makes it listen.

        Args:
            on_waiting: Called when the worker asks and there is nothing to hand out.
            on_taken: Called right before an invocation is handed to the worker.
        """
        self._on_waiting, self._on_taken = on_waiting, on_taken
        self._server: asyncio.Server | None = None
        self._waiting_worker: asyncio.Future[Invocation] | None = None
        self._offered: Invocation | None = None
        self._timeout = 0.0
        self._current: Invocation | None = None
        self._answer: asyncio.Future[WorkerAnswer] | None = None
        loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[None] = loop.create_future()
        """Done when the worker asks for the first time."""
        self.init_error: asyncio.Future[bytes] = loop.create_future()
        """The report of a worker that could not initialise."""

    async def open(self) -> str:
        """Listen, and return the address."""
        self._server = await serve(self._handle, body_bytes=READ_BYTES)
        return f"127.0.0.1:{find_port(self._server)}"

    def close(self) -> None:
        """Listen no more."""
        if self._server is not None:
            self._server.close()
        if self._waiting_worker is not None and not self._waiting_worker.done():
            self._waiting_worker.cancel()

    def offer(self, invocation: Invocation, timeout: float) -> asyncio.Future[WorkerAnswer]:
        """Hand out an invocation as soon as the worker asks; the answer will be in the future."""
        self._answer, self._timeout = asyncio.get_running_loop().create_future(), timeout
        if self._waiting_worker is not None and not self._waiting_worker.done():
            self._take(invocation)
            self._waiting_worker.set_result(invocation)
        else:
            self._offered = invocation
        return self._answer

    def withdraw(self) -> None:
        """Hand out nothing, if the worker asks after all."""
        self._offered = None

    async def _handle(self, request: HttpRequest) -> HttpResponse:
        route = request.path.removeprefix(ROOT) if request.path.startswith(ROOT) else ""
        if request.method == "GET" and route == "invocation/next":
            return await self._wait_for_next()
        if request.method == "POST" and route == "init/error":
            if not self.init_error.done():
                self.init_error.set_result(request.body)
            return ACCEPTED
        if request.method == "POST" and route.startswith("invocation/"):
            _, identity, verb = [*route.split("/"), "", ""][:3]
            if verb in ("response", "error"):
                return self._accept_answer(identity, verb, request.body)
        return NO_SUCH

    async def _wait_for_next(self) -> HttpResponse:
        if not self.ready.done():
            self.ready.set_result(None)
        self._current = None
        if self._offered is not None:
            invocation, self._offered = self._offered, None
            self._take(invocation)
            return self._build_next_response(invocation)
        self._waiting_worker = asyncio.get_running_loop().create_future()
        self._on_waiting()
        with contextlib.suppress(asyncio.CancelledError):
            return self._build_next_response(await self._waiting_worker)
        return ENDING

    def _take(self, invocation: Invocation) -> None:
        self._current = invocation
        self._on_taken()

    def _accept_answer(self, identity: str, verb: str, body: bytes) -> HttpResponse:
        current, answer = self._current, self._answer
        if current is None or answer is None or identity != current.request or answer.done():
            return WRONG_ID
        if verb == "response" and len(body) > RESPONSE_BYTES:
            answer.set_result(WorkerAnswer("too large", b""))
            return TOO_LARGE
        answer.set_result(WorkerAnswer("response" if verb == "response" else "error", body))
        return ACCEPTED

    def _build_next_response(self, invocation: Invocation) -> HttpResponse:
        headers = [
            ("Lambda-Runtime-Aws-Request-Id", invocation.request),
            ("Lambda-Runtime-Deadline-Ms", str(int((time.time() + self._timeout) * 1000))),
            ("Lambda-Runtime-Invoked-Function-Arn", invocation.arn),
        ]
        if invocation.trace:
            headers.append(("Lambda-Runtime-Trace-Id", invocation.trace))
        return HttpResponse(200, invocation.payload, tuple(headers))
