"""Brings events to targets: at once, then again, then to the dead-letter queue."""

import heapq
import itertools
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aws_emulator.eventbridge.delivery import INTERNAL_ERROR, Delivery, DeliveryError
from aws_emulator.eventbridge.retry_policy import RetryPolicy

Send = Callable[[Delivery], None]
"""Hands a delivery to its target.

Raises:
    DeliveryError: the target did not take it.
"""
SendDeadLetter = Callable[[Delivery, DeliveryError, str], None]
"""Puts a delivery into its dead-letter queue, with the condition that ended the attempts.

Raises:
    DeliveryError: the queue did not take it.
"""
OnCount = Callable[[Delivery, str], None]
"""Called with each count, by the name of AWS's metric: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html."""

INVOCATIONS = "Invocations"
SUCCEEDED = "SuccessfulInvocationAttempts"
RETRIED = "RetryInvocationAttempts"
FAILED = "FailedInvocations"
DEAD_LETTERED = "InvocationsSentToDlq"
DEAD_LETTER_FAILED = "InvocationsFailedToBeSentToDlq"
# Ours: neither delivered nor kept.
LOST = "Lost"
logger = logging.getLogger("sandbox.eventbridge")


class Dispatcher:
    """All deliveries of a plane. Every one ends delivered, in a dead-letter queue, or counted lost."""

    def __init__(
        self,
        send: Send,
        send_dead_letter: SendDeadLetter,
        *,
        on_count: OnCount = lambda _delivery, _metric: None,
        clock: Callable[[], float] = time.time,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._send, self._send_dead_letter, self._on_count, self._clock, self._draw = (
            send,
            send_dead_letter,
            on_count,
            clock,
            draw,
        )
        self._waiting: list[tuple[float, int, Delivery]] = []
        self._order = itertools.count()
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def deliver(self, delivery: Delivery) -> bool:
        """Try for the first time; whether another attempt is due some time."""
        self._count(delivery, INVOCATIONS)
        return self._attempt(delivery)

    def retry(self, most: int) -> int:
        """Try again what is due, the longest due first; how many were tried."""
        now, tried = self._clock(), 0
        while tried < most and (delivery := self._pop(now)) is not None:
            delivery.retries += 1
            self._count(delivery, RETRIED)
            self._attempt(delivery)
            tried += 1
        return tried

    def find_next_due(self) -> float | None:
        """When the next attempt is due, in seconds since the epoch; None if none is."""
        with self._lock:
            return self._waiting[0][0] if self._waiting else None

    def collect_figures(self) -> Mapping[str, int]:
        """What happened so far, and what waits."""
        with self._lock:
            counts, waiting = Counter(self._counts), len(self._waiting)
        return {
            "delivered": counts[SUCCEEDED],
            "waiting": waiting,
            "retries": counts[RETRIED],
            "dead_lettered": counts[DEAD_LETTERED],
            "lost": counts[LOST],
        }

    def dump(self) -> list[dict[str, Any]]:
        """What waits, as JSON."""
        with self._lock:
            return [{"due": due, "delivery": delivery.dump()} for due, _, delivery in sorted(self._waiting)]

    def load(self, saved: Iterable[Mapping[str, Any]]) -> None:
        """Take what `dump` gave."""
        for entry in saved:
            self._push(float(entry["due"]), Delivery(**entry["delivery"]))

    def clear(self) -> None:
        """Drop everything."""
        with self._lock:
            self._waiting.clear()
            self._counts.clear()

    def _attempt(self, delivery: Delivery) -> bool:
        failure = _try_send(self._send, delivery)
        if failure is None:
            self._count(delivery, SUCCEEDED)
            return False
        policy, now = RetryPolicy.of(delivery.target), self._clock()
        condition = (
            policy.find_exhausted_condition(delivery.retries, now - delivery.accepted) if failure.retryable else ""
        )
        if condition or not failure.retryable:
            self._give_up(delivery, failure, condition)
            return False
        self._push(policy.compute_next_due(delivery.retries, delivery.accepted, now, self._draw()), delivery)
        return True

    def _give_up(self, delivery: Delivery, failure: DeliveryError, condition: str) -> None:
        self._count(delivery, FAILED)
        if delivery.dead_letters:
            error = _try_send(lambda d: self._send_dead_letter(d, failure, condition), delivery)
            if error is None:
                self._count(delivery, DEAD_LETTERED)
                return
            self._count(delivery, DEAD_LETTER_FAILED)
            why = f"{failure}; its dead-letter queue {delivery.dead_letters} did not take it: {error}"
        else:
            why = f"{failure}; the target has no dead-letter queue"
        self._count(delivery, LOST)
        lost = delivery.source, delivery.arn, delivery.retries, why
        logger.warning("event lost: %s to %s after %d retries: %s", *lost)

    def _push(self, due: float, delivery: Delivery) -> None:
        with self._lock:
            heapq.heappush(self._waiting, (due, next(self._order), delivery))

    def _pop(self, now: float) -> Delivery | None:
        with self._lock:
            if not self._waiting or self._waiting[0][0] > now:
                return None
            return heapq.heappop(self._waiting)[2]

    def _count(self, delivery: Delivery, metric: str) -> None:
        with self._lock:
            self._counts[metric] += 1
        self._on_count(delivery, metric)


def _try_send(send: Send, delivery: Delivery) -> DeliveryError | None:
    """What went wrong; whatever it was, the other deliveries go on."""
    try:
        send(delivery)
    except DeliveryError as failure:
        return failure
    except Exception as error:  # a broken target must not stop the others
        logger.exception("delivery from %s to %s", delivery.source, delivery.arn)
        return DeliveryError(INTERNAL_ERROR, f"{type(error).__name__}: {error}")
    return None
