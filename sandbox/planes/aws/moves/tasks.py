"""Move tasks: what they are, how they answer, and how fast they go."""

import base64
import binascii
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Status = Literal["RUNNING", "COMPLETED", "CANCELLING", "CANCELLED", "FAILED"]
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
FASTEST = 500
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html
KEPT = 10
# Between steps of a fast task; a slow one moves a message at a time.
STEP_SECONDS = 0.1


@dataclass(slots=True)
class Task:
    """A move from a dead-letter queue; times are seconds since the epoch."""

    source: str
    """ARN of the dead-letter queue."""
    destination: str
    """ARN; empty for the queues that the messages came from."""
    rate: int | None
    """Messages a second; None for as fast as it goes."""
    to_move: int
    """How many there were when it started."""
    started: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    status: Status = "RUNNING"
    moved: int = 0
    reason: str = ""
    due: float = 0.0
    """When the next step is."""

    @property
    def active(self) -> bool:
        """Whether it holds its queue: a queue has one such task at most."""
        return self.status in ("RUNNING", "CANCELLING")

    @property
    def handle(self) -> str:
        """What a client names it by."""
        return base64.b64encode(json.dumps({"taskId": self.id, "sourceArn": self.source}).encode()).decode()

    def step(self) -> tuple[int, float]:
        """How many messages are moved at once, and the seconds until the next are."""
        rate = self.rate or FASTEST
        count = max(1, int(rate * STEP_SECONDS))
        return min(count, self.to_move - self.moved), count / rate

    def end(self, status: Status, reason: str = "") -> None:
        """Stop it."""
        self.status, self.reason = status, reason

    def described(self) -> dict[str, Any]:
        """As ListMessageMoveTasks has it: the handle of a running one alone."""
        found = {
            "TaskHandle": self.handle if self.status == "RUNNING" else None,
            "Status": self.status,
            "SourceArn": self.source,
            "DestinationArn": self.destination or None,
            "MaxNumberOfMessagesPerSecond": self.rate,
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.to_move,
            "FailureReason": self.reason or None,
            "StartedTimestamp": int(self.started * 1000),
        }
        return {name: value for name, value in found.items() if value is not None}


class Tasks:
    """The tasks of all queues, the newest first."""

    def __init__(self) -> None:
        self._by_source: dict[str, list[Task]] = {}

    def add(self, task: Task) -> None:
        """Keep a task, and forget the oldest of its queue."""
        kept = self._by_source.setdefault(task.source, [])
        kept.insert(0, task)
        del kept[KEPT:]

    def of(self, source: str) -> list[Task]:
        """The tasks of a queue."""
        return list(self._by_source.get(source, ()))

    def active(self) -> list[Task]:
        """Those that still do something."""
        return [task for tasks in self._by_source.values() for task in tasks if task.active]

    def named(self, handle: str) -> Task | None:
        """The task with a handle."""
        id_, source = parsed(handle)
        return next((task for task in self.of(source) if task.id == id_), None)

    def clear(self) -> None:
        """Forget all."""
        self._by_source.clear()

    def saved(self) -> list[dict[str, Any]]:
        """All tasks as JSON, the oldest first."""
        return [asdict(task) for tasks in self._by_source.values() for task in reversed(tasks)]

    def restore(self, saved: Iterable[Mapping[str, Any]]) -> None:
        """Take what `saved` gave."""
        for task in saved:
            self.add(Task(**task))


def parsed(handle: str) -> tuple[str, str]:
    """Id and source of a task's handle; both empty when it is none."""
    try:
        found = json.loads(base64.b64decode(handle, validate=True))
        return str(found["taskId"]), str(found["sourceArn"])
    except (binascii.Error, ValueError, TypeError, KeyError):
        return "", ""
