"""A shard of made-up records and a run of it, for tests of how streams are read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aws_emulator.lambda_stream_mappings.batch_queue import DiscardedRecords, StreamBatch
from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import StreamSettings
from aws_emulator.lambda_stream_mappings.shard import Shard

FAILED = InvocationAnswer(error="Unhandled")
THROTTLED = InvocationAnswer(invoked=False, error="TooManyRequestsException")
Handler = Callable[[Sequence[StreamRecord]], InvocationAnswer]


def body(position: int, item: str = "", created: float = 0) -> dict[str, Any]:
    """A record as a function gets it."""
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"pk": {"S": item or f"item-{position}"}},
            "SequenceNumber": f"{position:030d}",
            "ApproximateCreationDateTime": created,
        },
    }


def report_failures(*positions: int) -> InvocationAnswer:
    """An answer that reports records as failed."""
    failures = [{"itemIdentifier": f"{position:030d}"} for position in positions]
    return InvocationAnswer(body={"batchItemFailures": failures})


class ShardRun:
    """One shard, a handler and a clock of its own, to the end of its work or for so many batches."""

    def __init__(
        self, bodies: Sequence[Mapping[str, Any]], handler: Handler, settings: StreamSettings, start: int = 0
    ) -> None:
        self.bodies, self.handler, self.settings = list(bodies), handler, settings
        self.shard = Shard(start)
        self.now = 0.0
        self.calls: list[list[int]] = []
        self.handled: list[StreamRecord] = []
        self.discards: list[DiscardedRecords] = []
        self.checkpoints: list[int] = []

    def read(self, position: int, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        return position, self.bodies[position : position + limit]

    def matches(self, patterns: Sequence[str], record: Mapping[str, Any]) -> bool:
        return any(pattern in str(record["dynamodb"]["Keys"]) for pattern in patterns)

    def fill(self) -> None:
        while self.shard.fill(self.read, self.matches, self.settings, self.now, 7):
            pass

    def settle(self, queue: int, batch: StreamBatch) -> BatchOutcome:
        """Let a taken batch be handled."""
        answer = InvocationAnswer()
        if batch.too_old:
            self.discards.append(batch.too_old)
        if batch.records:
            self.calls.append([record.position for record in batch.records])
            answer = self.handler(batch.records)
        settled = self.shard.queues[queue].settle(answer, self.settings, self.now)
        given_up = {r.position for d in (batch.too_old, settled.discarded) if d for r in d.records}
        self.handled += [record for record in settled.finished if record.position not in given_up]
        if settled.discarded:
            self.discards.append(settled.discarded)
        self.shard.finish(settled.finished)
        self.shard.queues[queue].release(self.now)
        self.checkpoints.append(self.shard.checkpoint)
        return settled.outcome

    def step(self) -> bool:
        """Every queue's next batch, or the clock moves to the next one; false when nothing is left."""
        self.fill()
        taken = [(i, queue.take(self.settings, self.now)) for i, queue in enumerate(self.shard.queues)]
        for queue, batch in taken:
            if batch:
                self.settle(queue, batch)
        due = [at for queue in self.shard.queues if (at := queue.find_due(self.settings)) is not None]
        if not any(batch for _, batch in taken) and due:
            self.now = max(self.now, min(due))
        return bool(due) or any(batch for _, batch in taken)

    def finish(self, steps: int = 30_000) -> "ShardRun":
        """Until nothing is left."""
        while self.step():
            steps -= 1
            assert steps, f"no end; unfinished from {self.shard.checkpoint} on"
        return self

    def list_discarded(self) -> list[int]:
        return [record.position for discard in self.discards for record in discard.records]

    def list_settled(self) -> list[int]:
        return [record.position for record in self.handled]
