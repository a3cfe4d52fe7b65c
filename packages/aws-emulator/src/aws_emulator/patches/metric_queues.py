"""What queues count, and what they hold at one moment."""

import inspect
import json
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.patches.emulator import Emulator
from aws_emulator.patches.metric_record import Record
from aws_emulator.watching.gauges import ACTIVE_SECONDS, gauges

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "sqs": (
            "_HANDLERS",
            "_act_send_message",
            "_delete_messages_for_esm",
            "_get_q",
            "_queue_by_arn",
            "_queues.all_items",
            "_receive_messages_for_esm",
        ),
        "sns": ("_deliver_to_sqs",),
    }
)


class QueueCounts:
    """The metrics of AWS/SQS."""

    def __init__(self, emulator: Emulator, record: Record) -> None:
        self._emulator, self._record = emulator, record
        self._used: dict[str, float] = {}
        """When a queue was used last, by its ARN."""

    def install(self) -> None:
        """Count what is sent, received and deleted, whoever does it."""
        self._requests()
        self._mappings()
        self._topics()

    def sample(self, now: float, at: float) -> None:
        """Measure every queue that is in use, as of the minute that `at` is in."""
        sources: set[str] = set()
        queues = [(scope, queue) for (*scope, _), queue in self._emulator.module("sqs")._queues.all_items()]
        for _, queue in queues:
            policy = queue["attributes"].get("RedrivePolicy") or "{}"
            sources.add(str((json.loads(policy) if isinstance(policy, str) else policy).get("deadLetterTargetArn")))
        arns: set[str] = set()
        for (account, region), queue in queues:
            arn, messages = str(queue["attributes"]["QueueArn"]), list(queue["messages"])
            arns.add(arn)
            used = now if messages else self._used.get(arn, now)
            self._used[arn] = used
            if now - used < ACTIVE_SECONDS:
                measured = gauges(messages, now, dead_letters=arn in sources)
                for name, (value, unit) in measured.items():
                    self._record("AWS/SQS", name, value, unit, {"QueueName": queue["name"]}, (account, region, at))
        self._used = {arn: used for arn, used in self._used.items() if arn in arns}

    def _requests(self) -> None:
        sqs = self._emulator.module("sqs")
        handlers: dict[str, Callable[..., Any]] = sqs._HANDLERS
        send = self._emulator.replace("sqs", "_act_send_message", self._sent(sqs._act_send_message))
        handlers["SendMessage"] = (
            sqs._act_send_message if handlers["SendMessage"] is send else self._sent(handlers["SendMessage"])
        )
        for action, count in (
            ("ReceiveMessage", self._received),
            ("DeleteMessage", lambda queue, _: self._queue(queue, "NumberOfMessagesDeleted", 1)),
            ("DeleteMessageBatch", self._deleted_batch),
        ):
            handlers[action] = self._counted(handlers[action], count)

    def _mappings(self) -> None:
        sqs = self._emulator.module("sqs")
        take, delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm

        def taken(queue_url: str, *rest: Any) -> Any:
            messages = take(queue_url, *rest)
            if messages:
                self._queue(sqs._get_q(queue_url), "NumberOfMessagesReceived", len(messages))
            return messages

        def deleted(queue_url: str, handles: Any) -> None:
            delete(queue_url, handles)
            if handles:
                self._queue(sqs._get_q(queue_url), "NumberOfMessagesDeleted", len(handles))

        self._emulator.replace("sqs", "_receive_messages_for_esm", taken)
        self._emulator.replace("sqs", "_delete_messages_for_esm", deleted)

    def _sent(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def sent(data: dict[str, Any], url: str) -> Any:
            answer = send(data, url)
            self._queue(self._emulator.module("sqs")._get_q(data.get("QueueUrl", url)), "NumberOfMessagesSent", 1)
            return answer

        return sent

    def _counted(self, act: Callable[..., Any], count: Callable[[Any, Any], None]) -> Callable[..., Any]:
        async def counted(data: dict[str, Any], url: str) -> Any:
            answer = act(data, url)
            if inspect.isawaitable(answer):
                answer = await answer
            count(self._emulator.module("sqs")._get_q(data.get("QueueUrl", url)), answer)
            return answer

        return counted

    def _received(self, queue: Any, answer: Any) -> None:
        count = len(answer.get("Messages") or ())
        self._queue(queue, "NumberOfMessagesReceived" if count else "NumberOfEmptyReceives", count or 1)

    def _deleted_batch(self, queue: Any, answer: Any) -> None:
        if answer.get("Successful"):
            self._queue(queue, "NumberOfMessagesDeleted", len(answer["Successful"]))

    def _queue(self, queue: Any, name: str, value: float) -> None:
        arn = str(queue["attributes"]["QueueArn"])
        self._used[arn] = time.time()
        parts = arn.split(":")
        self._record("AWS/SQS", name, value, "Count", {"QueueName": queue["name"]}, (parts[4], parts[3]))

    def _topics(self) -> None:
        service, sqs = self._emulator.module("sns"), self._emulator.module("sqs")
        deliver = service._deliver_to_sqs

        def delivered(endpoint: str, *rest: Any, **named: Any) -> Any:
            queue = sqs._queue_by_arn(endpoint)
            before = len(queue["messages"]) if queue else 0
            answer = deliver(endpoint, *rest, **named)
            if queue and len(queue["messages"]) > before:
                self._queue(queue, "NumberOfMessagesSent", 1)
            return answer

        self._emulator.replace("sns", "_deliver_to_sqs", delivered)
