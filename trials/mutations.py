"""What each mutant does to a run: to the client's lines, or to the records of the stores and the lake.

Each alters them in place, and raises NothingToMutateError or StopIteration where a run lacks what it alters.
"""

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from trials.store_records import inbox_record, order_of, rename_order

Line = dict[str, Any]
MutableRecord = tuple[str, dict[str, Any]]
Lines = list[Line]
Records = list[MutableRecord]


class NothingToMutateError(Exception):
    """A run that lacks what a mutant alters; the message says what."""


def drop_order(_: Lines, records: Records) -> None:
    """Forget an order in every store."""
    order_id = _find(records, "order", state="CONFIRMED")["order_id"]
    records[:] = [(service, record) for service, record in records if order_of(record) != order_id]


def answer_without_storing(lines: Lines, _: Records) -> None:
    """Accept an order that no store has."""
    answer = {"status": 202, "order": "00000000-0000-7000-8000-000000000000", "digest": "d"}
    _add_attempt(lines, "ghost", answer)


def leave_order_without_end(_: Lines, records: Records) -> None:
    """Leave an accepted order pending for ever."""
    _find(records, "order", state="CONFIRMED")["state"] = "PENDING"


def give_order_to_another_customer(_: Lines, records: Records) -> None:
    """Store an order for a customer who did not place it."""
    _find(records, "order", state="CONFIRMED")["customer_id"] = "somebody-else"


def answer_with_second_order(lines: Lines, _: Records) -> None:
    """Answer a second attempt under a key with another order."""
    first = _accepted(lines)
    other = next(line for line in lines if line["line"] == "answer" and line.get("order") not in (None, first["order"]))
    _repeat(lines, first, answer={"order": other["order"]})


def answer_replay_differently(lines: Lines, _: Records) -> None:
    """Answer a replay with another body."""
    replay = next((line for line in lines if line["line"] == "answer" and line.get("replayed")), None)
    if replay is None:
        msg = "the run has no replay"
        raise NothingToMutateError(msg)
    replay["digest"] = "another"


def accept_another_body(lines: Lines, _: Records) -> None:
    """Accept two bodies under one key, of an order that a store has as well: no other invariant sees it."""
    _repeat(lines, _accepted(lines), attempt={"body": "another"}, answer={"digest": "another"})


def point_key_elsewhere(lines: Lines, records: Records) -> None:
    """Swap the orders that two keys lead to."""
    accepted = {line["order"] for line in lines if line.get("order") and line["line"] == "answer"}
    keys = [r for _, r in records if r["kind"] == "key" and r["order_id"] in accepted]
    if len(keys) < 2:
        msg = "two accepted orders are needed"
        raise NothingToMutateError(msg)
    keys[0]["order_id"], keys[1]["order_id"] = keys[1]["order_id"], keys[0]["order_id"]


def store_another_quantity(lines: Lines, _: Records) -> None:
    """Store other quantities than were ordered."""
    for line in _attempts(lines, _key_of(lines, _accepted(lines))):
        line["lines"] = [[sku, quantity + 1] for sku, quantity in line["lines"]]


def invent_order(lines: Lines, records: Records) -> None:
    """Store an order that nobody placed."""
    phantom = "11111111-1111-7111-8111-111111111111"
    original = str(_find(records, "order", state="CANCELLED", reason="OUT_OF_STOCK")["order_id"])
    for service, record in list(records):
        if order_of(record) == original and record["kind"] != "key":
            invented = {**copy.deepcopy(record), "customer_id": _customer(lines)}
            rename_order(invented, original, phantom)
            records.append((service, invented))


def store_refused_order(lines: Lines, _: Records) -> None:
    """Store an order of which every attempt was refused."""
    first = _accepted(lines)
    order, numbers = first["order"], {line["n"] for line in _attempts(lines, _key_of(lines, first))}
    for line in lines:
        if line["line"] == "answer" and line["n"] in numbers:
            line |= {"status": 503, "code": "shop_full", "retry": True}
            line.pop("order", None)
    lines[:] = [line for line in lines if line["line"] != "seen" or line["order"] != order]


def sell_missing_stock(_: Lines, records: Records) -> None:
    """Count a unit as sold that was never there."""
    _find(records, "stock")["committed"] += 1


def count_stock_below_zero(_: Lines, records: Records) -> None:
    """Count fewer units than none."""
    stock = _find(records, "stock")
    stock["initial"] -= stock["available"] + 1
    stock["available"] = -1


def lose_unit(_: Lines, records: Records) -> None:
    """Forget a unit."""
    _find(records, "stock")["available"] -= 1


def confirm_without_stock(_: Lines, records: Records) -> None:
    """Confirm an order whose units went back."""
    order = _find(records, "order", state="CONFIRMED")
    reservation = _find(records, "reservation", order_id=order["order_id"])
    for sku, quantity in reservation["wanted"].items():
        stock = _find(records, "stock", sku=sku)
        stock["committed"] -= quantity
        stock["available"] += quantity
    reservation |= {"state": "RELEASED"}


def leak_reservation(_: Lines, records: Records) -> None:
    """Keep the units of a cancelled order reserved."""
    order = _find(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    reservation = _find(records, "reservation", order_id=order["order_id"])
    reservation["state"] = "HELD"
    for sku, quantity in reservation["wanted"].items():
        stock = _find(records, "stock", sku=sku)
        stock["available"] -= quantity
        stock["reserved"] += quantity


def charge_too_much(_: Lines, records: Records) -> None:
    """Charge more than an order's total."""
    order = _find(records, "order", state="CONFIRMED")
    _find(records, "payment", order_id=order["order_id"])["amount_minor"] += 1


def add_wrongly(_: Lines, records: Records) -> None:
    """Charge a total that is not the sum of its lines."""
    order = _find(records, "order", state="CONFIRMED")
    order["total_minor"] += 1
    _find(records, "payment", order_id=order["order_id"])["amount_minor"] += 1


def charge_twice(_: Lines, records: Records) -> None:
    """Capture an order's payment twice."""
    order_id = _find(records, "order", state="CONFIRMED")["order_id"]
    _find(records, "payment", order_id=order_id)["sequence"] += 1
    for service, record in list(records):
        if order_of(record) == order_id and record.get("event", {}).get("type") == "shop.payment.captured.v1":
            again = copy.deepcopy(record)
            again["event_id"] = "22222222-2222-7222-8222-222222222222"
            again["event"]["sequence"] += 1
            records += [(service, again), ("orders", inbox_record(order_id, again["event_id"], again["event"]))]


def keep_money_of_cancelled_order(_: Lines, records: Records) -> None:
    """Cancel an order and keep its money."""
    order = _find(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    _find(records, "payment", order_id=order["order_id"])["state"] = "CAPTURED"


def confirm_unpaid(_: Lines, records: Records) -> None:
    """Confirm an order whose payment was declined."""
    _find(records, "payment", order_id=_find(records, "order", state="CONFIRMED")["order_id"])["state"] = "DECLINED"


def leave_event_unpublished(_: Lines, records: Records) -> None:
    """Leave an event in its outbox."""
    _find(records, "outbox").pop("published_at")


def lose_event(_: Lines, records: Records) -> None:
    """Forget an event of an order."""
    order_id = _find(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "outbox" and order_of(r) == order_id))


def skip_event(_: Lines, records: Records) -> None:
    """Never apply an event of an order."""
    order_id = _find(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "inbox" and order_of(r) == order_id))


def apply_event_twice(_: Lines, records: Records) -> None:
    """Apply an event twice by one consumer."""
    records.append(next((service, record) for service, record in records if record["kind"] == "inbox"))


def apply_invented_event(_: Lines, records: Records) -> None:
    """Apply an event that no outbox has."""
    service, record = next((service, record) for service, record in records if record["kind"] == "inbox")
    records.append((service, {**record, "event_id": "33333333-3333-7333-8333-333333333333"}))


def break_schema(_: Lines, records: Records) -> None:
    """Publish an event that breaks its schema."""
    _find(records, "outbox")["event"]["data"]["order_id"] = 7


def publish_secret(_: Lines, records: Records) -> None:
    """Show a secret in an event."""
    placed = (r for _, r in records if r["kind"] == "outbox" and r["event"]["type"] == "shop.order.placed.v2")
    next(placed)["event"]["data"]["payment_token"] = "ok"  # noqa: S105 - a card of the test provider


def show_order_going_back(lines: Lines, _: Records) -> None:
    """Show a confirmed order as pending."""
    seen = next(line for line in lines if line["line"] == "seen" and line["state"] == "CONFIRMED")
    lines.append({**seen, "at": lines[-1]["at"], "state": "PENDING"})
    lines.append({**seen, "at": lines[-1]["at"]})


def shed_silently(lines: Lines, _: Records) -> None:
    """Refuse an order without saying when to come again."""
    _add_attempt(lines, "refused", {"status": 503, "code": "shop_full"})


def answer_server_error(lines: Lines, _: Records) -> None:
    """Answer with a server error."""
    _add_attempt(lines, "refused", {"status": 500, "code": "internal"})


def drop_sale(_: Lines, records: Records) -> None:
    """Lose a confirmed order on its way to analytics."""
    records.remove(_sale(records))


def count_sale_twice(_: Lines, records: Records) -> None:
    """Count a sale under another event's id too: the same event twice is what at-least-once delivery does."""
    service, sale = _sale(records)
    records.append((service, {**sale, "event_id": "44444444-4444-7444-8444-444444444444"}))


def count_another_amount(_: Lines, records: Records) -> None:
    """Count a sale with another amount."""
    _sale(records)[1]["total_minor"] += 1


def count_sale_of_nobody(_: Lines, records: Records) -> None:
    """Count a sale that no store knows."""
    service, sale = _sale(records)
    nobody = "55555555-5555-7555-8555-555555555555"
    invented = {**sale, "event_id": nobody}
    rename_order(invented, order_of(sale), nobody)
    records.append((service, invented))


def _find(records: Sequence[MutableRecord], kind: str, **wanted: Any) -> dict[str, Any]:
    for _, record in records:
        if record["kind"] == kind and all(record.get(name) == value for name, value in wanted.items()):
            return record
    msg = f"the run has no {kind} with {wanted}" if wanted else f"the run has no {kind}"
    raise NothingToMutateError(msg)


def _sale(records: Sequence[MutableRecord]) -> MutableRecord:
    return next((service, record) for service, record in records if record["kind"] == "sale")


def _accepted(lines: Sequence[Line]) -> Line:
    """The first answer that accepted an order."""
    return next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)


def _key_of(lines: Sequence[Line], answer: Mapping[str, Any]) -> tuple[str, str]:
    """Customer and key of an answer's attempt."""
    return next((line["customer"], line["key"]) for line in lines if line.get("n") == answer["n"])


def _attempts(lines: Sequence[Line], key: tuple[str, str]) -> Iterator[Line]:
    return (line for line in lines if line["line"] == "attempt" and (line["customer"], line["key"]) == key)


def _customer(lines: Sequence[Line]) -> str:
    return str(next(line["customer"] for line in lines if line["line"] == "attempt"))


def _repeat(
    lines: Lines, first: Mapping[str, Any], *, answer: Mapping[str, Any], attempt: Mapping[str, Any] | None = None
) -> None:
    """Add an attempt like that of an answer, and an answer like it, but for what is given."""
    original = next(line for line in lines if line["line"] == "attempt" and line["n"] == first["n"])
    again = {"n": _next_number(lines), "at": lines[-1]["at"]}
    lines += [{**original, **again, **(attempt or {})}, {**first, **again, **answer}]


def _add_attempt(lines: Lines, key: str, answer: Mapping[str, Any]) -> None:
    common = {"n": _next_number(lines), "at": lines[-1]["at"]}
    attempt = {"customer": _customer(lines), "key": key, "body": "b", "lines": []}
    lines += [{"line": "attempt", **common, **attempt}, {"line": "answer", **common, **answer}]


def _next_number(lines: Sequence[Line]) -> int:
    return max(line["n"] for line in lines if line["line"] == "attempt") + 1
