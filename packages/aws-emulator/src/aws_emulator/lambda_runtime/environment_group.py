"""The environments of one revision of a function's version, and who waits for one."""

import asyncio
from collections import deque
from dataclasses import dataclass, field

from aws_emulator.lambda_runtime.environment import Environment
from aws_emulator.lambda_runtime.model import Function

Waiter = asyncio.Future[Environment]


@dataclass
class EnvironmentGroup:
    """Environments that can stand in for each other."""

    function: Function
    idle: list[Environment] = field(default_factory=list[Environment])
    """The one used last is at the end."""
    members: set[Environment] = field(default_factory=set[Environment])
    """All, in whatever state."""
    waiters: deque[Waiter] = field(default_factory=deque[Waiter])
    starting: int = 0
    """Starts under way for those who wait."""
    warm: int = 0
    """So many are kept with provisioned concurrency."""
    warming: int = 0
    """Starts under way for that."""
    retired: bool = False
    """Whether a newer revision has come."""

    @property
    def waiting(self) -> int:
        """How many wait."""
        return sum(not waiter.done() for waiter in self.waiters)

    @property
    def unused(self) -> bool:
        """Whether nothing would be lost with it."""
        return not (self.members or self.waiters or self.starting or self.warming or self.warm)

    @property
    def size(self) -> int:
        """Environments that there are or will be; one that is being started counts once."""
        begun = sum(member.state == "starting" for member in self.members)
        return len(self.members) - begun + max(begun, self.starting + self.warming)

    def list_provisioned(self) -> list[Environment]:
        """Those of provisioned concurrency."""
        return [member for member in self.members if member.provisioned]

    def take(self) -> Environment | None:
        """An idle one: of provisioned concurrency first, else the one used last, for the others may be reaped."""
        if not self.idle:
            return None
        return self.idle.pop(next((i for i, e in enumerate(self.idle) if e.provisioned), -1))

    def hand_over(self, what: Environment | Exception) -> bool:
        """Give the first who waits an environment, or why there is none. False when nobody waits."""
        while self.waiters:
            waiter = self.waiters.popleft()
            if waiter.done():
                continue
            if isinstance(what, Exception):
                waiter.set_exception(what)
            else:
                what.state = "busy"
                waiter.set_result(what)
            return True
        return False

    def remove(self, environment: Environment) -> None:
        """Forget one."""
        self.members.discard(environment)
        if environment in self.idle:
            self.idle.remove(environment)
