"""All execution environments: which one serves a request, when another is started, when one is ended."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from aws_emulator.functions.environment import Environment, NotHandedOverError
from aws_emulator.functions.errors import FunctionsError, ThrottledError
from aws_emulator.functions.limits import (
    IDLE_SECONDS,
    INIT_SECONDS,
    MEMORY_SECONDS,
    PROVISIONED_INIT_SECONDS,
    WAIT_SECONDS,
)
from aws_emulator.functions.model import Function, Invocation, Outcome
from aws_emulator.functions.shelf import Shelf, Waiter

Make = Callable[[Function, bool], Awaitable[Environment]]
"""An environment that is not started yet, for a function, with provisioned concurrency or not."""
REAP_SECONDS = 1.0
CLOSING = "the functions' process is ending"
_said = logging.getLogger("functions.pool")


class _InitError(Exception):
    """An environment did not initialise, twice."""

    def __init__(self, environment: Environment) -> None:
        super().__init__("it did not initialise; its log says why")
        self.environment = environment


class Pool:
    """Environments of all functions, at most so many."""

    def __init__(
        self,
        make: Make,
        *,
        environments: int,
        starts: int,
        idle_seconds: float = IDLE_SECONDS,
        wait_seconds: float = WAIT_SECONDS,
    ) -> None:
        """Describe a pool; nothing is started.

        Args:
            make: Makes an environment.
            environments: The most that live at a time; this machine's stand-in for the account's concurrency limit.
            starts: The most that initialise at a time.
            idle_seconds: One that nobody needed for so long is ended.
            wait_seconds: A request waits so long for an environment before it is throttled.
        """
        self._make, self._most = make, environments
        self._idle_seconds, self._wait_seconds = idle_seconds, wait_seconds
        self._starts = asyncio.Semaphore(starts)
        self._shelves: dict[tuple[str, str, str], Shelf] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def invoke(self, function: Function, invocation: Invocation) -> Outcome:
        """Run an invocation in an environment of its own.

        Raises:
            ThrottledError: none became free in time.
            FunctionsError: the function's code can't be had, or the pool is closing.
        """
        while True:
            try:
                environment = await self._acquire(self._shelf(function))
            except _InitError as error:
                return error.environment.refuse(invocation)
            try:
                outcome = await environment.invoke(invocation)
            except NotHandedOverError:
                continue  # it never saw the invocation
            else:
                if self._closed and environment.state == "ending":  # ended by us: no failure of the function
                    raise FunctionsError(CLOSING)
                return outcome
            finally:
                self._release(environment)

    def keep(self, wanted: Iterable[tuple[Function, int]]) -> None:
        """Keep so many environments of these functions warm, and of no others."""
        counts = {function.key: (function, count) for function, count in wanted}
        for key, shelf in list(self._shelves.items()):
            shelf.warm = counts[key][1] if key in counts else 0
            surplus = max(0, len(shelf.provisioned()) - shelf.warm)
            for environment in [e for e in shelf.idle if e.provisioned][:surplus]:
                self._drop(shelf, environment)
        for function, count in counts.values():
            shelf = self._shelf(function)
            shelf.warm = count
            started = sum(e.state != "starting" for e in shelf.provisioned())
            for _ in range(count - started - shelf.warming):
                if self._room():
                    shelf.warming += 1
                    _spawn(self._start(shelf, provisioned=True), self._starting)

    async def tend(self) -> None:
        """Watch memory and end what is not needed, for ever."""
        reaped = time.monotonic()
        while True:
            await asyncio.sleep(MEMORY_SECONDS)
            for environment in self.environments():
                if environment.state in ("busy", "starting") and environment.pid:
                    environment.check_memory()
            if time.monotonic() - reaped > min(REAP_SECONDS, self._idle_seconds):
                reaped = time.monotonic()
                self._reap()

    def environments(self) -> list[Environment]:
        """All that live."""
        return [member for shelf in self._shelves.values() for member in shelf.members]

    def kill(self, identity: str) -> bool:
        """Kill one at once, as a crash would. False if there is none."""
        for shelf in self._shelves.values():
            for environment in shelf.members:
                if environment.id == identity:
                    environment.crash()
                    if environment in shelf.idle:  # it must not be chosen while it dies
                        self._drop(shelf, environment)
                    return True
        return False

    async def close(self) -> None:
        """End all."""
        self._closed = True
        for task in list(self._starting):
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        for shelf in self._shelves.values():
            for environment in list(shelf.members):
                self._drop(shelf, environment)
            while shelf.hand(FunctionsError(CLOSING)):
                pass
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _shelf(self, function: Function) -> Shelf:
        shelf = self._shelves.get(function.key)
        if shelf is None:
            for other in self._shelves.values():
                if (other.function.arn, other.function.version) == (function.arn, function.version):
                    self._retire(other)
            shelf = self._shelves[function.key] = Shelf(function)
        shelf.retired = False
        return shelf

    async def _acquire(self, shelf: Shelf) -> Environment:
        if self._closed:
            raise FunctionsError(CLOSING)
        while (environment := shelf.take()) is not None:
            if environment.alive:
                environment.state = "busy"
                return environment
            self._drop(shelf, environment)
        waiter: Waiter = asyncio.get_running_loop().create_future()
        shelf.waiters.append(waiter)
        self._pump(shelf)
        try:
            while not (await asyncio.wait((waiter,), timeout=self._wait_seconds))[0]:
                if not shelf.starting:
                    msg = (
                        f"Rate Exceeded: all {self._most} environments of this machine are at work; "
                        "start the sandbox's functions with more"
                    )
                    raise ThrottledError(msg)
        finally:
            with contextlib.suppress(ValueError):
                shelf.waiters.remove(waiter)
        return waiter.result()

    def _pump(self, shelf: Shelf) -> None:
        """Start as many environments as requests wait for."""
        while not self._closed and shelf.waiting > shelf.starting and self._room():
            shelf.starting += 1
            _spawn(self._start(shelf), self._starting)

    def _pump_all(self) -> None:
        for shelf in list(self._shelves.values()):
            if shelf.waiters:
                self._pump(shelf)

    async def _start(self, shelf: Shelf, *, provisioned: bool = False) -> None:
        environment = None
        try:
            async with self._starts:
                environment = await self._started(shelf, provisioned=provisioned)
        except (FunctionsError, _InitError) as error:
            self._failed(shelf, error)
        except OSError as error:
            self._failed(shelf, FunctionsError(f"no environment can be started: {error}"))
        finally:
            if provisioned:
                shelf.warming -= 1
            else:
                shelf.starting -= 1
        if environment is not None:
            self._available(shelf, environment)
        self._pump_all()

    async def _started(self, shelf: Shelf, *, provisioned: bool) -> Environment:
        """A started environment: the init phase, then once more within the function's timeout, as AWS does."""
        timeout = float(shelf.function.timeout)
        first = max(PROVISIONED_INIT_SECONDS, timeout) if provisioned else INIT_SECONDS
        environment = await self._attempt(shelf, first, provisioned=provisioned)
        if environment.state == "ending":
            environment = await self._attempt(shelf, timeout, provisioned=provisioned)
        if environment.state == "ending":
            raise _InitError(environment)
        return environment

    async def _attempt(self, shelf: Shelf, limit: float, *, provisioned: bool) -> Environment:
        """An environment that has initialised, or has ended because it could not."""
        environment = await self._make(shelf.function, provisioned)
        shelf.members.add(environment)
        ready = False
        try:
            ready = await environment.start(limit)
        finally:
            if not ready:
                shelf.remove(environment)
                if environment.state != "ending":  # this task was cancelled, or the process could not be started
                    await environment.end(0)
        return environment

    def _failed(self, shelf: Shelf, error: Exception) -> None:
        if not shelf.hand(error):
            _said.warning("no environment for %s:%s: %s", shelf.function.name, shelf.function.version, error)

    def _release(self, environment: Environment) -> None:
        shelf = self._shelves[environment.function.key]  # it has a member, so it is not reaped
        if environment.state == "ending" or not environment.alive or self._closed:
            self._drop(shelf, environment)
            self._pump_all()
        else:
            self._available(shelf, environment)

    def _available(self, shelf: Shelf, environment: Environment) -> None:
        if shelf.hand(environment):
            return
        if shelf.retired:
            self._drop(shelf, environment)
        else:
            environment.state, environment.idle_since = "idle", time.monotonic()
            shelf.idle.append(environment)
        self._pump_all()  # where the machine is full, it makes room for another function's

    def _room(self) -> bool:
        """Whether one more may be started; the one idle for longest makes room if need be."""
        if sum(shelf.size for shelf in self._shelves.values()) < self._most:
            return True
        idle = [(e.idle_since, id(e), s, e) for s in self._shelves.values() for e in s.idle if not e.provisioned]
        if not idle:
            return False
        _, _, shelf, environment = min(idle)
        self._drop(shelf, environment)
        return True

    def _retire(self, shelf: Shelf) -> None:
        shelf.retired, shelf.warm = True, 0
        for environment in list(shelf.idle):
            self._drop(shelf, environment)

    def _reap(self) -> None:
        late = time.monotonic() - self._idle_seconds
        for key, shelf in list(self._shelves.items()):
            for environment in list(shelf.idle):
                if not environment.alive or (environment.idle_since < late and not environment.provisioned):
                    self._drop(shelf, environment)
            if shelf.unused:
                del self._shelves[key]

    def _drop(self, shelf: Shelf, environment: Environment) -> None:
        shelf.remove(environment)
        environment.state = "ending"
        _spawn(environment.end(), self._ending)


def _spawn(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
