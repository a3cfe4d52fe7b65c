"""What each mutant does to a run: to the client's lines, or to the stores' records."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any

Line = dict[str, Any]
Record = tuple[str, dict[str, Any]]


class NothingToMutateError(Exception):
    """A run that lacks what a mutant alters; the message says what."""


def drops_an_order(_: list[Line], records: list[Record]) -> None:
    """Drops an order."""
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records[:] = [(table, r) for table, r in records if order_id not in (r.get("order_id"), _subject(r))]


def answers_without_storing(lines: list[Line], _: list[Record]) -> None:
    """Answers without storing."""
    attempt = max(line["n"] for line in lines if line["line"] == "attempt") + 1
    ghost = "00000000-0000-7000-8000-000000000000"
    at, customer = lines[-1]["at"], _customer(lines)
    lines += [
        {"line": "attempt", "n": attempt, "at": at, "customer": customer, "key": "ghost", "body": "b", "lines": []},
        {"line": "answer", "n": attempt, "at": at, "status": 202, "order": ghost, "digest": "d"},
    ]


def never_ends_an_order(_: list[Line], records: list[Record]) -> None:
    """Never ends an order."""
    order = _one(records, "order", state="CONFIRMED")
    order["state"] = "PENDING"


def gives_an_order_to_another_customer(_: list[Line], records: list[Record]) -> None:
    """Gives an order to another customer."""
    _one(records, "order", state="CONFIRMED")["customer_id"] = "somebody-else"


def makes_a_second_order_for_a_key(lines: list[Line], _: list[Record]) -> None:
    """Makes a second order for a key."""
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    other = next(line for line in lines if line["line"] == "answer" and line.get("order") not in (None, first["order"]))
    attempt = next(line for line in lines if line["line"] == "attempt" and line["n"] == first["n"])
    number = max(line["n"] for line in lines if line["line"] == "attempt") + 1
    at = lines[-1]["at"]
    lines += [{**attempt, "n": number, "at": at}, {**first, "n": number, "at": at, "order": other["order"]}]


def answers_a_replay_differently(lines: list[Line], _: list[Record]) -> None:
    """Answers a replay differently."""
    replay = _replay(lines)
    replay["digest"] = "another"


def accepts_another_body(lines: list[Line], _: list[Record]) -> None:
    """Accepts another body."""
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    attempt = next(line for line in lines if line["line"] == "attempt" and line["n"] == first["n"])
    number, at = max(line["n"] for line in lines if line["line"] == "attempt") + 1, lines[-1]["at"]
    # A second order under the key, of another body, that a store has as well: no other invariant sees it.
    lines += [
        {**attempt, "n": number, "at": at, "body": "another"},
        {**first, "n": number, "at": at, "digest": "another"},
    ]


def points_a_key_elsewhere(lines: list[Line], records: list[Record]) -> None:
    """Points a key elsewhere."""
    accepted = {line["order"] for line in lines if line.get("order") and line["line"] == "answer"}
    keys = [r for _, r in records if r["kind"] == "key" and r["order_id"] in accepted]
    if len(keys) < 2:
        msg = "two accepted orders are needed"
        raise NothingToMutateError(msg)
    keys[0]["order_id"], keys[1]["order_id"] = keys[1]["order_id"], keys[0]["order_id"]


def stores_another_quantity(lines: list[Line], _: list[Record]) -> None:
    """Stores other lines than were ordered."""
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    key = next((line["customer"], line["key"]) for line in lines if line.get("n") == first["n"])
    for line in lines:
        if line["line"] == "attempt" and (line["customer"], line["key"]) == key:
            line["lines"] = [[sku, quantity + 1] for sku, quantity in line["lines"]]


def invents_an_order(lines: list[Line], records: list[Record]) -> None:
    """Invents an order."""
    phantom = "11111111-1111-7111-8111-111111111111"
    original = str(_one(records, "order", state="CANCELLED", reason="OUT_OF_STOCK")["order_id"])
    for table, record in list(records):
        if original in (record.get("order_id"), _subject(record)) and record["kind"] != "key":
            records.append((table, {**_renamed(record, original, phantom), "customer_id": _customer(lines)}))


def makes_an_order_of_a_refused_attempt(lines: list[Line], _: list[Record]) -> None:
    """Makes an order of a refused attempt."""
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    key = next((line["customer"], line["key"]) for line in lines if line.get("n") == first["n"])
    order = first["order"]
    numbers = {line["n"] for line in lines if line["line"] == "attempt" and (line["customer"], line["key"]) == key}
    for line in lines:
        if line["line"] == "answer" and line["n"] in numbers:
            line |= {"status": 503, "code": "shop_full", "retry": True}
            line.pop("order", None)
    lines[:] = [line for line in lines if line["line"] != "seen" or line["order"] != order]


def sells_what_is_not_there(_: list[Line], records: list[Record]) -> None:
    """Sells what is not there."""
    stock = _one(records, "stock")
    stock["committed"] += 1


def counts_below_zero(_: list[Line], records: list[Record]) -> None:
    """Counts below zero."""
    stock = _one(records, "stock")
    stock["initial"] -= stock["available"] + 1
    stock["available"] = -1


def loses_a_unit(_: list[Line], records: list[Record]) -> None:
    """Loses a unit."""
    _one(records, "stock")["available"] -= 1


def confirms_without_stock(_: list[Line], records: list[Record]) -> None:
    """Confirms without stock."""
    order = _one(records, "order", state="CONFIRMED")
    reservation = _of(records, "reservation", order["order_id"])
    for sku, quantity in reservation["wanted"].items():
        stock = _one(records, "stock", sku=sku)
        stock["committed"] -= quantity
        stock["available"] += quantity
    reservation |= {"state": "RELEASED"}


def leaks_a_reservation(_: list[Line], records: list[Record]) -> None:
    """Leaks a reservation."""
    order = _one(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    reservation = _of(records, "reservation", order["order_id"])
    reservation["state"] = "HELD"
    for sku, quantity in reservation["wanted"].items():
        stock = _one(records, "stock", sku=sku)
        stock["available"] -= quantity
        stock["reserved"] += quantity


def charges_too_much(_: list[Line], records: list[Record]) -> None:
    """Charges too much."""
    order = _one(records, "order", state="CONFIRMED")
    _of(records, "payment", order["order_id"])["amount_minor"] += 1


def adds_wrongly(_: list[Line], records: list[Record]) -> None:
    """Adds wrongly."""
    order = _one(records, "order", state="CONFIRMED")
    order["total_minor"] += 1
    _of(records, "payment", order["order_id"])["amount_minor"] += 1


def charges_twice(_: list[Line], records: list[Record]) -> None:
    """Charges twice."""
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    payment = _of(records, "payment", order_id)
    payment["sequence"] += 1
    for table, record in list(records):
        if _subject(record) == order_id and record.get("event", {}).get("type") == "shop.payment.captured.v1":
            again = copy.deepcopy(record)
            again["event_id"] = "22222222-2222-7222-8222-222222222222"
            again["event"]["sequence"] += 1
            records += [(table, again), ("orders", _inbox(record, again))]


def keeps_the_money_of_a_cancelled_order(_: list[Line], records: list[Record]) -> None:
    """Keeps the money of a cancelled order."""
    order = _one(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    payment = _of(records, "payment", order["order_id"])
    payment["state"] = "CAPTURED"


def confirms_unpaid(_: list[Line], records: list[Record]) -> None:
    """Confirms unpaid."""
    _of(records, "payment", _one(records, "order", state="CONFIRMED")["order_id"])["state"] = "DECLINED"


def never_publishes_an_event(_: list[Line], records: list[Record]) -> None:
    """Never publishes an event."""
    _one(records, "outbox").pop("published_at")


def loses_an_event(_: list[Line], records: list[Record]) -> None:
    """Loses an event."""
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "outbox" and r["event"]["subject"] == order_id))


def skips_an_event(_: list[Line], records: list[Record]) -> None:
    """Skips an event."""
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "inbox" and r["pk"] == f"ORDER#{order_id}"))


def applies_an_event_twice(_: list[Line], records: list[Record]) -> None:
    """Applies an event twice."""
    records.append(next((table, record) for table, record in records if record["kind"] == "inbox"))


def applies_an_invented_event(_: list[Line], records: list[Record]) -> None:
    """Applies an invented event."""
    table, record = next((table, record) for table, record in records if record["kind"] == "inbox")
    records.append((table, {**record, "event_id": "33333333-3333-7333-8333-333333333333"}))


def tells_off_schema(_: list[Line], records: list[Record]) -> None:
    """Tells an event off its schema."""
    _one(records, "outbox")["event"]["data"]["order_id"] = 7


def tells_a_secret(_: list[Line], records: list[Record]) -> None:
    """Tells a secret."""
    placed = (r for _, r in records if r["kind"] == "outbox" and r["event"]["type"] == "shop.order.placed.v1")
    next(placed)["event"]["data"]["payment_token"] = "ok"  # noqa: S105 - a card of the test provider


def goes_back(lines: list[Line], _: list[Record]) -> None:
    """Goes back."""
    seen = next(line for line in lines if line["line"] == "seen" and line["state"] == "CONFIRMED")
    lines.append({**seen, "at": lines[-1]["at"], "state": "PENDING"})
    lines.append({**seen, "at": lines[-1]["at"]})


def sheds_without_a_word(lines: list[Line], _: list[Record]) -> None:
    """Sheds without a word."""
    _refused(lines, status=503, code="shop_full")


def answers_a_server_error(lines: list[Line], _: list[Record]) -> None:
    """Answers a server error."""
    _refused(lines, status=500, code="internal")


def _one(records: Sequence[Record], kind: str, **wanted: Any) -> dict[str, Any]:
    for _, record in records:
        if record["kind"] == kind and all(record.get(name) == value for name, value in wanted.items()):
            return record
    msg = f"the run has no {kind} with {wanted}" if wanted else f"the run has no {kind}"
    raise NothingToMutateError(msg)


def _of(records: Sequence[Record], kind: str, order_id: str) -> dict[str, Any]:
    return _one(records, kind, order_id=order_id)


def _subject(record: Mapping[str, Any]) -> str:
    return str(record["pk"]).removeprefix("ORDER#")


def _customer(lines: Sequence[Line]) -> str:
    return str(next(line["customer"] for line in lines if line["line"] == "attempt"))


def _renamed(record: Mapping[str, Any], order_id: str, name: str) -> dict[str, Any]:
    found = copy.deepcopy(dict(record))
    for field in ("pk", "order_id"):
        if field in found:
            found[field] = found[field].replace(order_id, name)
    if "event" in found:
        found["event"]["subject"] = name
    return found


def _inbox(outbox: Mapping[str, Any], again: Mapping[str, Any]) -> dict[str, Any]:
    event = again["event"]
    about = {"event_id": again["event_id"], "type": event["type"], "applied_at": event["time"], "ttl": 0}
    return {"pk": outbox["pk"], "sk": f"INBOX#{again['event_id']}", "kind": "inbox", **about}


def _replay(lines: Sequence[Line]) -> Line:
    for line in lines:
        if line["line"] == "answer" and line.get("replayed"):
            return line
    msg = "the run has no replay"
    raise NothingToMutateError(msg)


def _refused(lines: list[Line], **answer: Any) -> None:
    number, at = max(line["n"] for line in lines if line["line"] == "attempt") + 1, lines[-1]["at"]
    attempt = {"n": number, "at": at, "customer": _customer(lines), "key": "refused", "body": "b", "lines": []}
    lines += [{"line": "attempt", **attempt}, {"line": "answer", "n": number, "at": at, **answer}]
