"""Events on EventBridge, dead letters in SQS."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from apps.shop.adapters.aws.writes import NO_ANSWER
from apps.shop.domain.errors import Problem, TryAgainError
from apps.shop.domain.events import Event

# Most messages of one ReceiveMessage:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
RECEIVE = 10
# A letter that is being moved is hidden this long; when the move fails it is visible again after that.
HIDDEN_SECONDS = 30
SHOWN = 10


class EventBridgeBus:
    """A custom bus. Rules match the event's type, consumers find the CloudEvent in `detail`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def publish(self, events: Sequence[Event]) -> list[str]:
        if not events:
            return []
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
            msg = f"the bus {self._name} took none of {len(entries)} events: {error}"
            raise TryAgainError(msg) from error
        # The call succeeds even when single entries fail:
        # https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
        results = answer["Entries"] if answer.get("FailedEntryCount") else []
        return [event.id for event, result in zip(events, results, strict=False) if result.get("ErrorCode")]


class SqsQueues:
    """The consumers' queues, each with the queue of its dead letters."""

    def __init__(self, client: Any, urls: Mapping[str, Mapping[str, str]]) -> None:
        self._client, self._urls = client, urls

    def redrive(self, name: str, *, limit: int, dry_run: bool) -> dict[str, Any]:
        if name not in self._urls:
            known = ", ".join(sorted(self._urls))
            raise Problem(400, "unknown_queue", f"No queue '{name[:40]}'; there are: {known}.")
        dead, alive = self._urls[name]["dead_letter_url"], self._urls[name]["url"]
        if dry_run:
            return {"queue": name, "found": self._depth(dead), "moved": 0, "letters": self._show(dead)}
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
        return {"queue": name, "found": moved + self._depth(dead), "moved": moved}

    def _depth(self, url: str) -> int:
        wanted = ["ApproximateNumberOfMessages"]
        found = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=wanted)
        return int(found["Attributes"]["ApproximateNumberOfMessages"])

    def _show(self, url: str) -> list[dict[str, Any]]:
        letters = self._receive(url, SHOWN, 0)
        return [_summary(letter) for letter in letters]

    def _receive(self, url: str, most: int, hidden: int) -> list[dict[str, Any]]:
        answer = self._client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=most,
            VisibilityTimeout=hidden,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return answer.get("Messages", [])


def _summary(letter: Mapping[str, Any]) -> dict[str, Any]:
    try:
        detail = json.loads(letter["Body"])["detail"]
        event = {"type": detail["type"], "order_id": detail["subject"], "event_id": detail["id"]}
    except (ValueError, KeyError, TypeError):
        event = {"type": "unreadable", "order_id": "", "event_id": ""}
    return {"message_id": letter["MessageId"], **event}
