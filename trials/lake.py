"""What analytics counts: the confirmed orders among the events that the lake keeps."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from trials.operators import MalformedDataError
from trials.store_records import Record, Sale, lake_record, sale_record

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


def read_sales(lake: Lake, since: float) -> Iterator[Record]:
    """The lake's events as records beside those of the stores; the first says that there is a lake, even an empty one.

    Args:
        lake: Where they are.
        since: In seconds since the epoch; what came before is left out where that saves reading.

    Raises:
        LakeError: it can't be read.
        MalformedDataError: something in it is no event of a confirmed order.
    """
    yield lake_record()
    for envelope in lake.confirmed(since):
        yield _sale(envelope)


def _sale(envelope: Mapping[str, Any]) -> Record:
    try:
        data = envelope["data"]
        order_id, event_id = data["order_id"], envelope["id"]
        return sale_record(order_id, event_id, Sale(data["total_minor"], data["currency"], data["confirmed_at"]))
    except (KeyError, TypeError) as error:
        msg = f"the lake has what is no event of a confirmed order ({type(error).__name__} {error}): {envelope!r:.120}"
        raise MalformedDataError(msg) from error
