"""The emulator's queues for what runs on its loop, as its own handlers do: nothing else changes a queue meanwhile."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aws_emulator.lambda_invocations.invocations import parse_scope
from aws_emulator.ministack.emulator import Emulator

Queue = dict[str, Any]
"""The emulator's record of a queue: `attributes`, `messages`, `is_fifo`, `name`, `url`."""
Message = dict[str, Any]

RECEIVED_AT_ONCE = 10


class Queues:
    """Queues by ARN, and what is done with their messages; to be used on the emulator's loop alone."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("sqs")
        self._wake = emulator.module("core.concurrency").esm_wake

    def find(self, arn: str) -> Queue | None:
        """The queue of an ARN, in whatever account; None when it is gone."""
        return self._service._queue_by_arn(arn)

    def remove_expired(self, queue: Queue) -> None:
        """Drop what is too old, and move what was received too often to the dead-letter queue."""
        self._service._expire_retained(queue)
        self._service._dlq_sweep(queue)

    def count_available(self, queue: Queue) -> int:
        """How many messages a receive could get."""
        now = time.time()
        blocked = {m.get("group_id") for m in queue["messages"] if _is_in_flight(m, now)} if queue["is_fifo"] else set()
        return sum(
            m.get("visible_at", 0) <= now and (not blocked or m.get("group_id") not in blocked)
            for m in queue["messages"]
        )

    def find_next_visible(self, queue: Queue) -> float | None:
        """When the next hidden or delayed message can be received."""
        now = time.time()
        return min((m["visible_at"] for m in queue["messages"] if m.get("visible_at", 0) > now), default=None)

    def receive(self, queue: Queue, most: int) -> list[Message]:
        """Up to `most` messages, hidden for the queue's visibility timeout from now on."""
        received: list[Message] = []
        with self._emulator.scope(*parse_scope(queue["attributes"]["QueueArn"])):
            while len(received) < most:
                wanted = min(most - len(received), RECEIVED_AT_ONCE)
                found = self._service._receive_messages_for_esm(queue["url"], wanted)
                received += found
                if len(found) < wanted:
                    break
        return received

    def delete(self, queue: Queue, handles: Iterable[str]) -> None:
        """Delete messages by their receipt handles; those that were received again in the meantime have others."""
        with self._emulator.scope(*parse_scope(queue["attributes"]["QueueArn"])):
            self._service._delete_messages_for_esm(queue["url"], set(handles))

    def unreceive(self, messages: Sequence[Message]) -> None:
        """Put messages back as if they had not been received."""
        for message in messages:
            message.update(visible_at=time.time(), receipt_handle=None, receive_count=message["receive_count"] - 1)
            if not message["receive_count"]:
                message["first_receive_at"] = None

    def make_visible(self, messages: Iterable[Message], handles: Iterable[str]) -> None:
        """Make received messages visible at once, those that were received again in the meantime not."""
        for message, handle in zip(messages, handles, strict=True):
            if message.get("receipt_handle") == handle:
                message["visible_at"] = min(message["visible_at"], time.time())

    def wake(self) -> None:
        """Tell those who read queues that there may be something to do."""
        self._wake.set()

    def listen(self, on_message: Callable[[], None]) -> None:
        """Call back, in whatever thread, when a queue has a new message."""
        notify = self._wake.set

        def set_and_notify() -> None:
            notify()
            on_message()

        self._wake.set = set_and_notify


def find_visibility_timeout(queue: Queue) -> int:
    """A queue's visibility timeout in seconds."""
    return int(queue["attributes"].get("VisibilityTimeout", "30"))


def _is_in_flight(message: Message, now: float) -> bool:
    return message.get("visible_at", 0) > now and message.get("receive_count", 0) > 0
