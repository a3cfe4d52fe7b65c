"""Real workers on the runtime client, without an emulator."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Coroutine
from pathlib import Path
from typing import Any

import pytest
from aws_emulator.lambda_runtime import http_server, pool
from aws_emulator.lambda_runtime.archives import Archives
from aws_emulator.lambda_runtime.environment import Environment, EnvironmentOptions
from aws_emulator.lambda_runtime.http_server import HttpRequest, HttpResponse, find_port, serve
from aws_emulator.lambda_runtime.model import Function, InvocationOutcome
from aws_emulator.lambda_runtime.pool import Pool
from aws_emulator.lambda_runtime.variables import build_account_credentials
from functions_unit import a_call, a_function
from running_emulator import interpreter, zip_files

pytestmark = pytest.mark.xdist_group("aws-functions-environment")


class EnvironmentWorld:
    """A pool whose functions come from a text."""

    def __init__(self, directory: Path, source: str, **options: Any) -> None:
        self.lines: list[str] = []
        code = Archives(directory / "code").add(zip_files({"main.py": source}))
        (directory / "environments").mkdir()
        making = EnvironmentOptions(
            python=interpreter("functions"),
            version="python:test",
            directory=directory / "environments",
            emulator="http://127.0.0.1:1",
            log=lambda function, stream, records: self.lines.extend(record.text for record in records),
        )

        async def make(function: Function, provisioned: bool) -> Environment:
            credentials = build_account_credentials(function)
            return Environment(
                function, making, code=code, layers=None, credentials=credentials, provisioned=provisioned
            )

        self.pool = Pool(make, environments=4, starts=2, **options)

    async def call(self, function: Function, event: Any = None, request: str = "request-1") -> InvocationOutcome:
        return await self.pool.invoke(function, a_call(function, json.dumps(event).encode(), request))


@contextlib.asynccontextmanager
async def world(directory: Path, source: str, **options: Any) -> AsyncIterator[EnvironmentWorld]:
    found = EnvironmentWorld(directory, source, **options)
    tending = asyncio.create_task(found.pool.maintain())
    try:
        yield found
    finally:
        tending.cancel()
        await found.pool.close()
        assert list((directory / "environments").iterdir()) == []


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 60))


def test_initialisation_has_a_limit_then_the_functions_timeout_then_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "INIT_SECONDS", 0.5)

    async def work() -> None:
        async with world(tmp_path, "import time\nprint('imports')\ntime.sleep(60)") as w:
            outcome = await w.call(a_function(Timeout=1))
            found = json.loads(outcome.payload)
            assert (outcome.error, found["errorType"]) == ("Unhandled", "Sandbox.Timedout")
            assert found["errorMessage"].endswith("request-1 Task timed out after 1.00 seconds")
            assert w.lines.count("imports") == 2
            reports = [line for line in w.lines if line.startswith("INIT_REPORT")]
            assert [line.rsplit("\t", 1)[1] for line in reports] == ["Status: timeout"] * 2

    run(work())


def test_one_that_needs_longer_to_initialise_than_its_limit_succeeds_within_its_timeout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "INIT_SECONDS", 0.2)

    async def work() -> None:
        source = "import time\ntime.sleep(0.6)\ndef handler(e, c):\n    return c.get_remaining_time_in_millis()"
        async with world(tmp_path, source) as w:
            outcome = await w.call(a_function(Timeout=20))
            assert 19_000 < json.loads(outcome.payload) <= 20_000

    run(work())


def test_memory_that_is_eaten_while_importing_is_reported_as_such(tmp_path: Path) -> None:
    async def work() -> None:
        async with world(tmp_path, "kept = [b'x' * 1_000_000 for _ in range(400)]\nimport time; time.sleep(30)") as w:
            outcome = await w.call(a_function(Timeout=20))
            assert json.loads(outcome.payload)["errorType"] == "Runtime.OutOfMemory"

    run(work())


def test_children_that_share_pages_are_not_counted_twice(tmp_path: Path) -> None:
    source = """
        import os, time
        kept = b"x" * 70_000_000
        def handler(event, context):
            children = []
            for _ in range(3):
                pid = os.fork()
                if pid == 0:
                    time.sleep(0.3)
                    os._exit(0)
                children.append(pid)
            for pid in children:
                os.waitpid(pid, 0)
            return "kept"
    """

    async def work() -> None:
        async with world(tmp_path, source) as w:
            outcome = await w.call(a_function(Timeout=20))
            assert (outcome.error, outcome.payload) == (None, b'"kept"')

    run(work())


def test_a_worker_that_ends_after_its_answer_loses_no_request(tmp_path: Path) -> None:
    source = """
        import os, threading, time
        def leave():
            time.sleep(0.002)
            os._exit(5)
        def handler(event, context):
            threading.Thread(target=leave).start()
            return event
    """

    async def work() -> None:
        async with world(tmp_path, source) as w:
            for number in range(12):
                outcome = await w.call(a_function(Timeout=20), number, f"request-{number}")
                # One that had begun may be lost to the exit, as on AWS; none is answered with another's.
                assert outcome.error or json.loads(outcome.payload) == number

    run(work())


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nnine", 400),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n33\r\n" + b"x" * 51 + b"\r\n0\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n" + b"x" * 100, 413),
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"y" * http_server.HEAD_BYTES + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 200),
    ],
)
def test_requests_that_are_not_spoken_here_are_refused(request_: bytes, status: int) -> None:
    async def handle(request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, request.body)

    async def work() -> None:
        server = await serve(handle, body_bytes=50)
        reader, writer = await asyncio.open_connection("127.0.0.1", find_port(server))
        writer.write(request_)
        assert (await reader.readline()).split()[1] == str(status).encode()
        await reader.read()
        writer.close()
        server.close()

    run(work())


def test_a_body_in_chunks_is_read_and_requests_are_answered_in_their_order() -> None:
    async def handle(request: HttpRequest) -> HttpResponse:
        await asyncio.sleep(0.05 if request.body else 0)
        return HttpResponse(200, request.method.encode() + request.body)

    async def work() -> None:
        server = await serve(handle, body_bytes=50)
        reader, writer = await asyncio.open_connection("127.0.0.1", find_port(server))
        writer.write(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")
        writer.write(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        answers = await reader.read()
        assert answers.index(b"POSTonetwo") < answers.index(b"GET")
        writer.close()
        server.close()

    run(work())
