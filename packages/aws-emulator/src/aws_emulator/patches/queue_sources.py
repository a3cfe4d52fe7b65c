"""Queues read for functions, in place of the emulator's poller.

A mapping takes a batch when it is full, its window has passed, or there is no window; it runs five at once, where AWS
goes on to 1,250, or as many as MaximumConcurrency and the function's reserved concurrency allow. While a window is
open its messages stay visible: AWS's poller has received them by then. FIFO queues: a group whose messages are in
flight waits, other groups go on.

Not enforced: that a queue's visibility timeout is not below its function's timeout, and the range of batch sizes.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.patches import invocations, queue_source, queues
from aws_emulator.patches.background import Background
from aws_emulator.patches.emulator import Answer, Emulator, Request
from aws_emulator.patches.queue_source import PAUSE_SECONDS, Source
from aws_emulator.patches.queues import Queues

# What the emulator does not tell is found within it: a visibility timeout that was shortened.
TICK_SECONDS = 1.0
STOP_SECONDS = 2.0
_said = logging.getLogger("sandbox")


class QueueSources(Background):
    """Event source mappings of queues."""

    name = "queue_sources"
    adds = (
        "mappings of queues keep their batching window, their order by group and every message: a failed batch stops "
        "nothing else, a throttled one waits, a malformed answer deletes nothing"
    )
    needs = MappingProxyType(
        {
            **queues.NEEDS,
            **invocations.NEEDS,
            "lambda_svc": (
                *invocations.NEEDS["lambda_svc"],
                *queue_source.NEEDS["lambda_svc"],
                "_create_esm",
                "_esms.all_items",
                "_poll_sqs",
                "_resolve_existing_esm_function",
                "error_response_json",
            ),
            "core.concurrency": (*invocations.NEEDS["core.concurrency"], "esm_wake"),
        }
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._sources: dict[Any, Source] = {}

    def install(self) -> None:
        """Take queues from the emulator's poller, and learn what it would be woken for."""
        self._lambda, self._queues = self.emulator.module("lambda_svc"), Queues(self.emulator)
        self.emulator.replace("lambda_svc", "_poll_sqs", lambda: False)
        self._create = self.emulator.replace("lambda_svc", "_create_esm", self._created)
        self.emulator.after("lambda", self._changed)
        self._queues.listen(self._waker.wake)

    async def stop(self) -> None:
        """Take nothing more; batches that do not end in time are visible again at once, and run again."""
        await super().stop()
        running = {batch: task for source in self._sources.values() for batch, task in source.running.items()}
        for batch in running:
            batch.ended.set()
        if running:
            await asyncio.wait(running.values(), timeout=STOP_SECONDS)
        for source in self._sources.values():
            source.release()

    def reset(self) -> None:
        """No mappings."""
        self._sources = {}

    def figures(self) -> Mapping[str, Any]:
        """What each mapping does, by its UUID."""
        return {
            "mappings": {
                source.mapping["UUID"]: {"queue": source.arn, "running": len(source.running), **source.counts}
                for source in self._sources.values()
            }
        }

    async def _work(self) -> float | None:
        times = []
        for key, mapping in self._mappings().items():
            source = self._sources.get(key)
            if source is None or source.mapping is not mapping:
                source = self._sources[key] = Source(self.emulator, self._queues, mapping)
            times.append(self._polled(source))
            await asyncio.sleep(0)  # requests are served between mappings
        return min((at for at in times if at is not None), default=None)

    def _polled(self, source: Source) -> float | None:
        now = time.time()
        try:
            at = source.poll(now)
        except Exception:  # noqa: BLE001 - the other mappings go on
            _said.exception("queue %s could not be read", source.arn)
            return now + PAUSE_SECONDS
        if not source.enabled:
            return None
        return min(now + TICK_SECONDS, now + TICK_SECONDS if at is None else at)

    def _mappings(self) -> dict[Any, dict[str, Any]]:
        """All mappings of queues; of those that were deleted, batches that run end by themselves."""
        found = {key: mapping for key, mapping in self._lambda._esms.all_items() if _of_queue(mapping)}
        self._sources = {key: source for key, source in self._sources.items() if key in found or source.running}
        return found

    def _changed(self, request: Request, _: Answer) -> None:
        if request.method != "GET" and ("/event-source-mappings" in request.path or "/concurrency" in request.path):
            self._waker.wake()

    def _created(self, request: dict[str, Any]) -> Answer:
        """CreateEventSourceMapping; the function's role must be able to read the queue, which must be there."""
        name, _, error = self._lambda._resolve_existing_esm_function(request.get("FunctionName", ""))
        if error or not _of_queue(request):
            return self._create(request)
        arn, config = str(request["EventSourceArn"]), self._lambda._functions[name]["config"]
        if self._queues.find(arn) is None and arn.count(":") == 5:
            message = (
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist for this wsdl version."
            )
            return self._lambda.error_response_json("InvalidParameterValueException", message, 400)
        if queue_source.unreadable(self.emulator, config, arn):
            message = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
            return self._lambda.error_response_json("InvalidParameterValueException", message, 400)
        return self._create(request)


def _of_queue(mapping: Mapping[str, Any]) -> bool:
    return ":sqs:" in str(mapping.get("EventSourceArn"))
