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
from typing import Any

from aws_emulator.lambda_queue_mappings.mapping import PAUSE_SECONDS, QueueMapping, find_read_refusal
from aws_emulator.lambda_queue_mappings.queues import Queues
from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse
from aws_emulator.ministack.supplement import BackgroundSupplement

# What the emulator does not tell is found within it: a visibility timeout that was shortened.
TICK_SECONDS = 1.0
STOP_SECONDS = 2.0
logger = logging.getLogger("sandbox")


class QueueMappings(BackgroundSupplement):
    """Event source mappings of queues."""

    name = "queue_sources"
    adds = (
        "mappings of queues keep their batching window, their order by group and every message: a failed batch stops "
        "nothing else, a throttled one waits, a malformed answer deletes nothing"
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._active: dict[Any, QueueMapping] = {}

    def install(self) -> None:
        """Take queues from the emulator's poller, and learn what it would be woken for."""
        self._lambda, self._queues = self.emulator.module("lambda_svc"), Queues(self.emulator)
        self.emulator.replace("lambda_svc", "_poll_sqs", lambda: False)
        self._create = self.emulator.replace("lambda_svc", "_create_esm", self._create_mapping)
        self.emulator.after("lambda", self._on_changed)
        self._queues.listen(self._background.wake)

    async def stop(self) -> None:
        """Take nothing more; batches that do not end in time are visible again at once, and run again."""
        await super().stop()
        running = {batch: task for source in self._active.values() for batch, task in source.running.items()}
        for batch in running:
            batch.ended.set()
        if running:
            await asyncio.wait(running.values(), timeout=STOP_SECONDS)
        for source in self._active.values():
            source.release()

    def reset(self) -> None:
        """No mappings."""
        self._active = {}

    def collect_figures(self) -> Mapping[str, Any]:
        """What each mapping does, by its UUID."""
        return {
            "mappings": {
                source.mapping["UUID"]: {"queue": source.arn, "running": len(source.running), **source.counts}
                for source in self._active.values()
            }
        }

    async def _run_due_work(self) -> float | None:
        times = []
        for key, mapping in self._find_mappings().items():
            source = self._active.get(key)
            if source is None or source.mapping is not mapping:
                source = self._active[key] = QueueMapping(self.emulator, self._queues, mapping)
            times.append(self._poll_mapping(source))
            await asyncio.sleep(0)  # requests are served between mappings
        return min((at for at in times if at is not None), default=None)

    def _poll_mapping(self, source: QueueMapping) -> float | None:
        now = time.time()
        try:
            at = source.poll(now)
        except Exception:  # the other mappings go on
            logger.exception("queue %s could not be read", source.arn)
            return now + PAUSE_SECONDS
        if not source.enabled:
            return None
        return min(now + TICK_SECONDS, now + TICK_SECONDS if at is None else at)

    def _find_mappings(self) -> dict[Any, dict[str, Any]]:
        """All mappings of queues; of those that were deleted, batches that run end by themselves."""
        found = {key: mapping for key, mapping in self._lambda._esms.all_items() if _is_queue_mapping(mapping)}
        self._active = {key: source for key, source in self._active.items() if key in found or source.running}
        return found

    def _on_changed(self, request: ServiceRequest, _: ServiceResponse) -> None:
        if request.method != "GET" and ("/event-source-mappings" in request.path or "/concurrency" in request.path):
            self._background.wake()

    def _create_mapping(self, request: dict[str, Any]) -> ServiceResponse:
        """CreateEventSourceMapping; the function's role must be able to read the queue, which must be there."""
        name, _, error = self._lambda._resolve_existing_esm_function(request.get("FunctionName", ""))
        if error or not _is_queue_mapping(request):
            return self._create(request)
        arn, config = str(request["EventSourceArn"]), self._lambda._functions[name]["config"]
        if self._queues.find(arn) is None and arn.count(":") == 5:
            message = (
                "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS "
                "Error Message: The specified queue does not exist for this wsdl version."
            )
            return self._lambda.error_response_json("InvalidParameterValueException", message, 400)
        if find_read_refusal(self.emulator, config, arn):
            message = "The provided execution role does not have permissions to call ReceiveMessage on SQS"
            return self._lambda.error_response_json("InvalidParameterValueException", message, 400)
        return self._create(request)


def _is_queue_mapping(mapping: Mapping[str, Any]) -> bool:
    return ":sqs:" in str(mapping.get("EventSourceArn"))
