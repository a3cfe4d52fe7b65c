"""The pool's choices, with environments that are none."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine
from typing import Any

import pytest
from aws_emulator.lambda_runtime.environment import NotHandedOverError
from aws_emulator.lambda_runtime.errors import BadCodeError, FunctionsError, ThrottledError
from aws_emulator.lambda_runtime.model import Function, Invocation, InvocationOutcome
from aws_emulator.lambda_runtime.pool import Pool
from functions_unit import a_call, a_function


class FakeEnvironment:
    """An environment whose worker is a coroutine."""

    def __init__(self, function: Function, *, provisioned: bool) -> None:
        self.function, self.provisioned = function, provisioned
        self.id = str(id(self))
        self.state = "starting"
        self.alive, self.ready, self.pid = True, True, 1
        self.idle_since = 0.0
        self.served: list[str] = []
        self.go = asyncio.Event()
        self.go.set()
        self.lost = self.killed = False
        self.busy = False

    async def start(self, limit: float) -> bool:
        await asyncio.sleep(0)
        self.state = "idle" if self.ready else "ending"
        self.alive = self.ready
        return self.ready

    async def invoke(self, invocation: Invocation) -> InvocationOutcome:
        assert not self.busy, "one request at a time"
        if self.lost:
            self.state = "ending"
            raise NotHandedOverError
        self.busy, self.state = True, "busy"
        await self.go.wait()
        self.busy, self.state = False, "ending" if self.killed else "idle"
        self.served.append(invocation.request)
        return InvocationOutcome(self.id.encode())

    def refuse(self, invocation: Invocation) -> InvocationOutcome:
        return InvocationOutcome(b"init failed", "Unhandled")

    def check_memory(self) -> None:
        """Nothing to look at."""

    def crash(self) -> None:
        self.alive = False

    async def end(self, grace: float = 0) -> None:
        self.state, self.alive = "ending", False


class PoolWorld:
    """A pool and all environments that it has made."""

    def __init__(self, **options: Any) -> None:
        self.made: list[FakeEnvironment] = []
        self.failing: Exception | None = None
        self.blocked = self.unready = self.lost = False
        self.pool = Pool(self.make, **{"environments": 4, "starts": 2, "wait_seconds": 0.05, **options})  # type: ignore[arg-type]

    async def make(self, function: Function, provisioned: bool) -> Any:
        if self.failing:
            raise self.failing
        found = FakeEnvironment(function, provisioned=provisioned)
        found.ready, found.lost, self.lost = not self.unready, self.lost, False
        if self.blocked:
            found.go.clear()
        self.made.append(found)
        return found

    async def call(self, function: Function, request: str = "r") -> InvocationOutcome:
        return await self.pool.invoke(function, a_call(function, request=request))

    def release(self) -> None:
        self.blocked = False
        for fake in self.made:
            fake.go.set()


@contextlib.asynccontextmanager
async def world(**options: Any) -> AsyncIterator[PoolWorld]:
    found = PoolWorld(**options)
    try:
        yield found
    finally:
        found.release()
        await found.pool.close()
        assert all(not fake.alive for fake in found.made)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 10))


async def settle() -> None:
    for _ in range(50):
        await asyncio.sleep(0)


ONE, TWO = a_function("one"), a_function("two")


def test_an_environment_is_used_again() -> None:
    async def work() -> None:
        async with world() as w:
            for request in "abc":
                await w.call(ONE, request)
            assert [fake.served for fake in w.made] == [["a", "b", "c"]]

    run(work())


def test_requests_at_the_same_time_have_an_environment_each() -> None:
    async def work() -> None:
        async with world() as w:
            w.blocked = True
            calls = [asyncio.create_task(w.call(ONE, str(n))) for n in range(3)]
            await settle()
            w.release()
            await asyncio.gather(*calls)
            assert sorted(len(fake.served) for fake in w.made) == [1, 1, 1]

    run(work())


def test_functions_do_not_share_environments() -> None:
    async def work() -> None:
        async with world() as w:
            await w.call(ONE)
            await w.call(TWO)
            assert [fake.function.name for fake in w.made] == ["one", "two"]

    run(work())


def test_a_full_machine_lets_requests_wait_and_throttles_them_in_the_end() -> None:
    async def work() -> None:
        async with world(environments=2) as w:
            w.blocked = True
            calls = [asyncio.create_task(w.call(ONE, str(n))) for n in range(2)]
            await settle()
            with pytest.raises(ThrottledError, match="all 2 environments") as error:
                await w.call(ONE)
            assert error.value.body()["Reason"] == "ConcurrentInvocationLimitExceeded"
            late = asyncio.create_task(w.call(ONE, "late"))
            await settle()
            w.release()
            await asyncio.gather(*calls, late)
            assert len(w.made) == 2

    run(work())


def test_the_one_idle_for_longest_makes_room_for_another_function() -> None:
    async def work() -> None:
        async with world(environments=2) as w:
            await w.call(ONE)
            await w.call(TWO)
            await w.call(a_function("three"))
            assert [fake.alive for fake in w.made] == [False, True, True]

    run(work())


def test_a_request_of_another_function_gets_the_room_that_a_release_makes() -> None:
    async def work() -> None:
        async with world(environments=1, wait_seconds=5) as w:
            w.blocked = True
            first = asyncio.create_task(w.call(ONE))
            await settle()
            second = asyncio.create_task(w.call(TWO))
            await settle()
            assert len(w.made) == 1
            w.release()
            await asyncio.gather(first, second)

    run(work())


def test_a_request_that_a_worker_never_got_goes_to_another() -> None:
    async def work() -> None:
        async with world() as w:
            w.lost = True
            assert (await w.call(ONE)).error is None
            assert [len(fake.served) for fake in w.made] == [0, 1]

    run(work())


def test_an_idle_worker_that_has_died_is_not_chosen() -> None:
    async def work() -> None:
        async with world() as w:
            await w.call(ONE)
            assert w.pool.kill(w.made[0].id)
            assert not w.pool.kill("nobody")
            await w.call(ONE)
            assert [len(fake.served) for fake in w.made] == [1, 1]

    run(work())


def test_initialisation_is_tried_twice_and_then_fails_the_request() -> None:
    async def work() -> None:
        async with world() as w:
            w.unready = True
            assert (await w.call(ONE)).error == "Unhandled"
            assert len(w.made) == 2
            w.unready = False
            assert (await w.call(ONE)).error is None

    run(work())


def test_code_that_can_not_be_had_fails_the_request_and_not_the_pool() -> None:
    async def work() -> None:
        async with world() as w:
            w.failing = BadCodeError("no zip")
            with pytest.raises(BadCodeError):
                await w.call(ONE)
            w.failing = OSError(11, "no more processes")
            with pytest.raises(FunctionsError, match="no more processes"):
                await w.call(ONE)
            w.failing = None
            assert (await w.call(ONE)).error is None

    run(work())


def test_a_newer_revision_ends_the_older_ones_environments() -> None:
    async def work() -> None:
        async with world() as w:
            w.blocked = True
            older = asyncio.create_task(w.call(ONE))
            await settle()
            w.blocked = False
            await w.call(a_function("one", revision="r2"))
            assert w.made[0].alive
            w.release()
            assert (await older).error is None
            await settle()
            assert [fake.alive for fake in w.made] == [False, True]

    run(work())


def test_idle_environments_are_ended() -> None:
    async def work() -> None:
        async with world(idle_seconds=0.01) as w:
            tending = asyncio.create_task(w.pool.maintain())
            await w.call(ONE)
            while w.made[0].alive:  # noqa: ASYNC110 - the pool tells nobody
                await asyncio.sleep(0.01)
            tending.cancel()
            assert not w.pool.list_environments()

    run(work())


def test_provisioned_environments_are_kept_preferred_and_taken_back() -> None:
    async def work() -> None:
        async with world(idle_seconds=0.01) as w:
            w.blocked = True
            w.pool.set_provisioned([(ONE, 2)])
            w.pool.set_provisioned([(ONE, 2)])  # asked again while they start
            await settle()
            assert [fake.provisioned for fake in w.made] == [True, True]
            calls = [asyncio.create_task(w.call(ONE)) for _ in range(3)]
            await settle()
            w.release()
            await asyncio.gather(*calls)
            assert [fake.provisioned for fake in w.made] == [True, True, False]  # the last one is the last used
            for fake in w.made[:2]:
                fake.idle_since = 0
            answer = await w.call(ONE)
            w.pool._reap()
            assert [fake.alive for fake in w.made[:2]] == [True, True]
            assert answer.payload.decode() in {fake.id for fake in w.made if fake.provisioned}
            w.pool.set_provisioned([])
            await settle()
            assert not [fake for fake in w.made if fake.provisioned and fake.alive]

    run(work())


def test_a_pool_that_ends_answers_who_waits() -> None:
    async def work() -> None:
        async with world(environments=1, wait_seconds=60) as w:
            w.blocked = True
            busy = asyncio.create_task(w.call(ONE))
            await settle()
            waiting = asyncio.create_task(w.call(TWO))
            await settle()
            await w.pool.close()
            with pytest.raises(FunctionsError, match="is ending"):
                await waiting
            with pytest.raises(FunctionsError, match="is ending"):
                await w.call(TWO)
            w.release()
            await busy

    run(work())


def test_an_invocation_that_a_closing_pool_ends_is_no_failure_of_the_function() -> None:
    async def work() -> None:
        async with world() as w:
            w.blocked = True
            busy = asyncio.create_task(w.call(ONE))
            await settle()
            w.made[0].killed = True
            await w.pool.close()
            w.release()
            with pytest.raises(FunctionsError, match="is ending"):
                await busy

    run(work())
