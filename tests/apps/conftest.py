"""What the shop's tests share: helpers by name, fixtures, and checks of events where they are published and applied."""

import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from aws_stubs import Stub, stub_client
from aws_variables import VARIABLES
from botocore.stub import Stubber
from lambda_events import Functions, forget
from shop_contract import check_event
from shop_world import World

import apps.shop.adapters.aws.shop as aws_shop
from apps.shop.adapters.memory import MemoryBus
from apps.shop.application.consumers import CONSUMERS, ApplyFact
from apps.shop.application.shop import Shop
from apps.shop.domain.events import Event
from sandbox.aws.plane import PLANE
from sandbox.host.sandbox import Sandbox


@pytest.fixture(autouse=True, scope="session")
def events_keep_their_schemas() -> Iterator[None]:
    """Whatever these tests make the shop publish is checked where it is published, and where a consumer gets it."""
    publish: Callable[[MemoryBus, Sequence[Event]], list[str]] = MemoryBus.publish

    def checked_publish(bus: MemoryBus, events: Sequence[Event]) -> list[str]:
        for event in events:
            check_event(event.envelope())
        return publish(bus, events)

    def with_checks(apply: ApplyFact) -> ApplyFact:
        def check_and_apply(shop: Shop, event: Event) -> None:
            check_event(event.envelope())
            apply(shop, event)

        return check_and_apply

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MemoryBus, "publish", checked_publish)
        for name, apply in CONSUMERS.items():
            patch.setitem(CONSUMERS, name, with_checks(apply))
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
        client, stubber = stub_client(service)
        made.append(stubber)
        return client, stubber

    yield make
    for stubber in made:
        stubber.assert_no_pending_responses()


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A data plane of these tests' own; each makes tables of its own there."""
    sandbox = Sandbox(tmp_path_factory.mktemp("plane"), [PLANE])
    found = sandbox.start("aws").endpoint
    assert found is not None
    yield found
    sandbox.stop()
