"""All execution environments: which one serves a request, when another is started, when one is ended."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

from aws_emulator.lambda_runtime.environment import Environment, NotHandedOverError
from aws_emulator.lambda_runtime.environment_group import EnvironmentGroup, Waiter
from aws_emulator.lambda_runtime.errors import FunctionsError, ThrottledError
from aws_emulator.lambda_runtime.limits import (
    IDLE_SECONDS,
    INIT_SECONDS,
    MEMORY_SECONDS,
    PROVISIONED_INIT_SECONDS,
    WAIT_SECONDS,
)
from aws_emulator.lambda_runtime.model import Function, Invocation, InvocationOutcome

Make = Callable[[Function, bool], Awaitable[Environment]]
"""An environment that is not started yet, for a function, with provisioned concurrency or not."""
REAP_SECONDS = 1.0
CLOSING = "the functions' process is ending"
logger = logging.getLogger("functions.pool")


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
        self._groups: dict[tuple[str, str, str], EnvironmentGroup] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._closed = False

    async def invoke(self, function: Function, invocation: Invocation) -> InvocationOutcome:
        """Run an invocation in an environment of its own.

        Raises:
            ThrottledError: none became free in time.
            FunctionsError: the function's code can't be had, or the pool is closing.
        """
        while True:
            try:
                environment = await self._acquire(self._find_or_create_group(function))
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

    def set_provisioned(self, wanted: Iterable[tuple[Function, int]]) -> None:
        """Keep so many environments of these functions warm, and of no others."""
        counts = {function.key: (function, count) for function, count in wanted}
        for key, group in list(self._groups.items()):
            group.warm = counts[key][1] if key in counts else 0
            surplus = max(0, len(group.list_provisioned()) - group.warm)
            for environment in [e for e in group.idle if e.provisioned][:surplus]:
                self._drop(group, environment)
        for function, count in counts.values():
            group = self._find_or_create_group(function)
            group.warm = count
            started = sum(e.state != "starting" for e in group.list_provisioned())
            for _ in range(count - started - group.warming):
                if self._make_room():
                    group.warming += 1
                    _spawn(self._start(group, provisioned=True), self._starting)

    async def maintain(self) -> None:
        """Watch memory and end what is not needed, for ever."""
        reaped = time.monotonic()
        while True:
            await asyncio.sleep(MEMORY_SECONDS)
            for environment in self.list_environments():
                if environment.state in ("busy", "starting") and environment.pid:
                    environment.check_memory()
            if time.monotonic() - reaped > min(REAP_SECONDS, self._idle_seconds):
                reaped = time.monotonic()
                self._reap()

    def list_environments(self) -> list[Environment]:
        """All that live."""
        return [member for group in self._groups.values() for member in group.members]

    def kill(self, identity: str) -> bool:
        """Kill one at once, as a crash would. False if there is none."""
        for group in self._groups.values():
            for environment in group.members:
                if environment.id == identity:
                    environment.crash()
                    if environment in group.idle:  # it must not be chosen while it dies
                        self._drop(group, environment)
                    return True
        return False

    async def close(self) -> None:
        """End all."""
        self._closed = True
        for task in list(self._starting):
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        for group in self._groups.values():
            for environment in list(group.members):
                self._drop(group, environment)
            while group.hand_over(FunctionsError(CLOSING)):
                pass
        await asyncio.gather(*self._ending, return_exceptions=True)

    def _find_or_create_group(self, function: Function) -> EnvironmentGroup:
        group = self._groups.get(function.key)
        if group is None:
            for other in self._groups.values():
                if (other.function.arn, other.function.version) == (function.arn, function.version):
                    self._retire(other)
            group = self._groups[function.key] = EnvironmentGroup(function)
        group.retired = False
        return group

    async def _acquire(self, group: EnvironmentGroup) -> Environment:
        if self._closed:
            raise FunctionsError(CLOSING)
        while (environment := group.take()) is not None:
            if environment.alive:
                environment.state = "busy"
                return environment
            self._drop(group, environment)
        waiter: Waiter = asyncio.get_running_loop().create_future()
        group.waiters.append(waiter)
        self._start_for_waiters(group)
        try:
            while not (await asyncio.wait((waiter,), timeout=self._wait_seconds))[0]:
                if not group.starting:
                    msg = (
                        f"Rate Exceeded: all {self._most} environments of this machine are at work; "
                        "start the sandbox's functions with more"
                    )
                    raise ThrottledError(msg)
        finally:
            with contextlib.suppress(ValueError):
                group.waiters.remove(waiter)
        return waiter.result()

    def _start_for_waiters(self, group: EnvironmentGroup) -> None:
        """Start as many environments as requests wait for."""
        while not self._closed and group.waiting > group.starting and self._make_room():
            group.starting += 1
            _spawn(self._start(group), self._starting)

    def _start_for_all_waiters(self) -> None:
        for group in list(self._groups.values()):
            if group.waiters:
                self._start_for_waiters(group)

    async def _start(self, group: EnvironmentGroup, *, provisioned: bool = False) -> None:
        environment = None
        try:
            async with self._starts:
                environment = await self._start_environment(group, provisioned=provisioned)
        except (FunctionsError, _InitError) as error:
            self._fail_waiter(group, error)
        except OSError as error:
            self._fail_waiter(group, FunctionsError(f"no environment can be started: {error}"))
        finally:
            if provisioned:
                group.warming -= 1
            else:
                group.starting -= 1
        if environment is not None:
            self._make_available(group, environment)
        self._start_for_all_waiters()

    async def _start_environment(self, group: EnvironmentGroup, *, provisioned: bool) -> Environment:
        """A started environment: the init phase, then once more within the function's timeout, as AWS does."""
        timeout = float(group.function.timeout)
        first = max(PROVISIONED_INIT_SECONDS, timeout) if provisioned else INIT_SECONDS
        environment = await self._try_start(group, first, provisioned=provisioned)
        if environment.state == "ending":
            environment = await self._try_start(group, timeout, provisioned=provisioned)
        if environment.state == "ending":
            raise _InitError(environment)
        return environment

    async def _try_start(self, group: EnvironmentGroup, limit: float, *, provisioned: bool) -> Environment:
        """An environment that has initialised, or has ended because it could not."""
        environment = await self._make(group.function, provisioned)
        group.members.add(environment)
        ready = False
        try:
            ready = await environment.start(limit)
        finally:
            if not ready:
                group.remove(environment)
                if environment.state != "ending":  # this task was cancelled, or the process could not be started
                    await environment.end(0)
        return environment

    def _fail_waiter(self, group: EnvironmentGroup, error: Exception) -> None:
        if not group.hand_over(error):
            logger.warning("no environment for %s:%s: %s", group.function.name, group.function.version, error)

    def _release(self, environment: Environment) -> None:
        group = self._groups[environment.function.key]  # it has a member, so it is not reaped
        if environment.state == "ending" or not environment.alive or self._closed:
            self._drop(group, environment)
            self._start_for_all_waiters()
        else:
            self._make_available(group, environment)

    def _make_available(self, group: EnvironmentGroup, environment: Environment) -> None:
        if group.hand_over(environment):
            return
        if group.retired:
            self._drop(group, environment)
        else:
            environment.state, environment.idle_since = "idle", time.monotonic()
            group.idle.append(environment)
        self._start_for_all_waiters()  # where the machine is full, it makes room for another function's

    def _make_room(self) -> bool:
        """Whether one more may be started; the one idle for longest makes room if need be."""
        if sum(group.size for group in self._groups.values()) < self._most:
            return True
        idle = [(e.idle_since, id(e), s, e) for s in self._groups.values() for e in s.idle if not e.provisioned]
        if not idle:
            return False
        _, _, group, environment = min(idle)
        self._drop(group, environment)
        return True

    def _retire(self, group: EnvironmentGroup) -> None:
        group.retired, group.warm = True, 0
        for environment in list(group.idle):
            self._drop(group, environment)

    def _reap(self) -> None:
        late = time.monotonic() - self._idle_seconds
        for key, group in list(self._groups.items()):
            for environment in list(group.idle):
                if not environment.alive or (environment.idle_since < late and not environment.provisioned):
                    self._drop(group, environment)
            if group.unused:
                del self._groups[key]

    def _drop(self, group: EnvironmentGroup, environment: Environment) -> None:
        group.remove(environment)
        environment.state = "ending"
        _spawn(environment.end(), self._ending)


def _spawn(work: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.get_running_loop().create_task(work)
    tasks.add(task)
    task.add_done_callback(tasks.discard)
