"""Faults put into a run's records, one at a time: a checker that misses one is blind there."""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from trials.checker import INVARIANTS, check
from trials.held import held
from trials.invariants.model import Invariant, World
from trials.told import told

Line = dict[str, Any]
Record = tuple[str, dict[str, Any]]
Alter = Callable[[list[Line], list[Record]], None]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A whole run: the client's lines, and the stores' records with their tables."""

    lines: Sequence[Line]
    records: Sequence[Record]
    consumers: Mapping[str, Sequence[str]]

    def world(self) -> World:
        """Both sides, joined."""
        return World(told(self.lines), held(self.records), self.consumers)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A fault, and the invariant that must see it."""

    name: str
    invariant: str
    alter: Alter


@dataclass(frozen=True, slots=True)
class Caught:
    """What saw a mutant."""

    mutant: Mutant
    by: tuple[str, ...]
    """Ids of the invariants that failed; empty when it survived."""


class NothingToMutateError(Exception):
    """A run that lacks what a mutant alters; the message says what."""


def run(evidence: Evidence, invariants: Sequence[Invariant] = INVARIANTS) -> Iterator[Caught]:
    """Put each mutant into a copy of a sound run, and say which invariants fail.

    Raises:
        NothingToMutateError: the run has no confirmed, cancelled or repeated order to alter.
    """
    for mutant in MUTANTS:
        lines, records = copy.deepcopy(list(evidence.lines)), copy.deepcopy(list(evidence.records))
        mutant.alter(lines, records)
        report = check(Evidence(lines, records, evidence.consumers).world(), invariants)
        yield Caught(mutant, tuple(j.id for j in report.judgements if j.outcome == "fail"))


def _drops_an_order(_: list[Line], records: list[Record]) -> None:
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records[:] = [(table, r) for table, r in records if order_id not in (r.get("order_id"), _subject(r))]


def _answers_without_storing(lines: list[Line], _: list[Record]) -> None:
    attempt = max(line["n"] for line in lines if line["line"] == "attempt") + 1
    ghost = "00000000-0000-7000-8000-000000000000"
    at, customer = lines[-1]["at"], _customer(lines)
    lines += [
        {"line": "attempt", "n": attempt, "at": at, "customer": customer, "key": "ghost", "body": "b", "lines": []},
        {"line": "answer", "n": attempt, "at": at, "status": 202, "order": ghost, "digest": "d"},
    ]


def _never_ends_an_order(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CONFIRMED")
    order["state"] = "PENDING"


def _gives_an_order_to_another_customer(_: list[Line], records: list[Record]) -> None:
    _one(records, "order", state="CONFIRMED")["customer_id"] = "somebody-else"


def _makes_a_second_order_for_a_key(lines: list[Line], _: list[Record]) -> None:
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    other = next(line for line in lines if line["line"] == "answer" and line.get("order") not in (None, first["order"]))
    attempt = next(line for line in lines if line["line"] == "attempt" and line["n"] == first["n"])
    number = max(line["n"] for line in lines if line["line"] == "attempt") + 1
    at = lines[-1]["at"]
    lines += [
        {**attempt, "n": number, "at": at},
        {**first, "n": number, "at": at, "order": other["order"]},
    ]


def _answers_a_replay_differently(lines: list[Line], _: list[Record]) -> None:
    replay = _replay(lines)
    replay["digest"] = "another"


def _accepts_another_body(lines: list[Line], _: list[Record]) -> None:
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    attempt = next(line for line in lines if line["line"] == "attempt" and line["n"] == first["n"])
    number, at = max(line["n"] for line in lines if line["line"] == "attempt") + 1, lines[-1]["at"]
    # A second order under the key, of another body, that a store has as well: no other invariant sees it.
    lines += [
        {**attempt, "n": number, "at": at, "body": "another"},
        {**first, "n": number, "at": at, "digest": "another"},
    ]


def _points_a_key_elsewhere(lines: list[Line], records: list[Record]) -> None:
    accepted = {line["order"] for line in lines if line.get("order") and line["line"] == "answer"}
    keys = [r for _, r in records if r["kind"] == "key" and r["order_id"] in accepted]
    if len(keys) < 2:
        msg = "two accepted orders are needed"
        raise NothingToMutateError(msg)
    keys[0]["order_id"], keys[1]["order_id"] = keys[1]["order_id"], keys[0]["order_id"]


def _invents_an_order(lines: list[Line], records: list[Record]) -> None:
    phantom = "11111111-1111-7111-8111-111111111111"
    original = str(_one(records, "order", state="CANCELLED", reason="OUT_OF_STOCK")["order_id"])
    for table, record in list(records):
        if original in (record.get("order_id"), _subject(record)) and record["kind"] != "key":
            records.append((table, {**_renamed(record, original, phantom), "customer_id": _customer(lines)}))


def _makes_an_order_of_a_refused_attempt(lines: list[Line], _: list[Record]) -> None:
    first = next(line for line in lines if line["line"] == "answer" and line.get("status") == 202)
    key = next((line["customer"], line["key"]) for line in lines if line.get("n") == first["n"])
    order = first["order"]
    numbers = {line["n"] for line in lines if line["line"] == "attempt" and (line["customer"], line["key"]) == key}
    for line in lines:
        if line["line"] == "answer" and line["n"] in numbers:
            line |= {"status": 503, "code": "shop_full", "retry": True}
            line.pop("order", None)
    lines[:] = [line for line in lines if line["line"] != "seen" or line["order"] != order]


def _sells_what_is_not_there(_: list[Line], records: list[Record]) -> None:
    stock = _one(records, "stock")
    stock["committed"] += 1


def _counts_below_zero(_: list[Line], records: list[Record]) -> None:
    stock = _one(records, "stock")
    stock["initial"] -= stock["available"] + 1
    stock["available"] = -1


def _loses_a_unit(_: list[Line], records: list[Record]) -> None:
    _one(records, "stock")["available"] -= 1


def _confirms_without_stock(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CONFIRMED")
    reservation = _of(records, "reservation", order["order_id"])
    for sku, quantity in reservation["wanted"].items():
        stock = _one(records, "stock", sku=sku)
        stock["committed"] -= quantity
        stock["available"] += quantity
    reservation |= {"state": "RELEASED"}


def _leaks_a_reservation(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    reservation = _of(records, "reservation", order["order_id"])
    reservation["state"] = "HELD"
    for sku, quantity in reservation["wanted"].items():
        stock = _one(records, "stock", sku=sku)
        stock["available"] -= quantity
        stock["reserved"] += quantity


def _charges_too_much(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CONFIRMED")
    _of(records, "payment", order["order_id"])["amount_minor"] += 1


def _adds_wrongly(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CONFIRMED")
    order["total_minor"] += 1
    _of(records, "payment", order["order_id"])["amount_minor"] += 1


def _charges_twice(_: list[Line], records: list[Record]) -> None:
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    payment = _of(records, "payment", order_id)
    payment["sequence"] += 1
    for table, record in list(records):
        if _subject(record) == order_id and record.get("event", {}).get("type") == "shop.payment.captured.v1":
            again = copy.deepcopy(record)
            again["event_id"] = "22222222-2222-7222-8222-222222222222"
            again["event"]["sequence"] += 1
            records += [(table, again), ("orders", _inbox(record, again))]


def _keeps_the_money_of_a_cancelled_order(_: list[Line], records: list[Record]) -> None:
    order = _one(records, "order", state="CANCELLED", reason="PAYMENT_DECLINED")
    payment = _of(records, "payment", order["order_id"])
    payment["state"] = "CAPTURED"


def _confirms_unpaid(_: list[Line], records: list[Record]) -> None:
    _of(records, "payment", _one(records, "order", state="CONFIRMED")["order_id"])["state"] = "DECLINED"


def _never_publishes_an_event(_: list[Line], records: list[Record]) -> None:
    _one(records, "outbox").pop("published_at")


def _loses_an_event(_: list[Line], records: list[Record]) -> None:
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "outbox" and r["event"]["subject"] == order_id))


def _skips_an_event(_: list[Line], records: list[Record]) -> None:
    order_id = _one(records, "order", state="CONFIRMED")["order_id"]
    records.remove(next((t, r) for t, r in records if r["kind"] == "inbox" and r["pk"] == f"ORDER#{order_id}"))


def _applies_an_event_twice(_: list[Line], records: list[Record]) -> None:
    records.append(next((table, record) for table, record in records if record["kind"] == "inbox"))


def _applies_an_invented_event(_: list[Line], records: list[Record]) -> None:
    table, record = next((table, record) for table, record in records if record["kind"] == "inbox")
    records.append((table, {**record, "event_id": "33333333-3333-7333-8333-333333333333"}))


def _goes_back(lines: list[Line], _: list[Record]) -> None:
    seen = next(line for line in lines if line["line"] == "seen" and line["state"] == "CONFIRMED")
    lines.append({**seen, "at": lines[-1]["at"], "state": "PENDING"})
    lines.append({**seen, "at": lines[-1]["at"]})


def _sheds_without_a_word(lines: list[Line], _: list[Record]) -> None:
    _refused(lines, status=503, code="shop_full")


def _answers_a_server_error(lines: list[Line], _: list[Record]) -> None:
    _refused(lines, status=500, code="internal")


MUTANTS: Sequence[Mutant] = (
    Mutant("sells what is not there", "I1", _sells_what_is_not_there),
    Mutant("counts stock below zero", "I1", _counts_below_zero),
    Mutant("loses a unit", "I1", _loses_a_unit),
    Mutant("confirms without stock", "I1", _confirms_without_stock),
    Mutant("makes a second order for a key", "I2", _makes_a_second_order_for_a_key),
    Mutant("answers a replay differently", "I2", _answers_a_replay_differently),
    Mutant("accepts another body under a key", "I2", _accepts_another_body),
    Mutant("points a key at another order", "I2", _points_a_key_elsewhere),
    Mutant("drops a stored order", "I3", _drops_an_order),
    Mutant("answers 202 and stores nothing", "I3", _answers_without_storing),
    Mutant("never ends an order", "I3", _never_ends_an_order),
    Mutant("gives an order to another customer", "I3", _gives_an_order_to_another_customer),
    Mutant("invents an order", "I4", _invents_an_order),
    Mutant("makes an order of a refused attempt", "I4", _makes_an_order_of_a_refused_attempt),
    Mutant("charges too much", "I5", _charges_too_much),
    Mutant("adds wrongly", "I5", _adds_wrongly),
    Mutant("charges twice", "I5", _charges_twice),
    Mutant("keeps the money of a cancelled order", "I5", _keeps_the_money_of_a_cancelled_order),
    Mutant("confirms an unpaid order", "I5", _confirms_unpaid),
    Mutant("leaks a reservation", "I6", _leaks_a_reservation),
    Mutant("never publishes an event", "I7", _never_publishes_an_event),
    Mutant("loses an event", "I7", _loses_an_event),
    Mutant("skips an event", "I7", _skips_an_event),
    Mutant("applies an event twice", "I7", _applies_an_event_twice),
    Mutant("applies an event that nobody sent", "I7", _applies_an_invented_event),
    Mutant("shows an order going back", "I8", _goes_back),
    Mutant("sheds without saying when to come again", "I10", _sheds_without_a_word),
    Mutant("answers a server error", "I10", _answers_a_server_error),
)


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
    return {
        "pk": outbox["pk"],
        "sk": f"INBOX#{again['event_id']}",
        "kind": "inbox",
        "event_id": again["event_id"],
        "type": event["type"],
        "applied_at": event["time"],
        "ttl": 0,
    }


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
