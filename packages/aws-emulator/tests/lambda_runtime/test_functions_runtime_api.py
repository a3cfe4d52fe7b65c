"""The Runtime API of one environment, asked as a worker asks."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import httpx
import pytest
from aws_emulator.lambda_runtime.limits import RESPONSE_BYTES
from aws_emulator.lambda_runtime.runtime_api import ROOT, RuntimeApi
from functions_unit import a_call, a_function

FUNCTION = a_function()


class FakeWorker:
    """A worker that is only HTTP."""

    def __init__(self, address: str) -> None:
        self.events: list[str] = []
        self.api = RuntimeApi(
            on_waiting=lambda: self.events.append("waits"), on_taken=lambda: self.events.append("takes")
        )
        self.client = httpx.AsyncClient(trust_env=False, timeout=10)
        self.url = address

    def next(self) -> asyncio.Task[httpx.Response]:
        return asyncio.create_task(self.client.get(f"{self.url}invocation/next"))

    async def post(self, path: str, body: bytes = b"1") -> int:
        return (await self.client.post(self.url + path, content=body)).status_code


@contextlib.asynccontextmanager
async def ask_api() -> AsyncIterator[FakeWorker]:
    found = FakeWorker("")
    found.url = f"http://{await found.api.open()}{ROOT}"
    try:
        yield found
    finally:
        found.api.close()
        await found.client.aclose()


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 20))


async def until(worker: FakeWorker, event: str) -> None:
    while event not in worker.events:  # noqa: ASYNC110 - a callback, not an event
        await asyncio.sleep(0.001)


def test_a_worker_that_waits_gets_the_next_invocation_with_its_headers() -> None:
    async def work() -> None:
        async with ask_api() as worker:
            waiting = worker.next()
            await until(worker, "waits")
            assert worker.api.ready.done()
            answer = worker.api.offer(a_call(FUNCTION, b'{"a": 1}', "id-1"), 3)
            got = await waiting
            assert got.json() == {"a": 1}
            assert got.headers["Lambda-Runtime-Aws-Request-Id"] == "id-1"
            assert got.headers["Lambda-Runtime-Invoked-Function-Arn"] == FUNCTION.arn
            assert got.headers["Lambda-Runtime-Deadline-Ms"].isdigit()
            assert await worker.post("invocation/id-1/response", b'"done"') == 202
            assert (await answer).body == b'"done"'
            assert worker.events == ["waits", "takes"]

    run(work())


def test_an_invocation_that_is_offered_early_is_handed_out_at_the_next_question() -> None:
    async def work() -> None:
        async with ask_api() as worker:
            answer = worker.api.offer(a_call(FUNCTION, request="early"), 3)
            assert (await worker.next()).headers["Lambda-Runtime-Aws-Request-Id"] == "early"
            assert await worker.post("invocation/early/error", b'{"errorType": "X"}') == 202
            assert (await answer).kind == "error"

    run(work())


def test_an_invocation_that_was_withdrawn_is_never_handed_out() -> None:
    async def work() -> None:
        async with ask_api() as worker:
            worker.api.offer(a_call(FUNCTION, request="withdrawn"), 3)
            worker.api.withdraw()
            waiting = worker.next()
            await until(worker, "waits")
            assert not waiting.done()
            worker.api.close()
            assert (await waiting).status_code == 410

    run(work())


@pytest.mark.parametrize("path", ["invocation/other/response", "invocation/other/error"])
def test_an_answer_to_another_invocation_is_refused(path: str) -> None:
    async def work() -> None:
        async with ask_api() as worker:
            assert await worker.post(path) == 400
            answer = worker.api.offer(a_call(FUNCTION, request="mine"), 3)
            await worker.next()
            assert await worker.post(path) == 400
            assert not answer.done()
            assert await worker.post("invocation/mine/response") == 202
            assert await worker.post("invocation/mine/response", b"2") == 400
            assert (await answer).body == b"1"

    run(work())


def test_an_answer_above_the_limit_is_refused_and_known_as_such() -> None:
    async def work() -> None:
        async with ask_api() as worker:
            answer = worker.api.offer(a_call(FUNCTION, request="large"), 3)
            await worker.next()
            assert await worker.post("invocation/large/response", b"x" * (RESPONSE_BYTES + 1)) == 413
            assert (await answer).kind == "too large"

    run(work())


def test_an_initialisation_that_failed_is_reported_once_and_other_routes_are_none() -> None:
    async def work() -> None:
        async with ask_api() as worker:
            assert await worker.post("init/error", b"first") == 202
            assert await worker.post("init/error", b"second") == 202
            assert worker.api.init_error.result() == b"first"
            assert await worker.post("invocation/next") == 404
            assert await worker.post("exit") == 404

    run(work())
