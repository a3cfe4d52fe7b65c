"""Events: CloudEvents 1.0 with the shop's extensions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from apps.shop.domain.clock import text
from apps.shop.domain.ids import event_id

TYPES = (
    "shop.order.placed.v1",
    "shop.order.confirmed.v1",
    "shop.order.cancelled.v1",
    "shop.stock.reserved.v1",
    "shop.stock.rejected.v1",
    "shop.stock.committed.v1",
    "shop.stock.released.v1",
    "shop.payment.captured.v1",
    "shop.payment.declined.v1",
    "shop.payment.refunded.v1",
)

# Fields of `data` that are for consumers alone: operators' tools leave them out. The schemas mark them `x-secret`.
SECRETS = ("payment_token",)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `sequence` has no gaps within one order and source."""

    id: str
    source: str
    type: str
    subject: str
    time: str
    sequence: int
    causationid: str
    traceparent: str
    data: Mapping[str, Any]

    def envelope(self) -> dict[str, Any]:
        """The event as CloudEvents JSON."""
        return {
            "specversion": "1.0",
            "datacontenttype": "application/json",
            "dataschema": f"https://schemas.shop.example/events/{self.type}.json",
            "correlationid": self.subject,
            **{key: value for key, value in asdict(self).items() if value != ""},
        }


def event(
    source: str,
    type_: str,
    order_id: str,
    *,
    sequence: int,
    now: datetime,
    data: Mapping[str, Any],
    cause: str = "",
    trace: str = "",
) -> Event:
    """The n-th event of a source about an order."""
    return Event(
        id=event_id(source, order_id, sequence),
        source=source,
        type=type_,
        subject=order_id,
        time=text(now),
        sequence=sequence,
        causationid=cause,
        traceparent=trace,
        data={"order_id": order_id, **data},
    )


def parse(envelope: Mapping[str, Any]) -> Event:
    """An event from CloudEvents JSON.

    Raises:
        ValueError: it is not one of the shop's events.
    """
    try:
        found = Event(
            id=str(envelope["id"]),
            source=str(envelope["source"]),
            type=str(envelope["type"]),
            subject=str(envelope["subject"]),
            time=str(envelope["time"]),
            sequence=int(envelope["sequence"]),
            causationid=str(envelope.get("causationid", "")),
            traceparent=str(envelope.get("traceparent", "")),
            data=dict(envelope["data"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"not a shop event: {type(error).__name__} {error}"
        raise ValueError(msg) from None
    if envelope.get("specversion") != "1.0" or found.type not in TYPES or found.data.get("order_id") != found.subject:
        msg = f"not a shop event: type '{found.type}', subject '{found.subject}'"
        raise ValueError(msg)
    return found
