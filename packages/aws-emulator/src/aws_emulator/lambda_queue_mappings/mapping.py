"""One event source mapping of a queue: takes batches, runs them, and deletes what was processed."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from aws_emulator.lambda_asynchronous.events import parse_outcome
from aws_emulator.lambda_invocations import invocations
from aws_emulator.lambda_invocations.invocations import InvokableFunction
from aws_emulator.lambda_queue_mappings import batching, records
from aws_emulator.lambda_queue_mappings.batching import BatchLimit
from aws_emulator.lambda_queue_mappings.queues import Message, Queue, Queues, find_visibility_timeout
from aws_emulator.lambda_queue_mappings.records import PARTIAL, find_failed
from aws_emulator.ministack.emulator import Emulator

# What the function's role must allow: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#events-sqs-permissions
RECEIVE, DELETE = ("sqs:ReceiveMessage", "sqs:GetQueueAttributes"), "sqs:DeleteMessage"
PROBLEM = "PROBLEM: Function call failed"
# Between attempts of a throttled batch: from the first, twice as long each time, up to the second.
THROTTLED_SECONDS, LONGEST_SECONDS = 0.25, 5.0
# Before a mapping looks again that may not read its queue, or gets nothing out of it.
PAUSE_SECONDS = 1.0
logger = logging.getLogger("sandbox")


@dataclass(eq=False, slots=True)
class MessageBatch:
    """Messages that a function has."""

    messages: list[Message]
    handles: list[str]
    """Their receipt handles at the time: a message that was received again in the meantime is somebody else's."""
    event: dict[str, Any]
    until: float
    """When they are visible again."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is not tried again, whatever happens."""


class QueueMapping:
    """A mapping at work, on the emulator's loop."""

    def __init__(self, emulator: Emulator, queues: Queues, mapping: dict[str, Any]) -> None:
        self._emulator, self._queues, self.mapping = emulator, queues, mapping
        self._limit, self._window = BatchLimit(), batching.BatchingWindow()
        self.running: dict[MessageBatch, asyncio.Task[None]] = {}
        self.counts: Counter[str] = Counter()
        """`batches` and those that `failed`; attempts that were `throttled` or got no answer; deleted `messages`."""

    @property
    def enabled(self) -> bool:
        """Whether it takes batches."""
        return bool(self.mapping.get("Enabled", True))

    @property
    def arn(self) -> str:
        """The queue's ARN."""
        return str(self.mapping["EventSourceArn"])

    def poll(self, now: float) -> float | None:
        """Take the batches that may run now; when to look again, None for when a batch or the queue says so."""
        found, queue = (
            invocations.find_function(self._emulator, self.mapping["FunctionArn"]),
            self._queues.find(self.arn),
        )
        if not self.enabled or found is None or queue is None:
            return None
        refusal = find_read_refusal(self._emulator, found.config, self.arn)
        if refusal:
            self.mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
            return now + PAUSE_SECONDS
        self._queues.remove_expired(queue)
        maximum = (self.mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
        while len(self.running) < self._limit.compute(maximum, found.reserved):
            closes = self._find_closing_time(queue, now)
            if closes is None or closes > now:
                return min(
                    (at for at in (closes, self._queues.find_next_visible(queue)) if at is not None), default=None
                )
            if not self._take(queue, found):
                return now + PAUSE_SECONDS
        return None

    def release(self) -> None:
        """Give back what is not processed: its messages are visible again at once."""
        for batch in self.running:
            self._queues.make_visible(batch.messages, batch.handles)

    def _find_closing_time(self, queue: Queue, now: float) -> float | None:
        size, window = int(self.mapping["BatchSize"]), int(self.mapping.get("MaximumBatchingWindowInSeconds") or 0)
        return self._window.find_closing_time(self._queues.count_available(queue), size, window, now)

    def _take(self, queue: Queue, found: InvokableFunction) -> bool:
        """Receive a batch and let the function run it; false when there was nothing after all."""
        now, messages = time.time(), self._queues.receive(queue, int(self.mapping["BatchSize"]))
        self._window.close()
        if not messages:
            return False
        count = batching.count_fitting(map(records.measure_message, messages))
        self._queues.unreceive(messages[count:])
        messages = self._filter_messages(queue, found, messages[:count])
        if messages:
            event = {"Records": [records.build_record(message, self.arn) for message in messages]}
            batch = MessageBatch(
                messages, [m["receipt_handle"] for m in messages], event, now + find_visibility_timeout(queue)
            )
            self.running[batch] = asyncio.create_task(self._run(batch))
        return True

    def _filter_messages(self, queue: Queue, found: InvokableFunction, messages: list[Message]) -> list[Message]:
        """What the function gets; messages that no filter names are deleted, whatever becomes of the others."""
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
        if not (self.mapping.get("FilterCriteria") or {}).get("Filters"):
            return messages
        given = [records.build_record(message, self.arn) for message in messages]
        kept = {r["messageId"] for r in self._emulator.module("lambda_svc")._apply_filter_criteria(given, self.mapping)}
        self._delete(queue, found, [m["receipt_handle"] for m in messages if m["id"] not in kept])
        return [message for message in messages if message["id"] in kept]

    async def _run(self, batch: MessageBatch) -> None:
        self.counts["batches"] += 1
        try:
            await self._process(batch)
        except Exception:  # its messages come back when their time is over
            logger.exception("a batch of %s for %s failed", self.arn, self.mapping["FunctionArn"])
            self._fail()
        finally:
            del self.running[batch]
            self._queues.wake()

    async def _process(self, batch: MessageBatch) -> None:
        pause = THROTTLED_SECONDS
        while (found := invocations.find_function(self._emulator, self.mapping["FunctionArn"])) is not None:
            result = await invocations.execute(self._emulator, found, batch.event)
            outcome = parse_outcome(result, "")
            if not outcome.requeued:
                self._settle(batch, found, outcome.kind == "succeeded", outcome.payload)
                return
            # "Lambda continues to retry the message until the message's timestamp exceeds your queue's visibility
            # timeout": without another receive.
            self.counts["throttled"] += 1
            self._limit.decrease()
            if batch.ended.is_set() or not self.enabled or time.time() + pause >= batch.until:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(batch.ended.wait(), pause)
            pause = min(2 * pause, LONGEST_SECONDS)
        if batch.ended.is_set():
            self._queues.make_visible(batch.messages, batch.handles)
        self._fail(backed_off=True)

    def _settle(self, batch: MessageBatch, found: InvokableFunction, succeeded: bool, answer: Any) -> None:
        if not succeeded:
            self._fail()
            return
        failed: Any = ()
        if PARTIAL in (self.mapping.get("FunctionResponseTypes") or ()):
            failed = find_failed(answer, frozenset(message["id"] for message in batch.messages))
        self._limit.increase()
        self.mapping["LastProcessingResult"] = "OK"
        queue = self._queues.find(self.arn)
        if queue is not None:
            pairs = zip(batch.messages, batch.handles, strict=True)
            self._delete(queue, found, [handle for message, handle in pairs if message["id"] not in failed])

    def _delete(self, queue: Queue, found: InvokableFunction, handles: list[str]) -> None:
        if not handles:
            return
        refusal = self._emulator.permissions.check_role(str(found.config.get("Role")), DELETE, self.arn)
        if refusal:
            self.mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
            logger.warning("what %s processed of %s stays there: %s", found.arn, self.arn, refusal)
            return
        self._queues.delete(queue, handles)
        self.counts["messages"] += len(handles)

    def _fail(self, *, backed_off: bool = False) -> None:
        self.counts["failed"] += 1
        if not backed_off:
            self._limit.decrease()
        self.mapping["LastProcessingResult"] = PROBLEM


def find_read_refusal(emulator: Emulator, config: Mapping[str, Any], queue: str) -> str:
    """Why a function's role may not read a queue; empty if it may."""
    role = str(config.get("Role"))
    refusals = (emulator.permissions.check_role(role, action, queue) for action in RECEIVE)
    return next((refusal for refusal in refusals if refusal), "")
