"""Money, orders, identifiers and events: the shop without its shop floor."""

import json
import re
import time
import uuid
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.shop.domain import orders
from apps.shop.domain.clock import add_seconds, format_time
from apps.shop.domain.events import TYPES, make_event, parse_event
from apps.shop.domain.ids import derived_id, event_id, is_id, new_id
from apps.shop.domain.orders import OrderLine, shipping, subtotal, total, transition

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LINES = st.lists(
    st.builds(
        OrderLine,
        sku=st.from_regex(r"[A-Z0-9-]{1,32}", fullmatch=True),
        qty=st.integers(1, orders.MAX_QUANTITY),
        unit_price_minor=st.integers(0, 10_000_000),
    ),
    min_size=1,
    max_size=orders.MAX_LINES,
).map(tuple)
STATES = (orders.PENDING, orders.RESERVED, orders.CONFIRMED, orders.CANCELLED)
# What each fact does in each state that has a way out; every other pair changes nothing.
MOVES = {
    (orders.PENDING, "shop.stock.reserved.v1"): (orders.RESERVED, None),
    (orders.PENDING, "shop.payment.captured.v1"): (orders.CONFIRMED, None),
    (orders.RESERVED, "shop.payment.captured.v1"): (orders.CONFIRMED, None),
    (orders.PENDING, "shop.stock.rejected.v1"): (orders.CANCELLED, orders.OUT_OF_STOCK),
    (orders.RESERVED, "shop.stock.rejected.v1"): (orders.CANCELLED, orders.OUT_OF_STOCK),
    (orders.PENDING, "shop.payment.declined.v1"): (orders.CANCELLED, orders.PAYMENT_DECLINED),
    (orders.RESERVED, "shop.payment.declined.v1"): (orders.CANCELLED, orders.PAYMENT_DECLINED),
}


@given(LINES)
def test_a_total_is_its_lines_and_shipping_in_whole_minor_units(lines: tuple[OrderLine, ...]) -> None:
    by_hand = 0
    for line in lines:
        for _ in range(line.qty):
            by_hand += line.unit_price_minor
    assert subtotal(lines) == by_hand
    assert total(lines) == by_hand + shipping(lines)
    assert type(total(lines)) is int


@given(LINES)
def test_the_order_of_lines_changes_no_amount(lines: tuple[OrderLine, ...]) -> None:
    assert total(lines) == total(tuple(reversed(lines)))


@given(LINES)
def test_shipping_is_free_from_the_threshold_on(lines: tuple[OrderLine, ...]) -> None:
    free = subtotal(lines) >= orders.FREE_SHIPPING_MINOR
    assert shipping(lines) == (0 if free else orders.SHIPPING_MINOR)


@pytest.mark.parametrize(("cents", "costs"), [(0, 499), (4_999, 499), (5_000, 0), (5_001, 0)])
def test_what_shipping_costs_around_the_threshold(cents: int, costs: int) -> None:
    assert shipping((OrderLine("A", 1, cents),)) == costs


@pytest.mark.parametrize(("state", "fact"), list(product(STATES, TYPES)))
def test_a_fact_moves_an_order_only_where_the_table_says(state: str, fact: str) -> None:
    found = transition(state, fact)
    assert (None if found is None else (found.state, found.reason)) == MOVES.get((state, fact))


@given(st.lists(st.sampled_from(TYPES), max_size=30))
def test_no_fact_leads_out_of_a_terminal_state(facts: list[str]) -> None:
    state = orders.PENDING
    ended = None
    for fact in facts:
        found = transition(state, fact)
        state = found.state if found else state
        ended = ended or (state if state in orders.TERMINAL else None)
        assert ended in {None, state}


@pytest.mark.parametrize("move", [move for move in MOVES.values() if move[0] in orders.TERMINAL])
def test_every_end_is_reported(move: tuple[str, str | None]) -> None:
    state, fact = next(pair for pair, to in MOVES.items() if to == move)
    found = transition(state, fact)
    assert found is not None
    assert found.event == f"shop.order.{move[0].lower()}.v1"


def test_two_hundred_thousand_ids_are_all_different_and_in_order_of_time() -> None:
    before = time.time_ns() // 1_000_000
    made = [new_id() for _ in range(200_000)]
    assert len(set(made)) == len(made)
    stamps = [uuid.UUID(one).int >> 80 for one in made]
    assert stamps == sorted(stamps)
    assert before <= stamps[0]
    assert stamps[-1] <= time.time_ns() // 1_000_000


@pytest.mark.parametrize("nanoseconds", [0, 1_000_000, (2**48 - 1) * 1_000_000])
def test_an_id_is_a_uuid_of_version_seven_at_every_time(nanoseconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: nanoseconds)
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == nanoseconds // 1_000_000
    assert is_id(str(made))


@pytest.mark.parametrize("text", ["", "x", "ORDER#1", ID.upper(), ID + "\n", "0" * 36, ID * 100])
def test_what_is_no_id_is_distinguished(text: str) -> None:
    assert not is_id(text)


@given(st.text(max_size=20), st.text(max_size=40), st.integers(1, 10**6))
def test_an_events_id_depends_on_its_place_alone(source: str, order_id: str, sequence: int) -> None:
    assert event_id(source, order_id, sequence) == event_id(source, order_id, sequence)
    assert event_id(source, order_id, sequence) != event_id(source, order_id, sequence + 1)
    assert derived_id("payment", order_id) != derived_id("reservation", order_id)


@given(
    type_=st.sampled_from(TYPES),
    sequence=st.integers(1, 10**6),
    cause=st.sampled_from(["", ID]),
    data=st.dictionaries(st.text(min_size=1).filter(lambda name: name != "order_id"), st.integers() | st.text()),
)
def test_an_event_survives_its_envelope(type_: str, sequence: int, cause: str, data: dict[str, object]) -> None:
    made = make_event("shop.orders", type_, new_id(), sequence=sequence, now=NOW, data=data, cause=cause)
    assert parse_event(json.loads(json.dumps(made.envelope()))) == made


@pytest.mark.parametrize(
    "damage",
    [
        {"id": ...},
        {"data": ...},
        {"data": None},
        {"data": [1]},
        {"data": {"order_id": "another"}},
        {"sequence": "many"},
        {"sequence": None},
        {"type": "shop.order.teleported.v1"},
        {"subject": "another"},
        {"specversion": "0.3"},
        {"specversion": ...},
    ],
)
def test_what_is_no_event_of_the_shop_is_refused(damage: dict[str, object]) -> None:
    whole = make_event("shop.orders", "shop.order.cancelled.v1", new_id(), sequence=1, now=NOW, data={}).envelope()
    broken = {name: value for name, value in {**whole, **damage}.items() if value is not ...}
    with pytest.raises(ValueError, match="not a shop event"):
        parse_event(broken)


@pytest.mark.parametrize("broken", [None, [], "text", 7])
def test_what_is_no_object_is_no_event(broken: object) -> None:
    with pytest.raises(ValueError, match="not a shop event"):
        parse_event(broken)  # type: ignore[arg-type]


@given(
    st.datetimes(min_value=datetime(1971, 1, 1), max_value=datetime(2999, 1, 1)),  # noqa: DTZ001 - the zone is drawn
    st.integers(-12 * 60, 12 * 60),
    st.integers(0, 10**6),
)
def test_times_sort_as_text(moment: datetime, minutes: int, seconds: int) -> None:
    there = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", format_time(there))
    assert format_time(there) <= add_seconds(there, seconds)
    assert format_time(there) == format_time(there.astimezone(UTC))
