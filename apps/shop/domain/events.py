"""Events: CloudEvents 1.0 with the shop's extensions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from apps.shop.domain.clock import format_time
from apps.shop.domain.ids import event_id

T = TypeVar("T")

ORDER_PLACED_V1: Final = "shop.order.placed.v1"
"""Carried the payment token; applied where it is still under way, published no more."""
ORDER_PLACED: Final = "shop.order.placed.v2"
ORDER_CONFIRMED: Final = "shop.order.confirmed.v1"
ORDER_CANCELLED: Final = "shop.order.cancelled.v1"
STOCK_RESERVED: Final = "shop.stock.reserved.v1"
STOCK_REJECTED: Final = "shop.stock.rejected.v1"
STOCK_COMMITTED: Final = "shop.stock.committed.v1"
STOCK_RELEASED: Final = "shop.stock.released.v1"
PAYMENT_CAPTURED: Final = "shop.payment.captured.v1"
PAYMENT_DECLINED: Final = "shop.payment.declined.v1"
PAYMENT_REFUNDED: Final = "shop.payment.refunded.v1"

PLACED = (ORDER_PLACED_V1, ORDER_PLACED)
"""Every version of the event that an order was placed."""
PUBLISHED = (
    ORDER_PLACED,
    ORDER_CONFIRMED,
    ORDER_CANCELLED,
    STOCK_RESERVED,
    STOCK_REJECTED,
    STOCK_COMMITTED,
    STOCK_RELEASED,
    PAYMENT_CAPTURED,
    PAYMENT_DECLINED,
    PAYMENT_REFUNDED,
)
TYPES = (ORDER_PLACED_V1, *PUBLISHED)
SOURCES: Mapping[str, str] = {"orders": "shop.orders", "inventory": "shop.inventory", "payment": "shop.payment"}
"""What each service calls itself in its events."""

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


@dataclass(frozen=True, slots=True)
class StateChange(Generic[T]):
    """A decision: the state that something gets, and the events that tell of it, in the order of their sequence."""

    state: T
    events: tuple[Event, ...] = ()


def make_event(
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
    """The n-th event of a source about an order.

    Args:
        source: Of `SOURCES`.
        type_: Of `TYPES`.
        order_id: The order.
        sequence: Which of the source's events about the order this is, from 1.
        now: When it happened.
        data: What happened, besides the order's id.
        cause: Id of the event that led to it; empty where a person or the clock did.
        trace: The request's `traceparent`, where there is one.
    """
    return Event(
        id=event_id(source, order_id, sequence),
        source=source,
        type=type_,
        subject=order_id,
        time=format_time(now),
        sequence=sequence,
        causationid=cause,
        traceparent=trace,
        data={"order_id": order_id, **data},
    )


def parse_event(envelope: Mapping[str, Any]) -> Event:
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
