"""What analytics counts: the confirmed orders among the events that are kept for it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trials.operators import GarbageError

TABLE = "lake"
CONFIRMED = "shop.order.confirmed.v1"


class LakeError(Exception):
    """The lake can't be read; the message names it, what is wrong and the fix."""


@dataclass(frozen=True, slots=True)
class Lake:
    """Where a deployment keeps its events for analytics."""

    confirmed: Callable[[float], Iterable[Mapping[str, Any]]]
    """Envelopes of confirmed orders that came after a moment (seconds since the epoch), each at least once."""
    seconds: float
    """How long an event may take until it is there."""


def records(lake: Lake, since: float) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The lake's events as records beside those of the stores; the first says that there is a lake, even an empty one.

    Raises:
        LakeError: it can't be read.
        GarbageError: something in it is no event of a confirmed order.
    """
    yield TABLE, {"kind": "lake", "pk": "LAKE"}
    for envelope in lake.confirmed(since):
        yield TABLE, _sale(envelope)


def _sale(envelope: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        data = envelope["data"]
        return {
            "kind": "sale",
            "pk": f"ORDER#{data['order_id']}",
            "order_id": data["order_id"],
            "event_id": envelope["id"],
            "total_minor": data["total_minor"],
            "currency": data["currency"],
            "confirmed_at": data["confirmed_at"],
        }
    except (KeyError, TypeError) as error:
        msg = f"the lake has what is no event of a confirmed order ({type(error).__name__} {error}): {envelope!r:.120}"
        raise GarbageError(msg) from error
