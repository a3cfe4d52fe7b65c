"""What queues count, and what they contain at one moment, without receiving from them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

import inspect
import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aws_emulator.cloudwatch.service_metrics import RecordMetric
from aws_emulator.ministack.emulator import Emulator

# A message received that often has gone to the back of the queue, as far as the age is concerned.
OFTEN = 3
# A queue that nobody used for so long is not measured.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/monitoring-using-cloudwatch.html
ACTIVE_SECONDS = 6 * 3_600


def measure_queue(
    messages: Iterable[Mapping[str, Any]], now: float, *, dead_letters: bool
) -> dict[str, tuple[float, str]]:
    """The metrics of a queue and their units.

    Args:
        messages: What the queue holds.
        now: The time, in seconds since 1970.
        dead_letters: Whether other queues move messages here; the oldest of all counts then.
    """
    visible = hidden = delayed = 0
    oldest = oldest_of_all = now
    for message in messages:
        if message.get("visible_at", now) <= now:
            visible += 1
        elif message.get("receive_count", 0) == 0:
            delayed += 1
        else:
            hidden += 1
        sent = float(message.get("sent_at", now))
        oldest_of_all = min(oldest_of_all, sent)
        if message.get("receive_count", 0) <= OFTEN:
            oldest = min(oldest, sent)
    age = now - (oldest_of_all if dead_letters else oldest)
    return {
        "ApproximateNumberOfMessagesVisible": (visible, "Count"),
        "ApproximateNumberOfMessagesNotVisible": (hidden, "Count"),
        "ApproximateNumberOfMessagesDelayed": (delayed, "Count"),
        "ApproximateAgeOfOldestMessage": (int(age), "Seconds"),
    }


class QueueMetrics:
    """The metrics of AWS/SQS."""

    def __init__(self, emulator: Emulator, record: RecordMetric) -> None:
        self._emulator, self._record = emulator, record
        self._used: dict[str, float] = {}
        """When a queue was used last, by its ARN."""

    def install(self) -> None:
        """Count what is sent, received and deleted, whoever does it."""
        self._count_requests()
        self._count_mappings()
        self._count_topics()

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
                measured = measure_queue(messages, now, dead_letters=arn in sources)
                for name, (value, unit) in measured.items():
                    self._record("AWS/SQS", name, value, unit, {"QueueName": queue["name"]}, (account, region, at))
        self._used = {arn: used for arn, used in self._used.items() if arn in arns}

    def _count_requests(self) -> None:
        sqs = self._emulator.module("sqs")
        handlers: dict[str, Callable[..., Any]] = sqs._HANDLERS
        send = self._emulator.replace("sqs", "_act_send_message", self._count_sent(sqs._act_send_message))
        handlers["SendMessage"] = (
            sqs._act_send_message if handlers["SendMessage"] is send else self._count_sent(handlers["SendMessage"])
        )
        for action, count in (
            ("ReceiveMessage", self._count_received),
            ("DeleteMessage", lambda queue, _: self._record_queue(queue, "NumberOfMessagesDeleted", 1)),
            ("DeleteMessageBatch", self._count_deleted_batch),
        ):
            handlers[action] = self._count_calls(handlers[action], count)

    def _count_mappings(self) -> None:
        sqs = self._emulator.module("sqs")
        take, delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm

        def receive_counted(queue_url: str, *rest: Any) -> Any:
            messages = take(queue_url, *rest)
            if messages:
                self._record_queue(sqs._get_q(queue_url), "NumberOfMessagesReceived", len(messages))
            return messages

        def delete_counted(queue_url: str, handles: Any) -> None:
            delete(queue_url, handles)
            if handles:
                self._record_queue(sqs._get_q(queue_url), "NumberOfMessagesDeleted", len(handles))

        self._emulator.replace("sqs", "_receive_messages_for_esm", receive_counted)
        self._emulator.replace("sqs", "_delete_messages_for_esm", delete_counted)

    def _count_sent(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def send_counted(data: dict[str, Any], url: str) -> Any:
            answer = send(data, url)
            self._record_queue(
                self._emulator.module("sqs")._get_q(data.get("QueueUrl", url)), "NumberOfMessagesSent", 1
            )
            return answer

        return send_counted

    def _count_calls(self, act: Callable[..., Any], count: Callable[[Any, Any], None]) -> Callable[..., Any]:
        async def call_counted(data: dict[str, Any], url: str) -> Any:
            answer = act(data, url)
            if inspect.isawaitable(answer):
                answer = await answer
            count(self._emulator.module("sqs")._get_q(data.get("QueueUrl", url)), answer)
            return answer

        return call_counted

    def _count_received(self, queue: Any, answer: Any) -> None:
        count = len(answer.get("Messages") or ())
        self._record_queue(queue, "NumberOfMessagesReceived" if count else "NumberOfEmptyReceives", count or 1)

    def _count_deleted_batch(self, queue: Any, answer: Any) -> None:
        if answer.get("Successful"):
            self._record_queue(queue, "NumberOfMessagesDeleted", len(answer["Successful"]))

    def _record_queue(self, queue: Any, name: str, value: float) -> None:
        arn = str(queue["attributes"]["QueueArn"])
        self._used[arn] = time.time()
        parts = arn.split(":")
        self._record("AWS/SQS", name, value, "Count", {"QueueName": queue["name"]}, (parts[4], parts[3]))

    def _count_topics(self) -> None:
        service, sqs = self._emulator.module("sns"), self._emulator.module("sqs")
        deliver = service._deliver_to_sqs

        def deliver_counted(endpoint: str, *rest: Any, **named: Any) -> Any:
            queue = sqs._queue_by_arn(endpoint)
            before = len(queue["messages"]) if queue else 0
            answer = deliver(endpoint, *rest, **named)
            if queue and len(queue["messages"]) > before:
                self._record_queue(queue, "NumberOfMessagesSent", 1)
            return answer

        self._emulator.replace("sns", "_deliver_to_sqs", deliver_counted)
