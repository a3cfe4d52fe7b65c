"""A lane: records that are handled in order, one batch at a time."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aws_emulator.streams.records import Record
from aws_emulator.streams.settings import Settings
from aws_emulator.streams.verdict import Answer, Outcome, judge

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: an invocation's event, the envelope too.
EVENT_BYTES = 6 * 1024 * 1024 - 1024
# Ours: AWS says no more than that it retries. A batch that was split is tried at once, one tried again waits.
BACKOFF_SECONDS = 0.2
BACKOFF_LIMIT_SECONDS = 10.0
# https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
EXHAUSTED = "RetryAttemptsExhausted"
TOO_OLD = "MaxRecordAgeExceeded"


@dataclass(frozen=True, slots=True)
class Discard:
    """Records that are given up."""

    condition: str
    records: tuple[Record, ...]
    invocations: int
    """How often a function was given them."""
    answer: Answer | None
    """The last one; None if there was none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a lane does next."""

    records: tuple[Record, ...]
    """What the function is given; empty when all are too old."""
    too_old: Discard | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a batch."""

    outcome: Outcome
    finished: tuple[Record, ...]
    """Handled or discarded: never tried again."""
    discarded: Discard | None = None
    retried: bool = False
    """Some records are to be tried again."""


@dataclass(frozen=True, slots=True)
class _Piece:
    records: tuple[Record, ...]
    retries: int = 0
    """Used up."""
    invocations: int = 0
    waits: int = 0
    not_before: float = 0
    answer: Answer | None = None


class Lane:
    """Records on their way to a function. Time is given to every call, in seconds."""

    def __init__(self) -> None:
        self._waiting: deque[Record] = deque()
        self._bytes, self._since = 0, 0.0
        self._pieces: list[_Piece] = []  # parts of a failed batch, the first one last
        self._taken: _Piece | None = None
        self._gone: tuple[Record, ...] = ()

    @property
    def busy(self) -> bool:
        """A batch is out."""
        return self._taken is not None

    def add(self, record: Record, now: float) -> None:
        """Queue a record behind the others."""
        if not self._waiting and not self.busy:
            self._since = now
        self._waiting.append(record)
        self._bytes += record.size

    def due(self, settings: Settings) -> float | None:
        """When the next batch may go, zero for at once; None while there is none."""
        if self.busy:
            return None
        if self._pieces:
            return self._pieces[-1].not_before
        if not self._waiting:
            return None
        full = len(self._waiting) >= settings.batch_size or self._bytes >= EVENT_BYTES
        return 0 if full or not settings.window_seconds else self._since + settings.window_seconds

    def take(self, settings: Settings, now: float) -> Batch | None:
        """The next batch, if one is due; `settle` and `release` follow."""
        due = self.due(settings)
        if due is None or due > now:
            return None
        piece = self._pieces.pop() if self._pieces else self._gathered(settings)
        oldest = now - settings.age_seconds
        fresh = next((i for i, r in enumerate(piece.records) if r.created >= oldest), len(piece.records))
        old, self._gone = None, piece.records[:fresh]
        if self._gone:
            old = Discard(TOO_OLD, self._gone, piece.invocations, piece.answer)
        self._taken = replace(piece, records=piece.records[fresh:])
        return Batch(self._taken.records, old)

    def settle(self, answer: Answer, settings: Settings, now: float) -> Settled:
        """Decide what becomes of the batch that is out; one without records is finished as it is."""
        piece = self._taken
        assert piece is not None, "no batch is out"  # noqa: S101 - a slip of the caller, not an input
        verdict = judge(answer, piece.records, partial=settings.partial)
        head, tail = piece.records[: verdict.handled], piece.records[verdict.handled :]
        finished = (*self._gone, *head)
        if not tail:
            return Settled(Outcome.HANDLED, finished)
        invoked = verdict.outcome is not Outcome.REFUSED
        rest = replace(piece, records=tail, invocations=piece.invocations + invoked, answer=answer)
        if not invoked:
            self._again([_delayed(rest, now)])
        elif settings.bisect and (head or len(tail) > 1):
            # "Splitting batches doesn't consume the retry quota":
            # https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
            self._again([rest] if head else _halves(rest))
        elif settings.retries is not None and rest.retries >= settings.retries:
            given_up = Discard(EXHAUSTED, tail, rest.invocations, answer)
            return Settled(verdict.outcome, (*finished, *tail), given_up)
        else:
            self._again([_delayed(replace(rest, retries=rest.retries + 1), now)])
        return Settled(verdict.outcome, finished, retried=True)

    def release(self, now: float) -> None:
        """Let the next batch go; the window for it begins."""
        # https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching
        self._taken, self._gone, self._since = None, (), now

    def _gathered(self, settings: Settings) -> _Piece:
        records: list[Record] = []
        size = 0
        while self._waiting and len(records) < settings.batch_size:
            size += self._waiting[0].size
            if records and size > EVENT_BYTES:
                break
            records.append(self._waiting.popleft())
        self._bytes -= sum(record.size for record in records)
        return _Piece(tuple(records))

    def _again(self, pieces: Sequence[_Piece]) -> None:
        self._pieces.extend(reversed(pieces))


def _halves(piece: _Piece) -> list[_Piece]:
    middle = len(piece.records) // 2
    return [
        replace(piece, records=part, waits=0, not_before=0) for part in (piece.records[:middle], piece.records[middle:])
    ]


def _delayed(piece: _Piece, now: float) -> _Piece:
    wait = min(BACKOFF_SECONDS * 2 ** min(piece.waits, 16), BACKOFF_LIMIT_SECONDS)
    return replace(piece, waits=piece.waits + 1, not_before=now + wait)
