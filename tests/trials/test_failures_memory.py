"""The failures by which well-known shops lose, double or spoil an order, F1 to F13, on the shop in this process.

F14, a checker that is blind, is in test_mutants.py and test_failures_proxy.py. Every experiment runs here as it does on
AWS; the interleavings that no run is sure to meet are in tests/apps/test_interleavings.py.
"""

import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import Draft202012Validator, Registry
from loopback import NO_CERTIFICATES

sys.path.insert(0, str(Path(__file__).parent))

from failures import BASKETS, order, same_key_a_hundred_times_at_once, totals, two_hundred_buyers_of_ten_units
from memory_platform import MemoryPlatform, hasten, memory_platform

from apps.contracts.documents import events
from apps.shop.domain.events import Event, StateChange, parse_event
from apps.shop.domain.ids import new_id
from apps.shop.domain.orders import Order
from apps.shop.ports import Acceptance, ConflictError
from trials.chaos.experiments import experiment, experiments
from trials.chaos.runner import ExperimentOutcome, run_experiment
from trials.trial import Load

SECONDS, RATE, SEED, SETTLE = 1.0, 45.0, 1, 30.0


@pytest.fixture
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


@cache
def carry_out(name: str) -> tuple[ExperimentOutcome, Sequence[Event]]:
    """What came of an experiment, and the events of its shop; it is carried out once, for all failures it covers."""
    chosen, directory = experiment(name), Path(tempfile.mkdtemp())
    load = Load(chosen.profile, SECONDS, RATE, SEED)
    with memory_platform() as platform, hasten():
        target = platform.target()
        outcome = run_experiment(target, platform, chosen, load, directory, lambda _: None, settle_seconds=SETTLE)
    return outcome, list(platform.bus.published)


@pytest.mark.parametrize("name", experiments())
def test_the_shop_keeps_its_promises(name: str) -> None:
    outcome, _ = carry_out(name)
    assert (list(outcome.why), outcome.verdict) == ([], "pass")


def test_every_failure_but_those_with_a_test_of_their_own_has_an_experiment() -> None:
    covered = {failure for one in experiments().values() for failure in one.covers}
    assert covered | {"F7", "F11", "F12", "F13", "F14"} == {f"F{number}" for number in range(1, 15)}


def test_f1_a_retry_makes_no_second_order(platform: MemoryPlatform) -> None:
    same_key_a_hundred_times_at_once(platform.target(), "MUG-01")
    assert carry_out("answers-lost")[0].verdict == "pass"


def test_f2_a_key_is_not_burned_by_a_failure(platform: MemoryPlatform) -> None:
    target, key = platform.target(), new_id()
    undo = platform.inject_fault("checkout", "store", "lost", calls="writes")
    body: dict[str, Any] = {"lines": [{"sku": "PEN-01", "quantity": 1}], "payment_token": "ok"}
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as http:
        headers = {"Idempotency-Key": key, "X-Customer-Id": "unlucky"}
        first = http.post(f"{target.base_url}/v1/orders", json=body, headers=headers)
        undo()
        second = order(target.base_url, http, key, "PEN-01", "unlucky")
        shown = http.get(f"{target.base_url}{second.headers['location']}", headers=headers)
    assert first.status_code == 503
    assert (second.status_code, second.headers["idempotency-replayed"]) == (202, "true")
    assert shown.status_code == 200


def test_f3_whatever_was_accepted_is_readable_and_comes_to_an_end() -> None:
    assert_kept("consumer-paused", "I3")


def test_f4_events_that_the_bus_refused_are_published_later() -> None:
    assert_kept("bus-refuses", "I7")


def test_f5_a_killed_relay_leaves_nothing_behind() -> None:
    assert_kept("relay-killed", "I7")


def test_f6_nothing_is_acknowledged_before_it_is_stored() -> None:
    assert_kept("store-unavailable", "I3", "I7")


def test_f7_two_hundred_buyers_of_ten_units_make_ten_confirmed_orders(platform: MemoryPlatform) -> None:
    two_hundred_buyers_of_ten_units(platform.target(), "HOT-01")


def test_f8_stock_of_an_expired_order_goes_back() -> None:
    assert_kept("clock-ahead", "I1", "I6")


def test_f9_a_second_delivery_gets_the_same_verdict() -> None:
    assert_kept("deliveries-again", "I7", "I8")


def test_f10_no_charge_without_an_order_or_a_refund() -> None:
    assert_kept("workers-killed", "I5")


def test_f11_ids_do_not_collide_and_creating_never_overwrites(platform: MemoryPlatform) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: {new_id() for _ in range(250_000)}, range(4)))
    assert len(set().union(*found)) == 1_000_000
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES) as http:
        assert order(platform.base_url, http, new_id(), "PEN-01", "owner").status_code == 202
    orders = platform.shop.orders
    stored = next(record for record in orders.records(None, 1_000).records if isinstance(record, Order))
    stolen = replace(stored, customer_id="thief")
    with pytest.raises(ConflictError):
        orders.save(StateChange(stolen), None)
    with pytest.raises(ConflictError):
        orders.accept(Acceptance("key", "fingerprint", stolen), (), "ok", "9999")


def test_f12_totals_are_whole_and_no_quantity_is_lost(platform: MemoryPlatform) -> None:
    assert totals(platform.target(), BASKETS) == [
        (349 + 499, 499),
        (3 * 349 + 2 * 1295 + 499, 499),
        (20 * 2490, 0),
        (7 * 1190 + 1450 + 13 * 1990, 0),
        (6900, 0),
    ]


def test_f13_every_event_keeps_its_schema_where_it_is_published_and_where_it_is_applied() -> None:
    assert carry_out("answers-lost")[0].verdict == "pass"
    # Compiled: there are some thousand events.
    schemas = {schema["$id"]: schema for schema in events().values()}
    validator = Draft202012Validator(schemas[events()["envelope"]["$id"]], registry=Registry(list(schemas.items())))
    types = set[str]()
    for event in {event.id: event for name in experiments() for event in carry_out(name)[1]}.values():
        assert [error.message for error in validator.iter_errors(event.envelope())] == []
        assert parse_event(event.envelope()) == event
        types.add(event.type)
    assert len(types) >= 9


def assert_kept(name: str, *invariants: str) -> None:
    """The experiment disturbed the platform, and these invariants were checked on something and hold."""
    outcome, _ = carry_out(name)
    assert outcome.trial is not None
    assert all(result.is_enough for result in outcome.results)
    verdicts = {verdict.id: verdict for verdict in outcome.trial.report.verdicts}
    for one in invariants:
        assert (verdicts[one].outcome, bool(verdicts[one].checked)) == ("pass", True), verdicts[one]
