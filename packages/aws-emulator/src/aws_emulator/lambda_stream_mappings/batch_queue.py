"""Records that are handled in order, one batch at a time."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer, evaluate_answer
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import StreamSettings

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: an invocation's event, the envelope too.
EVENT_BYTES = 6 * 1024 * 1024 - 1024
# Ours: AWS says no more than that it retries. A batch that was split is tried at once, one tried again waits.
BACKOFF_SECONDS = 0.2
BACKOFF_LIMIT_SECONDS = 10.0
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "MaxRecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class DiscardedRecords:
    """Records that are given up."""

    condition: str
    records: tuple[StreamRecord, ...]
    invocations: int
    """How often a function was given them."""
    answer: InvocationAnswer | None
    """The last one; None if there was none."""


@dataclass(frozen=True, slots=True)
class StreamBatch:
    """What a queue hands out next."""

    records: tuple[StreamRecord, ...]
    """What the function is given; empty when all are too old."""
    too_old: DiscardedRecords | None = None


@dataclass(frozen=True, slots=True)
class SettledBatch:
    """What came of a batch."""

    outcome: BatchOutcome
    finished: tuple[StreamRecord, ...]
    """Handled or discarded: never tried again."""
    discarded: DiscardedRecords | None = None
    retried: bool = False
    """Some records are to be tried again."""


@dataclass(frozen=True, slots=True)
class _Part:
    records: tuple[StreamRecord, ...]
    retries: int = 0
    """Used up."""
    invocations: int = 0
    waits: int = 0
    not_before: float = 0
    answer: InvocationAnswer | None = None


class BatchQueue:
    """Records on their way to a function. Time is given to every call, in seconds."""

    def __init__(self) -> None:
        self._waiting: deque[StreamRecord] = deque()
        self._bytes, self._since = 0, 0.0
        self._parts: list[_Part] = []  # parts of a failed batch, the first one last
        self._taken: _Part | None = None
        self._gone: tuple[StreamRecord, ...] = ()

    @property
    def busy(self) -> bool:
        """A batch is out."""
        return self._taken is not None

    def add(self, record: StreamRecord, now: float) -> None:
        """Queue a record behind the others."""
        if not self._waiting and not self.busy:
            self._since = now
        self._waiting.append(record)
        self._bytes += record.size

    def find_due(self, settings: StreamSettings) -> float | None:
        """When the next batch may go, zero for at once; None while there is none."""
        if self.busy:
            return None
        if self._parts:
            return self._parts[-1].not_before
        if not self._waiting:
            return None
        full = len(self._waiting) >= settings.batch_size or self._bytes >= EVENT_BYTES
        return 0 if full or not settings.window_seconds else self._since + settings.window_seconds

    def take(self, settings: StreamSettings, now: float) -> StreamBatch | None:
        """The next batch, if one is due; `settle` and `release` follow."""
        due = self.find_due(settings)
        if due is None or due > now:
            return None
        piece = self._parts.pop() if self._parts else self._gather(settings)
        oldest = now - settings.age_seconds
        fresh = next((i for i, r in enumerate(piece.records) if r.created >= oldest), len(piece.records))
        old, self._gone = None, piece.records[:fresh]
        if self._gone:
            old = DiscardedRecords(TOO_OLD, self._gone, piece.invocations, piece.answer)
        self._taken = replace(piece, records=piece.records[fresh:])
        return StreamBatch(self._taken.records, old)

    def settle(self, answer: InvocationAnswer, settings: StreamSettings, now: float) -> SettledBatch:
        """Decide what becomes of the batch that is out; one without records is finished as it is."""
        piece = self._taken
        assert piece is not None, "no batch is out"  # noqa: S101 - a slip of the caller, not an input
        verdict = evaluate_answer(answer, piece.records, partial=settings.partial)
        head, tail = piece.records[: verdict.handled], piece.records[verdict.handled :]
        finished = (*self._gone, *head)
        if not tail:
            return SettledBatch(BatchOutcome.HANDLED, finished)
        invoked = verdict.outcome is not BatchOutcome.REFUSED
        rest = replace(piece, records=tail, invocations=piece.invocations + invoked, answer=answer)
        if not invoked:
            self._requeue([_delay(rest, now)])
        elif settings.bisect and (head or len(tail) > 1):
            # "Splitting batches doesn't consume the retry quota":
            # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
            self._requeue([rest] if head else _split(rest))
        elif settings.retries is not None and rest.retries >= settings.retries:
            given_up = DiscardedRecords(EXHAUSTED, tail, rest.invocations, answer)
            return SettledBatch(verdict.outcome, (*finished, *tail), given_up)
        else:
            self._requeue([_delay(replace(rest, retries=rest.retries + 1), now)])
        return SettledBatch(verdict.outcome, finished, retried=True)

    def release(self, now: float) -> None:
        """Let the next batch go; the window for it begins."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
        self._taken, self._gone, self._since = None, (), now

    def _gather(self, settings: StreamSettings) -> _Part:
        records: list[StreamRecord] = []
        size = 0
        while self._waiting and len(records) < settings.batch_size:
            size += self._waiting[0].size
            if records and size > EVENT_BYTES:
                break
            records.append(self._waiting.popleft())
        self._bytes -= sum(record.size for record in records)
        return _Part(tuple(records))

    def _requeue(self, pieces: Sequence[_Part]) -> None:
        self._parts.extend(reversed(pieces))


def _split(piece: _Part) -> list[_Part]:
    middle = len(piece.records) // 2
    return [
        replace(piece, records=part, waits=0, not_before=0) for part in (piece.records[:middle], piece.records[middle:])
    ]


def _delay(piece: _Part, now: float) -> _Part:
    wait = min(BACKOFF_SECONDS * 2 ** min(piece.waits, 16), BACKOFF_LIMIT_SECONDS)
    return replace(piece, waits=piece.waits + 1, not_before=now + wait)
