"""What the shop's tests share: helpers by name, and a bus that checks every event against its schema."""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from shop_contract import check_event  # noqa: E402 - found through the line above
from shop_world import World  # noqa: E402

from apps.shop.adapters.memory import MemoryBus  # noqa: E402
from apps.shop.domain.events import Event  # noqa: E402


@pytest.fixture(autouse=True, scope="session")
def events_keep_their_schemas() -> Iterator[None]:
    """Whatever these tests make the shop tell is checked where it is told."""
    publish: Callable[[MemoryBus, Sequence[Event]], list[str]] = MemoryBus.publish

    def checked(bus: MemoryBus, events: Sequence[Event]) -> list[str]:
        for event in events:
            check_event(event.envelope())
        return publish(bus, events)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryBus, "publish", checked)
        yield


@pytest.fixture
def world() -> World:
    return World()
