"""The events of one function: which may run now, and what an attempt's outcome leads to."""

import heapq
import itertools
from collections.abc import Callable, Iterable

from aws_emulator.lambda_asynchronous.events import AsynchronousEvent, AttemptOutcome, Condition, InvokePolicy

# "from 1 second after the first attempt to a maximum of 5 minutes"
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
THROTTLED_SECONDS = 1.0
LONGEST_SECONDS = 300.0
# How often the whole queue is searched for events that are too old.
AGE_CHECK_SECONDS = 1.0


class AsynchronousEventQueue:
    """The events of one function that wait or run; time is given from outside.

    A throttled event goes back, and the queue rests: one event is tried at a time, after 1 s, 2 s ... 5 minutes, until
    one runs. A function's error is tried again after `retry_seconds`, then twice that.
    """

    def __init__(self, retry_seconds: float, at_once: int) -> None:
        """Make an empty queue.

        Args:
            retry_seconds: Before the first retry of a failed event; AWS waits 60.
            at_once: How many may run together where the function reserves no fewer.
        """
        self._retry_seconds, self._at_once = retry_seconds, at_once
        self._waiting: list[tuple[float, int, AsynchronousEvent]] = []
        self._order = itertools.count()
        self._running: dict[str, AsynchronousEvent] = {}
        self._throttles, self._backoff_until, self._age_checked = 0, 0.0, 0.0

    @property
    def waiting(self) -> int:
        """How many wait for their turn or for a retry."""
        return len(self._waiting)

    @property
    def running(self) -> int:
        """How many run now."""
        return len(self._running)

    def __bool__(self) -> bool:
        return bool(self._waiting or self._running)

    def list_unfinished(self) -> Iterable[AsynchronousEvent]:
        """Every event that has not ended."""
        return [*self._running.values(), *(event for _, _, event in sorted(self._waiting))]

    def add(self, event: AsynchronousEvent) -> None:
        """Take an event in, or back."""
        heapq.heappush(self._waiting, (event.due, next(self._order), event))

    def end_backoff(self) -> None:
        """End the rest: there may be room for the function again."""
        self._throttles, self._backoff_until = 0, 0.0

    def take(self, now: float, reserved: int | None) -> list[AsynchronousEvent]:
        """Events that run from now on, until `settle`; never more together than the function reserves."""
        if now < self._backoff_until:
            return []
        most = 1 if self._throttles else self._at_once
        room = (most if reserved is None else min(most, reserved)) - len(self._running)
        taken: list[AsynchronousEvent] = []
        while len(taken) < room and self._waiting and self._waiting[0][0] <= now:
            taken.append(heapq.heappop(self._waiting)[2])
        self._running.update((event.id, event) for event in taken)
        return taken

    def drain(self) -> list[AsynchronousEvent]:
        """All that wait, which leave the queue."""
        waiting, self._waiting = sorted(self._waiting), []
        return [event for _, _, event in waiting]

    def remove_overdue(
        self, now: float, policy_of: Callable[[AsynchronousEvent], InvokePolicy]
    ) -> list[AsynchronousEvent]:
        """Those that have waited too long, which leave the queue; looked for once in a second."""
        if now < self._age_checked + AGE_CHECK_SECONDS:
            return []
        self._age_checked = now
        old = {event.id for _, _, event in self._waiting if now >= event.accepted + policy_of(event).age_seconds}
        if not old:
            return []
        left = [event for _, _, event in self._waiting if event.id in old]
        self._waiting = [entry for entry in self._waiting if entry[2].id not in old]
        heapq.heapify(self._waiting)
        return left

    def settle(
        self, event: AsynchronousEvent, outcome: AttemptOutcome, now: float, policy: InvokePolicy
    ) -> Condition | None:
        """How an attempt ends the event; None when it goes back to the queue."""
        self._running.pop(event.id, None)
        event.last = outcome
        if outcome.requeued:
            return self._requeue(event, now, policy)
        self.end_backoff()
        if outcome.kind == "succeeded":
            return "Success"
        event.attempts += 1
        if event.attempts > policy.retries:
            return "RetriesExhausted"
        event.due = now + self._retry_seconds * 2 ** (event.attempts - 1)
        if event.due > event.accepted + policy.age_seconds:
            return "EventAgeExceeded"
        self.add(event)
        return None

    def forget(self, event: AsynchronousEvent) -> None:
        """Drop an event that runs."""
        self._running.pop(event.id, None)

    def find_next_due(self, now: float) -> float | None:
        """When to look again; None when only an attempt's end or a new event changes something."""
        if not self._waiting:
            return None
        at = max(self._waiting[0][0], self._backoff_until)
        # What is due and was not taken waits for another to end; it grows too old all the same.
        return at if at > now else now + AGE_CHECK_SECONDS

    def _requeue(self, event: AsynchronousEvent, now: float, policy: InvokePolicy) -> Condition | None:
        if now >= event.accepted + policy.age_seconds:
            return "EventAgeExceeded"
        if now >= self._backoff_until:  # of events that were throttled together, the first counts
            self._backoff_until = now + min(THROTTLED_SECONDS * 2**self._throttles, LONGEST_SECONDS)
            self._throttles += 1
        event.due = now
        self.add(event)
        return None
