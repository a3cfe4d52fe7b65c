"""Asynchronous invocations: the queue that Lambda keeps for each function, its retries and its destinations.

Other supplements hand an event over with `emulator.asynchronous.accept(...)`; it is there once `install` has run:

    accept(function_arn: str, payload: Any, *, request_id: str | None = None) -> str

`function_arn` is a function's ARN, with or without a version or alias; `payload` is the event as a JSON value. It
answers at once with the request's id, as Invoke does with 202; from then on the event is run, retried and sent to its
destination, over a stop and start too. It is safe from any thread, never blocks, and raises `LookupError` when there
is no such function, version or alias.

Not enforced: that a destination may be used is asked when a record is sent, where AWS asks when it is configured too;
S3 buckets are no destinations here. The id with which Invoke answers is not the one that the function sees. An event
that runs when the plane stops is run again at the next start.
"""

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any

from aws_emulator.lambda_asynchronous.completion import EventCompletion
from aws_emulator.lambda_asynchronous.destinations import Destinations
from aws_emulator.lambda_asynchronous.events import (
    AsynchronousEvent,
    AttemptOutcome,
    dump_event,
    load_event,
    parse_outcome,
)
from aws_emulator.lambda_asynchronous.queue import AsynchronousEventQueue
from aws_emulator.lambda_invocations import invocations
from aws_emulator.ministack.emulator import Emulator, ServiceRequest, ServiceResponse
from aws_emulator.ministack.supplement import BackgroundSupplement

# Before the first retry; AWS waits 60 s, then 120 s.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
RETRY_SECONDS = 1.0
AWS_RETRY_SECONDS = 60.0
# Threads that one function may take; its reserved concurrency and the account's bound it below that.
AT_ONCE = 100
STOP_SECONDS = 2.0
logger = logging.getLogger("sandbox")


class Asynchronous(BackgroundSupplement):
    """Events for functions, kept until they are done."""

    name = "asynchronous"
    adds = (
        "asynchronous invocations wait out throttling, survive a stop, and reach all destinations and dead letters; "
        "retries come after 1 s and 2 s, where AWS waits 1 and 2 minutes"
    )

    def __init__(self, emulator: Emulator, settings: Mapping[str, Any]) -> None:
        super().__init__(emulator, settings)
        self._retry_seconds = float(settings.get("retry_seconds", RETRY_SECONDS))
        self._queues: dict[str, AsynchronousEventQueue] = {}
        self._inbox: deque[AsynchronousEvent] = deque()
        self._attempts: set[asyncio.Task[None]] = set()
        self._completion = EventCompletion(emulator, Destinations(emulator, self.accept))

    def install(self) -> None:
        """Take asynchronous invocations from the emulator."""
        self._lambda = self.emulator.module("lambda_svc")
        self.emulator.asynchronous = self
        self.emulator.replace("lambda_svc", "invoke_async_with_retry", self._invoke)
        self.emulator.after("lambda", self._on_changed)
        invocations.keep_request_id(self.emulator)

    def accept(self, function_arn: str, payload: Any, *, request_id: str | None = None) -> str:
        """Take an event in for a function; the id of its request.

        Args:
            function_arn: The function's ARN, with or without a version or alias.
            payload: The event, a JSON value; what becomes of it later in the caller's hands changes nothing.
            request_id: The id that the function sees in every attempt; a new one by default.

        Raises:
            LookupError: there is no such function, version or alias.
        """
        if invocations.find_function(self.emulator, function_arn) is None:
            msg = f"there is no function {function_arn}"
            raise LookupError(msg)
        id_, text, depth = request_id or str(uuid.uuid4()), json.dumps(payload), self._lambda._invoke_depth.get()
        self._inbox.append(AsynchronousEvent(id_, function_arn, text, time.time(), depth=depth))
        self._background.wake()
        return id_

    def load(self, state: Any) -> None:
        """The events that had not ended."""
        self._inbox.extend(load_event(event) for event in state["events"])
        self._completion.counts.update(state["ended"])

    async def stop(self) -> None:
        """Start nothing more; attempts that do not end in time are kept as events that have not run."""
        await super().stop()
        if self._attempts:
            await asyncio.wait(self._attempts, timeout=STOP_SECONDS)

    def save(self) -> Any:
        """All events that have not ended."""
        waiting = [event for queue in self._queues.values() for event in queue.list_unfinished()]
        return {
            "events": [dump_event(event) for event in (*waiting, *self._inbox)],
            "ended": dict(self._completion.counts),
        }

    def reset(self) -> None:
        """No events."""
        self._inbox.clear()
        self._queues = {}
        self._completion.counts.clear()

    def collect_figures(self) -> Mapping[str, Any]:
        """What waits and runs, how events ended, and how long a retry waits here and on AWS."""
        queues = self._queues.values()
        return {
            "waiting": sum(queue.waiting for queue in queues) + len(self._inbox),
            "running": sum(queue.running for queue in queues),
            "ended": dict(self._completion.counts),
            "retry_seconds": [self._retry_seconds, 2 * self._retry_seconds],
            "retry_seconds_on_aws": [AWS_RETRY_SECONDS, 2 * AWS_RETRY_SECONDS],
        }

    def _invoke(self, func: Mapping[str, Any], event: Any) -> None:
        """In place of the emulator's: an event of Invoke, of a bucket's notification."""
        config = func.get("config") or func
        with contextlib.suppress(LookupError):  # deleted in the meantime: nobody is left to run it or to be notified
            self.accept(str(config["FunctionArn"]), event)

    def _on_changed(self, request: ServiceRequest, _: ServiceResponse) -> None:
        """Room for a function may have been made."""
        if request.method != "GET" and "/concurrency" in request.path:
            for queue in self._queues.values():
                queue.end_backoff()
            self._background.wake()

    async def _run_due_work(self) -> float | None:
        while self._inbox:
            event = self._inbox.popleft()
            self._find_queue(event).add(event)
        now = time.time()
        for owner, queue in list(self._queues.items()):
            self._advance(owner, queue, now)
        times = [at for queue in self._queues.values() if (at := queue.find_next_due(now)) is not None]
        return min(times, default=None)

    def _advance(self, owner: str, queue: AsynchronousEventQueue, now: float) -> None:
        found = invocations.find_function(self.emulator, owner)
        if found is None:
            self._completion.counts["FunctionDeleted"] += len(queue.drain())
        elif found.reserved == 0:
            # https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
            for event in queue.drain():
                self._completion.complete(event, "ZeroReservedConcurrency")
        else:
            for event in queue.remove_overdue(now, self._completion.find_policy):
                self._completion.complete(event, "EventAgeExceeded")
            for event in queue.take(now, found.reserved):
                attempt = asyncio.create_task(self._attempt(queue, event))
                self._attempts.add(attempt)
                attempt.add_done_callback(self._attempts.discard)
        if not queue:
            del self._queues[owner]

    async def _attempt(self, queue: AsynchronousEventQueue, event: AsynchronousEvent) -> None:
        found = invocations.find_function(self.emulator, event.function)
        if found is None:
            queue.forget(event)
            self._completion.counts["FunctionDeleted"] += 1
            return
        try:
            result = await invocations.execute(
                self.emulator, found, event.payload, request_id=event.id, depth=event.depth
            )
            outcome = parse_outcome(result, str(found.config.get("Version", "$LATEST")))
        except Exception:  # whatever it is, the event is kept
            logger.exception("event %s of %s could not be run; it is tried again", event.id, event.function)
            outcome = AttemptOutcome("unavailable")
        condition = queue.settle(event, outcome, time.time(), self._completion.find_policy(event))
        if condition:
            self._completion.complete(event, condition)
        self._background.wake()

    def _find_queue(self, event: AsynchronousEvent) -> AsynchronousEventQueue:
        return self._queues.setdefault(event.owner, AsynchronousEventQueue(self._retry_seconds, AT_ONCE))
