"""Events on EventBridge, dead letters in SQS."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from apps.shop.adapters.aws.writes import NO_ANSWER
from apps.shop.domain.errors import TryAgainError, UnknownQueueError
from apps.shop.domain.events import Event
from apps.shop.ports import DeadMessage, Redriven

# Most entries of one PutEvents: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
PUT = 10
# Most messages of one ReceiveMessage:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
RECEIVE = 10
# A letter that is being moved is hidden this long; when the move fails it is visible again after that.
HIDDEN_SECONDS = 30
SHOWN = 10


class EventBridgeBus:
    """A custom bus. Rules match the event's type, consumers find the CloudEvent in `detail`; see the `ShopBus` port."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def publish(self, events: Sequence[Event]) -> list[str]:
        refused: list[str] = []
        for start in range(0, len(events), PUT):
            refused += self._put(events[start : start + PUT], first=start == 0)
        return refused

    def _put(self, events: Sequence[Event], *, first: bool) -> list[str]:
        entries = [
            {
                "EventBusName": self._name,
                "Source": event.source,
                "DetailType": event.type,
                "Detail": json.dumps(event.envelope(), separators=(",", ":")),
            }
            for event in events
        ]
        try:
            answer = self._client.put_events(Entries=entries)
        except (ClientError, *NO_ANSWER) as error:
            if not first:  # others were taken, and are not to come again
                return [event.id for event in events]
            msg = f"the bus {self._name} took none of {len(entries)} events: {error}"
            raise TryAgainError(msg) from error
        # The call succeeds even when single entries fail:
        # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
        results = answer["Entries"] if answer.get("FailedEntryCount") else []
        return [event.id for event, result in zip(events, results, strict=False) if result.get("ErrorCode")]


class SqsQueues:
    """The consumers' queues, each with the queue of its dead letters; see the `OperatorQueues` port."""

    def __init__(self, client: Any, urls: Mapping[str, Mapping[str, str]]) -> None:
        self._client, self._urls = client, urls

    def redrive(self, name: str, limit: int) -> Redriven:
        alive, dead = self._pair(name)
        moved = 0
        while moved < limit:
            letters = self._receive(dead, min(RECEIVE, limit - moved), HIDDEN_SECONDS)
            if not letters:
                break
            for letter in letters:
                # Sent before deleted: a crash between the two delivers twice, which consumers tell apart.
                self._client.send_message(QueueUrl=alive, MessageBody=letter["Body"])
                self._client.delete_message(QueueUrl=dead, ReceiptHandle=letter["ReceiptHandle"])
                moved += 1
        return Redriven(moved + self._depth(dead), moved)

    def show_dead_letters(self, name: str, limit: int) -> Redriven:
        _, dead = self._pair(name)
        return Redriven(self._depth(dead), 0, [_summary(x) for x in self._receive(dead, min(limit, SHOWN), 0)])

    def _pair(self, name: str) -> tuple[str, str]:
        if name not in self._urls:
            raise UnknownQueueError(name, tuple(self._urls))
        return self._urls[name]["url"], self._urls[name]["dead_letter_url"]

    def _depth(self, url: str) -> int:
        wanted = ["ApproximateNumberOfMessages"]
        found = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def _receive(self, url: str, most: int, hidden: int) -> list[dict[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=hidden,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return answer.get("Messages", [])


def _summary(letter: Mapping[str, Any]) -> DeadMessage:
    try:
        detail = json.loads(letter["Body"])["detail"]
        return DeadMessage(letter["MessageId"], detail["type"], detail["subject"], detail["id"])
    except (ValueError, KeyError, TypeError):
        return DeadMessage(letter["MessageId"])
