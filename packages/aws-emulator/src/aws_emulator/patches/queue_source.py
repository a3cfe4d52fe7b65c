"""One event source mapping of a queue: takes batches, runs them, and deletes what was processed."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from aws_emulator.asynchronous.events import outcome_of
from aws_emulator.patches import invocations
from aws_emulator.patches.emulator import Emulator
from aws_emulator.patches.invocations import Callee
from aws_emulator.patches.queues import Message, Queue, Queues, visibility
from aws_emulator.queue_sources import batching, records, verdict
from aws_emulator.queue_sources.allowance import Allowance

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType({"lambda_svc": ("_apply_filter_criteria",)})
# What the function's role must allow: https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#events-sqs-permissions
RECEIVE, DELETE = ("sqs:ReceiveMessage", "sqs:GetQueueAttributes"), "sqs:DeleteMessage"
PROBLEM = "PROBLEM: Function call failed"
# Between attempts of a throttled batch: from the first, twice as long each time, up to the second.
THROTTLED_SECONDS, LONGEST_SECONDS = 0.25, 5.0
# Before a mapping looks again that may not read its queue, or gets nothing out of it.
PAUSE_SECONDS = 1.0
_said = logging.getLogger("sandbox")


@dataclass(eq=False, slots=True)
class Batch:
    """Messages that a function has."""

    messages: list[Message]
    handles: list[str]
    """Their receipt handles at the time: a message that was received again in the meantime is somebody else's."""
    event: dict[str, Any]
    until: float
    """When they are visible again."""
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when it is not tried again, whatever happens."""


class Source:
    """A mapping at work, on the emulator's loop."""

    def __init__(self, emulator: Emulator, queues: Queues, mapping: dict[str, Any]) -> None:
        self._emulator, self._queues, self.mapping = emulator, queues, mapping
        self._allowance, self._window = Allowance(), batching.Window()
        self.running: dict[Batch, asyncio.Task[None]] = {}
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
        found, queue = invocations.callee(self._emulator, self.mapping["FunctionArn"]), self._queues.find(self.arn)
        if not self.enabled or found is None or queue is None:
            return None
        refusal = unreadable(self._emulator, found.config, self.arn)
        if refusal:
            self.mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
            return now + PAUSE_SECONDS
        self._queues.tidy(queue)
        maximum = (self.mapping.get("ScalingConfig") or {}).get("MaximumConcurrency")
        while len(self.running) < self._allowance.limit(maximum, found.reserved):
            closes = self._closes(queue, now)
            if closes is None or closes > now:
                return min((at for at in (closes, self._queues.next_visible(queue)) if at is not None), default=None)
            if not self._take(queue, found):
                return now + PAUSE_SECONDS
        return None

    def release(self) -> None:
        """Give back what is not processed: its messages are visible again at once."""
        for batch in self.running:
            self._queues.show(batch.messages, batch.handles)

    def _closes(self, queue: Queue, now: float) -> float | None:
        size, window = int(self.mapping["BatchSize"]), int(self.mapping.get("MaximumBatchingWindowInSeconds") or 0)
        return self._window.closes(self._queues.available(queue), size, window, now)

    def _take(self, queue: Queue, found: Callee) -> bool:
        """Receive a batch and let the function run it; false when there was nothing after all."""
        now, messages = time.time(), self._queues.receive(queue, int(self.mapping["BatchSize"]))
        self._window.taken()
        if not messages:
            return False
        count = batching.fitting(map(records.size, messages))
        self._queues.unreceive(messages[count:])
        messages = self._filtered(queue, found, messages[:count])
        if messages:
            event = {"Records": [records.record(message, self.arn) for message in messages]}
            batch = Batch(messages, [m["receipt_handle"] for m in messages], event, now + visibility(queue))
            self.running[batch] = asyncio.create_task(self._run(batch))
        return True

    def _filtered(self, queue: Queue, found: Callee, messages: list[Message]) -> list[Message]:
        """What the function gets; messages that no filter names are deleted, whatever becomes of the others."""
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs-filtering.html
        if not (self.mapping.get("FilterCriteria") or {}).get("Filters"):
            return messages
        given = [records.record(message, self.arn) for message in messages]
        kept = {r["messageId"] for r in self._emulator.module("lambda_svc")._apply_filter_criteria(given, self.mapping)}
        self._delete(queue, found, [m["receipt_handle"] for m in messages if m["id"] not in kept])
        return [message for message in messages if message["id"] in kept]

    async def _run(self, batch: Batch) -> None:
        self.counts["batches"] += 1
        try:
            await self._processed(batch)
        except Exception:  # noqa: BLE001 - its messages come back when their time is over
            _said.exception("a batch of %s for %s failed", self.arn, self.mapping["FunctionArn"])
            self._fail()
        finally:
            del self.running[batch]
            self._queues.wake()

    async def _processed(self, batch: Batch) -> None:
        pause = THROTTLED_SECONDS
        while (found := invocations.callee(self._emulator, self.mapping["FunctionArn"])) is not None:
            result = await invocations.execute(self._emulator, found, batch.event)
            outcome = outcome_of(result, "")
            if not outcome.again:
                self._settle(batch, found, outcome.kind == "succeeded", outcome.payload)
                return
            # "Lambda continues to retry the message until the message's timestamp exceeds your queue's visibility
            # timeout": without another receive.
            self.counts["throttled"] += 1
            self._allowance.failed()
            if batch.ended.is_set() or not self.enabled or time.time() + pause >= batch.until:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(batch.ended.wait(), pause)
            pause = min(2 * pause, LONGEST_SECONDS)
        if batch.ended.is_set():
            self._queues.show(batch.messages, batch.handles)
        self._fail(backed_off=True)

    def _settle(self, batch: Batch, found: Callee, succeeded: bool, answer: Any) -> None:
        if not succeeded:
            self._fail()
            return
        failed: Any = ()
        if verdict.PARTIAL in (self.mapping.get("FunctionResponseTypes") or ()):
            failed = verdict.failed(answer, frozenset(message["id"] for message in batch.messages))
        self._allowance.succeeded()
        self.mapping["LastProcessingResult"] = "OK"
        queue = self._queues.find(self.arn)
        if queue is not None:
            pairs = zip(batch.messages, batch.handles, strict=True)
            self._delete(queue, found, [handle for message, handle in pairs if message["id"] not in failed])

    def _delete(self, queue: Queue, found: Callee, handles: list[str]) -> None:
        if not handles:
            return
        refusal = self._emulator.permissions.check_role(str(found.config.get("Role")), DELETE, self.arn)
        if refusal:
            self.mapping["LastProcessingResult"] = f"PROBLEM: {refusal}"
            _said.warning("what %s processed of %s stays there: %s", found.arn, self.arn, refusal)
            return
        self._queues.delete(queue, handles)
        self.counts["messages"] += len(handles)

    def _fail(self, *, backed_off: bool = False) -> None:
        self.counts["failed"] += 1
        if not backed_off:
            self._allowance.failed()
        self.mapping["LastProcessingResult"] = PROBLEM


def unreadable(emulator: Emulator, config: Mapping[str, Any], queue: str) -> str:
    """Why a function's role may not read a queue; empty if it may."""
    role = str(config.get("Role"))
    refusals = (emulator.permissions.check_role(role, action, queue) for action in RECEIVE)
    return next((refusal for refusal in refusals if refusal), "")
