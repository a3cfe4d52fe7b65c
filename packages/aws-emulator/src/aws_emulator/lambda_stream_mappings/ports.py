"""What the scheduler asks of its surroundings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from aws_emulator.lambda_stream_mappings.batch_queue import DiscardedRecords, StreamBatch
from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer
from aws_emulator.lambda_stream_mappings.settings import StreamSettings


@dataclass(frozen=True, slots=True)
class StreamMapping:
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
    settings: StreamSettings

    @property
    def key(self) -> str:
        """Names it among those of all accounts and regions."""
        return f"{self.account}/{self.region}/{self.id}"

    @property
    def table(self) -> str:
        """The table whose stream it is."""
        return self.stream.partition(":table/")[2].partition("/")[0]


class StreamPorts(Protocol):
    """Where streams, functions and destinations are. `call` and `deliver` may take long; the others must not."""

    def list_mappings(self) -> Iterable[StreamMapping]:
        """All mappings of streams."""
        ...

    def find_start(self, source: StreamMapping) -> int:
        """The position at which a new mapping begins."""
        ...

    def read(self, source: StreamMapping, position: int, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        """Records from a position on, and where they begin: later than asked when some have expired."""
        ...

    def matches(self, patterns: Sequence[str], body: Mapping[str, Any]) -> bool:
        """A record matches one of the patterns."""
        ...

    def call(self, source: StreamMapping, batch: StreamBatch) -> InvocationAnswer:
        """Give records to the function."""
        ...

    def deliver(self, source: StreamMapping, discard: DiscardedRecords) -> bool:
        """Tell the destination of records that are given up; false when it could not be."""
        ...

    def save_checkpoint(self, source: StreamMapping, position: int) -> None:
        """The first record that is not finished is now at a position."""
        ...

    def record_result(self, source: StreamMapping, outcome: BatchOutcome) -> None:
        """What came of a mapping's last batch."""
        ...

    def spawn(self, work: Callable[[], None]) -> None:
        """Do something beside; with no bound, for functions may wait for one another."""
        ...
