"""Publishing what the stores have in their outboxes."""

from collections.abc import Collection, Sequence

from apps.shop.application.shop import Shop
from apps.shop.domain.clock import format_time
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event
from apps.shop.ports import Outbox


def publish_events(shop: Shop, outbox: Outbox, events: Sequence[Event]) -> Collection[str]:
    """Publish events of an outbox and mark them; the ids of those that the bus did not take come back.

    Raises:
        TryAgainError: the bus takes nothing, or not all could be marked; what is not marked is published again.
    """
    refused = set(shop.bus.publish(events))
    outbox.mark_published([event for event in events if event.id not in refused], format_time(shop.clock()))
    return refused


def publish_outbox(shop: Shop, outbox: Outbox, *, before: str, limit: int) -> tuple[int, int]:
    """Publish what an outbox has had since before a moment; how many events were published, and how many not."""
    with outbox.claim(before, limit) as events:
        try:
            refused = len(publish_events(shop, outbox, events))
        except TryAgainError:
            refused = len(events)
    return len(events) - refused, refused
