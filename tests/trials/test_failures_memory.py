"""The failures by which well-known shops lose, double or spoil an order, F1 to F13, on the shop in this process.

F14, a checker that is blind, is in test_mutants.py and test_failures_proxy.py. Every experiment runs here as it does on
AWS; the interleavings that no run is sure to meet are in tests/apps/test_interleavings.py.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1] / "apps"))

from failures import BASKETS, order, same_key_a_hundred_times_at_once, totals, two_hundred_buyers_of_ten_units
from memory_platform import MemoryPlatform, hasten, memory_platform
from shop_contract import check_event

from apps.shop.domain.events import parse
from apps.shop.domain.ids import new_id
from apps.shop.ports import ConflictError, Put
from trials.chaos.experiments import experiment, experiments
from trials.chaos.run import Outcome, run
from trials.trial import Load

SECONDS, RATE, SEED, SETTLE = 1.5, 30.0, 1, 30.0


@pytest.fixture(scope="module")
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


Tried = Callable[[str], Outcome]


@pytest.fixture(scope="module")
def tried(platform: MemoryPlatform) -> Tried:
    """What came of an experiment; each is carried out once, for all the failures that it covers."""

    @cache
    def outcome(name: str) -> Outcome:
        chosen, directory = experiment(name), Path(tempfile.mkdtemp())
        load = Load(chosen.profile, SECONDS, RATE, SEED)
        target = platform.target()
        return run(target, platform, chosen, load, directory, lambda _: None, settle_seconds=SETTLE)

    return outcome


@pytest.mark.parametrize("name", experiments())
def test_the_shop_keeps_its_promises(tried: Tried, name: str) -> None:
    assert (list(tried(name).why), tried(name).verdict) == ([], "pass")


def test_every_failure_but_those_with_a_test_of_their_own_has_an_experiment() -> None:
    covered = {failure for one in experiments().values() for failure in one.covers}
    assert covered | {"F7", "F11", "F12", "F13", "F14"} == {f"F{number}" for number in range(1, 15)}


def test_f1_a_retry_makes_no_second_order(platform: MemoryPlatform, tried: Tried) -> None:
    same_key_a_hundred_times_at_once(platform.target(), "MUG-01")
    assert tried("answers-lost").verdict == "pass"


def test_f2_a_key_is_not_burned_by_a_failure(platform: MemoryPlatform) -> None:
    target, key = platform.target(), new_id()
    undo = platform.fault("checkout", "dynamodb", "lost", actions=["TransactWriteItems"])
    body: dict[str, Any] = {"lines": [{"sku": "PEN-01", "quantity": 1}], "payment_token": "ok"}
    with httpx.Client(trust_env=False) as http:
        headers = {"Idempotency-Key": key, "X-Customer-Id": "unlucky"}
        first = http.post(f"{target.base_url}/v1/orders", json=body, headers=headers)
        undo()
        second = order(target, http, key, "PEN-01", "unlucky")
        shown = http.get(f"{target.base_url}{second.headers['location']}", headers=headers)
    assert first.status_code == 503
    assert (second.status_code, second.headers["idempotency-replayed"]) == (202, "true")
    assert shown.status_code == 200


def test_f3_whatever_was_accepted_is_readable_and_comes_to_an_end(tried: Tried) -> None:
    held(tried("consumer-paused"), "I3")


def test_f4_events_that_the_bus_refused_are_published_later(tried: Tried) -> None:
    held(tried("bus-refuses"), "I7")


def test_f5_a_killed_relay_leaves_nothing_behind(tried: Tried) -> None:
    held(tried("relay-killed"), "I7")


def test_f6_nothing_is_acknowledged_before_it_is_stored(tried: Tried) -> None:
    held(tried("store-unavailable"), "I3", "I7")


def test_f7_two_hundred_buyers_of_ten_units_make_ten_confirmed_orders(platform: MemoryPlatform) -> None:
    two_hundred_buyers_of_ten_units(platform.target(), "HOT-01")


def test_f8_stock_of_an_expired_order_goes_back(tried: Tried) -> None:
    held(tried("clock-ahead"), "I1", "I6")


def test_f9_a_second_delivery_gets_the_same_verdict(tried: Tried) -> None:
    held(tried("deliveries-again"), "I7", "I8")


def test_f10_no_charge_without_an_order_or_a_refund(tried: Tried) -> None:
    held(tried("workers-killed"), "I5")


def test_f11_ids_do_not_collide_and_creating_never_overwrites(platform: MemoryPlatform) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: {new_id() for _ in range(250_000)}, range(4)))
    assert len(set().union(*found)) == 1_000_000
    stored = next(record for record in platform.shop.orders.scan(limit=1_000)[0] if record["kind"] == "order")
    with pytest.raises(ConflictError):
        platform.shop.orders.commit([Put({**stored, "customer_id": "thief"})])


def test_f12_totals_are_whole_and_no_quantity_is_lost(platform: MemoryPlatform) -> None:
    assert totals(platform.target(), BASKETS) == [
        (349 + 499, 499),
        (3 * 349 + 2 * 1295 + 499, 499),
        (20 * 2490, 0),
        (7 * 1190 + 1450 + 13 * 1990, 0),
        (6900, 0),
    ]


def test_f13_every_event_keeps_its_schema_where_it_is_told_and_where_it_is_heard(
    platform: MemoryPlatform, tried: Tried
) -> None:
    assert tried("answers-lost").verdict == "pass"
    types = set[str]()
    for event in {event.id: event for event in platform.bus.published}.values():
        check_event(event.envelope())
        assert parse(event.envelope()) == event
        types.add(event.type)
    assert len(types) >= 9


def held(outcome: Outcome, *invariants: str) -> None:
    """The platform was disturbed, and these invariants were checked on something and hold."""
    assert outcome.trial is not None
    assert all(done.enough for done in outcome.done)
    verdicts = {judgement.id: judgement for judgement in outcome.trial.report.judgements}
    for name in invariants:
        assert (verdicts[name].outcome, bool(verdicts[name].checked)) == ("pass", True), verdicts[name]
