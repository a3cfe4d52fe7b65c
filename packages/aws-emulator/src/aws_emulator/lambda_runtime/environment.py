"""One execution environment: initialised once, then one invocation at a time, until it is ended."""

import asyncio
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from aws_emulator.lambda_runtime import errors, report
from aws_emulator.lambda_runtime.errors import Failure
from aws_emulator.lambda_runtime.limits import HAND_OVER_SECONDS, LOG_TAIL_BYTES, MIB, RESPONSE_BYTES, SHUTDOWN_SECONDS
from aws_emulator.lambda_runtime.model import Credentials, Function, Invocation, InvocationOutcome
from aws_emulator.lambda_runtime.output import LogRecord
from aws_emulator.lambda_runtime.runtime_api import RuntimeApi, WorkerAnswer
from aws_emulator.lambda_runtime.variables import EnvironmentPaths, build_variables
from aws_emulator.lambda_runtime.worker import FunctionWorker

State = Literal["starting", "idle", "busy", "ending"]
Log = Callable[[Function, str, Sequence[LogRecord]], None]
"""Takes records for a log stream; never blocks."""


class NotHandedOverError(Exception):
    """The worker was gone before it got the invocation: another environment may have it."""


@dataclass(frozen=True, slots=True)
class EnvironmentOptions:
    """What all environments of a pool are made with."""

    python: Path
    """The interpreter that has the runtime client and the AWS SDK."""
    version: str
    """Of that interpreter, for the log."""
    directory: Path
    """Where each gets one of its own."""
    emulator: str
    log: Log
    freeze: bool = True
    """Whether environments stand still between invocations, as on AWS."""


class Environment:
    """A worker with its Runtime API and its log stream."""

    def __init__(
        self,
        function: Function,
        options: EnvironmentOptions,
        *,
        code: Path,
        layers: Path | None,
        credentials: Credentials,
        provisioned: bool = False,
    ) -> None:
        self.function, self.provisioned = function, provisioned
        self.id = uuid.uuid4().hex
        self.state: State = "starting"
        self.invocations = 0
        self.idle_since = time.monotonic()
        self.log_stream = _name_log_stream(function, self.id)
        self._options, self._code, self._layers, self._credentials = options, code, layers, credentials
        self._worker = FunctionWorker(options.directory / self.id[:16])
        self._api = RuntimeApi(on_waiting=self._on_waiting, on_taken=self._on_taken)
        self._answer: asyncio.Future[WorkerAnswer] | None = None
        self._handed: asyncio.Future[None] | None = None
        self._current, self._began = "", 0.0
        self._init_ms: float | None = None
        self._init_failure: Callable[[str], Failure] | None = None
        # Each record has an end of line, so more of them could not be in the tail.
        self._tail = deque[str](maxlen=LOG_TAIL_BYTES // 2)

    @property
    def pid(self) -> int:
        """Of the worker, 0 before it was started."""
        return self._worker.pid

    @property
    def alive(self) -> bool:
        """Whether the worker runs; it may end in the next moment, so a hand-over may still fail."""
        return self._worker.alive

    async def start(self, limit: float) -> bool:
        """Start the worker and wait until it asks for work.

        Args:
            limit: Seconds that it may take.

        Returns:
            Whether it initialised; if not, `refuse` says why to each invocation, and the environment has ended.

        Raises:
            OSError: the process can't be started.
        """
        began = time.perf_counter()
        self._write(report.build_init_start(self.function, self._options.version, provisioned=self.provisioned))
        places = EnvironmentPaths(
            code=self._code,
            layers=self._layers,
            directory=self._worker.directory,
            runtime_api=await self._api.open(),
            emulator=self._options.emulator,
            log_stream=self.log_stream,
        )
        environment = build_variables(self.function, places, self._credentials, provisioned=self.provisioned)
        worker = self._worker
        await worker.start(self._options.python, self.function.handler, self._code, environment, self._write)
        worker.set_limits(self.function.memory)
        worker.exit.add_done_callback(lambda _: self._settle("exit"))
        waited = (self._api.ready, self._api.init_error, worker.exit)
        await asyncio.wait(waited, timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        seconds = time.perf_counter() - began
        if self._api.ready.done():
            self._init_ms = None if self.provisioned else seconds * 1000
            self.state, self.idle_since = "idle", time.monotonic()
            return True
        await self._record_failed_start(seconds, limit)
        return False

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        """Run one invocation.

        Raises:
            NotHandedOverError: the worker ended, or did not ask for work, before it had the invocation.
        """
        loop = asyncio.get_running_loop()
        self.state, self._current = "busy", invocation.request
        self._tail.clear()
        self._handed = loop.create_future()
        self._answer = self._api.offer(invocation, self.function.timeout)
        if self._worker.ended:
            self._settle("exit")
        if not self._handed.done():
            waited = (self._handed, self._answer)
            await asyncio.wait(waited, timeout=HAND_OVER_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            if not self._handed.done():
                self._api.withdraw()
                self.state = "ending"
                raise NotHandedOverError
        timer = loop.call_later(self.function.timeout, self._settle, "timeout")
        answer = await self._answer
        timer.cancel()
        return await self._finish(invocation, answer, (time.perf_counter() - self._began) * 1000)

    def refuse(self, invocation: Invocation) -> InvocationOutcome:
        """The outcome of an invocation for which this environment was started in vain."""
        assert self._init_failure is not None, "the environment has initialised"  # noqa: S101
        self._tail.clear()
        self._write(report.build_start(self.function, invocation.request))
        return self._report_failure(invocation, self._init_failure(invocation.request), 0.0)

    def check_memory(self) -> None:
        """Kill the worker if it uses more than the function's memory."""
        self._worker.check_memory(self.function.memory * MIB)

    def crash(self) -> None:
        """Kill the worker at once; the pool finds out as with any crash."""
        self._worker.kill()

    async def end(self, grace: float = SHUTDOWN_SECONDS) -> None:
        """End the worker and all that it has started, politely within some seconds, then for good."""
        self.state = "ending"
        await self._worker.end(grace)
        self._api.close()

    async def _record_failed_start(self, seconds: float, limit: float) -> None:
        reported, ended = self._api.init_error.done(), self._worker.ended
        await self.end(SHUTDOWN_SECONDS if reported else 0)
        if reported:
            body = self._api.init_error.result()
            self._init_failure = lambda request: errors.parse_reported_failure(body, request)
        elif not ended:
            self._init_failure = lambda request: errors.build_timeout_failure(request, limit, report.format_now())
        else:
            self._init_failure = self._build_exit_failure
        failed = self._init_failure("")
        self._write(report.build_init_report(self.function, seconds, failed.status, failed.type))

    async def _finish(self, invocation: Invocation, answer: WorkerAnswer, ms: float) -> InvocationOutcome:
        self.invocations += 1
        self._worker.measure()
        if answer.kind == "response":
            self.state = "idle"
            self._write(report.build_end(self.function, invocation.request, self._take_measures(ms)))
            return self._build_outcome(invocation, answer.body)
        if answer.kind == "error":
            self.state = "idle"
            return self._report_failure(invocation, errors.parse_reported_failure(answer.body, invocation.request), ms)
        self.state = "ending"
        if answer.kind == "timeout":
            await self.end(0)
            found = errors.build_timeout_failure(invocation.request, self.function.timeout, report.format_now())
            self._write([report.build_line(errors.find_message(found))])
            return self._report_failure(invocation, found, self.function.timeout * 1000)
        if answer.kind == "too large":
            return self._report_failure(invocation, errors.build_size_failure(RESPONSE_BYTES), ms)
        found = self._build_exit_failure(invocation.request)
        self._write([report.build_line(f"{errors.find_message(found)}\n{found.type}")])
        return self._report_failure(invocation, found, ms)

    def _build_exit_failure(self, request: str) -> Failure:
        if self._worker.out_of_memory:
            return errors.build_memory_failure(request)
        return errors.build_exit_failure(request, self._worker.exit.result())

    def _report_failure(self, invocation: Invocation, found: Failure, ms: float) -> InvocationOutcome:
        # An error that the function raised is the function's business: REPORT says nothing of it.
        status = "success" if self.state == "idle" else found.status
        self._write(report.build_end(self.function, invocation.request, self._take_measures(ms), status, found.type))
        return self._build_outcome(invocation, found.payload, errors.UNHANDLED)

    def _take_measures(self, ms: float) -> report.Measures:
        init, self._init_ms = self._init_ms, None
        return report.Measures(duration_ms=ms, memory=self._worker.peak, init_ms=init)

    def _build_outcome(self, invocation: Invocation, payload: bytes, error: str | None = None) -> InvocationOutcome:
        tail = "".join(f"{text}\n" for text in self._tail).encode()[-LOG_TAIL_BYTES:] if invocation.tail else b""
        return InvocationOutcome(payload, error, tail)

    def _settle(self, kind: Literal["exit", "timeout"]) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(WorkerAnswer(kind))

    def _on_waiting(self) -> None:
        if self._options.freeze:
            self._worker.freeze()

    def _on_taken(self) -> None:
        self._worker.thaw()
        self._write(report.build_start(self.function, self._current))
        self._began = time.perf_counter()
        if self._handed is not None and not self._handed.done():
            self._handed.set_result(None)

    def _write(self, records: Sequence[LogRecord]) -> None:
        self._tail.extend(record.text[-LOG_TAIL_BYTES:] for record in records)
        self._options.log(self.function, self.log_stream, records)


def _name_log_stream(function: Function, identity: str) -> str:
    day = datetime.now(UTC).strftime("%Y/%m/%d")
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
    name = f"{function.name}[{function.version}]" if function.logging.own_group else f"[{function.version}]"
    return f"{day}/{name}{identity}"
