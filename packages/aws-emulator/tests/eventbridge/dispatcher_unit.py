"""A dispatcher with a clock, targets and dead-letter queues of its own."""

from collections.abc import Callable
from typing import Any

from aws_emulator.eventbridge.delivery import (
    THROTTLING,
    Delivery,
    DeliveryError,
    build_dead_letter_attributes,
    build_dead_letter_body,
)
from aws_emulator.eventbridge.dispatcher import Dispatcher

RULE = "arn:aws:events:us-east-1:000000000000:rule/shop/placed"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:orders"
DEAD = "arn:aws:sqs:us-east-1:000000000000:dead"
DAY = 86_400


def delivery(id_: str = "e1", *, dead: str = DEAD, accepted: float = 0.0, rule: str = RULE, **policy: int) -> Delivery:
    names = {"attempts": "MaximumRetryAttempts", "seconds": "MaximumEventAgeInSeconds"}
    target: dict[str, Any] = {"Id": "t", "Arn": QUEUE}
    if dead:
        target["DeadLetterConfig"] = {"Arn": dead}
    if policy:
        target["RetryPolicy"] = {names[key]: value for key, value in policy.items()}
    body = f'{{"id": "{id_}"}}'
    event = {"EventId": id_, "Time": 0}
    return Delivery("000000000000", "us-east-1", {"Name": "placed", "Arn": rule}, target, event, body, body, accepted)


class DispatcherRun:
    """Deliveries to targets that fail as a test says."""

    def __init__(self, outcome: Callable[[Delivery], str] = lambda _: "") -> None:
        self.outcome, self.now = outcome, 0.0
        self.delivered: list[tuple[float, str]] = []
        self.buried: list[tuple[str, dict[str, str]]] = []
        self.refuses_dead_letters: set[str] = set()
        self.attempts: list[float] = []
        self.dispatcher = self.make_dispatcher()

    def make_dispatcher(self) -> Dispatcher:
        return Dispatcher(self._send, self._send_dead_letter, clock=lambda: self.now, draw=lambda: 0.5)

    def restart(self) -> None:
        saved = self.dispatcher.dump()
        self.dispatcher = self.make_dispatcher()
        self.dispatcher.load(saved)

    def finish(self) -> None:
        """Every attempt at its time, until none is due any more."""
        while (due := self.dispatcher.find_next_due()) is not None:
            self.now = max(self.now, due)
            self.dispatcher.retry(1)

    def _send(self, sent: Delivery) -> None:
        self.attempts.append(self.now)
        code = self.outcome(sent)
        if code == "crash":
            raise ZeroDivisionError
        if code:
            raise DeliveryError(code, "not now")
        self.delivered.append((self.now, sent.event["EventId"]))

    def _send_dead_letter(self, sent: Delivery, failure: DeliveryError, condition: str) -> None:
        if sent.event["EventId"] in self.refuses_dead_letters:
            raise DeliveryError(THROTTLING, "not here either")
        texts = {
            name: value["StringValue"] for name, value in build_dead_letter_attributes(sent, failure, condition).items()
        }
        self.buried.append((build_dead_letter_body(sent), texts))
