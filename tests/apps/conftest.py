"""What the shop's tests share: helpers by name, fixtures, and checks of events where they are told and heard."""

import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from aws_stubs import Stub, stubbed
from aws_variables import VARIABLES
from botocore.stub import Stubber
from lambda_events import Functions, forget
from shop_contract import check_event
from shop_world import World

import apps.shop.adapters.aws.shop as aws_shop
from apps.shop.adapters.memory import MemoryBus
from apps.shop.application import ordering, paying, stocking
from apps.shop.application.context import Shop
from apps.shop.domain.events import Event

Handle = Callable[[Shop, Event], None]


@pytest.fixture(autouse=True, scope="session")
def events_keep_their_schemas() -> Iterator[None]:
    """Whatever these tests make the shop tell is checked where it is told, and where a consumer gets it."""
    publish: Callable[[MemoryBus, Sequence[Event]], list[str]] = MemoryBus.publish

    def checked(bus: MemoryBus, events: Sequence[Event]) -> list[str]:
        for event in events:
            check_event(event.envelope())
        return publish(bus, events)

    def hearing(handle: Handle) -> Handle:
        def heard(shop: Shop, event: Event) -> None:
            check_event(event.envelope())
            handle(shop, event)

        return heard

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryBus, "publish", checked)
        for consumer in (ordering, stocking, paying):
            patch.setattr(consumer, "handle", hearing(consumer.handle))
        yield


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def cold_start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[World], Functions]]:
    """Entry points imported anew, as a new execution environment does; the shop they build is a world's."""

    def start(world: World) -> Functions:
        monkeypatch.setattr(aws_shop, "shop_on_aws", lambda _: world.shop)
        return Functions(world)

    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", f"shop-{uuid.uuid4()}")  # the logger keeps its stream by this name
    monkeypatch.delenv("ORIGIN_VERIFY_SECRET_ARN", raising=False)
    forget()
    yield start
    forget()


@pytest.fixture
def functions(world: World, cold_start: Callable[[World], Functions]) -> Functions:
    return cold_start(world)


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Makes stubbed clients; all calls that were agreed must be made."""
    made: list[Stubber] = []

    def make(service: str) -> tuple[Any, Stubber]:
        client, stubber = stubbed(service)
        made.append(stubber)
        return client, stubber

    yield make
    for stubber in made:
        stubber.assert_no_pending_responses()
