"""The target of a contract: a sandbox or a real account, and what all behaviours of one run share there."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable

from sandbox.contract.cleanup import Cleanup
from sandbox.contract.scope import CheckScope

PREFIX = "scaleshop-contract"
TAG = "scaleshop-contract"


class ContractTarget(ABC):
    """Where the behaviours of one run are checked."""

    def __init__(self, endpoint: str | None, gone: Callable[[Exception], bool]) -> None:
        """Describe a run; nothing is made.

        Args:
            endpoint: Where the sandbox serves; None for a real account.
            gone: Whether an error says that what was to be removed is not there.
        """
        self.endpoint, self._gone = endpoint, gone
        self.run = uuid.uuid4().hex[:6]
        self.cleanup = self.new_cleanup()

    @abstractmethod
    def scope(self) -> CheckScope:
        """What one behaviour works in."""

    @property
    def is_real(self) -> bool:
        """Whether it is a real account."""
        return self.endpoint is None

    @property
    def deadline_factor(self) -> float:
        """By how much deadlines are longer than in the sandbox: changes reach all of a cloud in seconds to a minute."""
        return 6.0 if self.is_real else 1.0

    @property
    def prefix(self) -> str:
        """With which every name of the run begins."""
        return f"{PREFIX}-{self.run}"

    @property
    def tags(self) -> dict[str, str]:
        """What every resource of the run carries."""
        return {TAG: self.run}

    def name(self, kind: str) -> str:
        """A name that nothing else has; at most 28 letters of `kind` fit the shortest names of services."""
        return f"{self.prefix}-{kind}-{uuid.uuid4().hex[:6]}"

    def new_cleanup(self) -> Cleanup:
        """A list of what is to be removed."""
        return Cleanup(self._gone)
