"""What the scheduler asks of its surroundings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_emulator.streams.lane import Batch, Discard
from aws_emulator.streams.settings import Settings
from aws_emulator.streams.verdict import Answer, Outcome


@dataclass(frozen=True, slots=True)
class Source:
    """A mapping of a stream to a function."""

    account: str
    region: str
    id: str
    """The mapping's UUID."""
    stream: str
    """ARN of the stream."""
    function: str
    """ARN of the function, with its alias or version."""
    enabled: bool
    settings: Settings

    @property
    def key(self) -> str:
        """Names it among those of all accounts and regions."""
        return f"{self.account}/{self.region}/{self.id}"

    @property
    def table(self) -> str:
        """The table whose stream it is."""
        return self.stream.partition(":table/")[2].partition("/")[0]


class Ports(Protocol):
    """Where streams, functions and destinations are. `call` and `deliver` may take long; the others must not."""

    def sources(self) -> Iterable[Source]:
        """All mappings of streams."""
        ...

    def start_of(self, source: Source) -> int:
        """The position at which a new mapping begins."""
        ...

    def read(self, source: Source, position: int, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """Records from a position on, and where they begin: later than asked when some have expired."""
        ...

    def matches(self, patterns: Sequence[str], body: Mapping[str, Any]) -> bool:
        """A record matches one of the patterns."""
        ...

    def call(self, source: Source, batch: Batch) -> Answer:
        """Give records to the function."""
        ...

    def deliver(self, source: Source, discard: Discard) -> bool:
        """Tell the destination of records that are given up; false when it could not be."""
        ...

    def checkpoint(self, source: Source, position: int) -> None:
        """The first record that is not finished is now at a position."""
        ...

    def result(self, source: Source, outcome: Outcome) -> None:
        """What came of a mapping's last batch."""
        ...

    def spawn(self, work: Callable[[], None]) -> None:
        """Do something beside; with no bound, for functions may wait for one another."""
        ...
