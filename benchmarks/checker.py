"""The checker on a million ledger lines, and its memory an order; ratios at two sizes show that both are linear."""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from apps.contracts.consumers import consumers  # noqa: E402
from trials import ledger  # noqa: E402
from trials.checker import check  # noqa: E402
from trials.invariants.evidence import Evidence  # noqa: E402
from trials.ledger import LedgerWriter, TrialRun  # noqa: E402
from trials.ledger_facts import parse_ledger  # noqa: E402
from trials.store_records import key_digest, parse_records  # noqa: E402

LINES = 1_000_000
# Of one order: attempt, answer and sight of the client, and the records of the stores.
CLIENT_LINES, RECORDS = 3, 18
TARGET_SECONDS = 30
EVENTS = (
    ("orders", "shop.orders", 1, "shop.order.placed.v2", ("inventory", "payment")),
    ("inventory", "shop.inventory", 1, "shop.stock.reserved.v1", ("orders", "payment")),
    ("payment", "shop.payment", 1, "shop.payment.captured.v1", ("orders",)),
    ("orders", "shop.orders", 2, "shop.order.confirmed.v1", ("inventory",)),
    ("inventory", "shop.inventory", 2, "shop.stock.committed.v1", ()),
)
MOMENT = "2026-01-01T00:00:00.000Z"
LINES_OF_ONE = [{"sku": "MUG-01", "qty": 1, "unit_price_minor": 500}]


def main() -> None:
    """Check a tenth and the whole, each in a process of its own, and print times and memory."""
    if len(sys.argv) > 1:
        _measure(int(sys.argv[1]))
        return
    found = {size: _run(size) for size in (LINES // 10, LINES)}
    for size, (seconds, megabytes, orders) in found.items():
        print(f"{size:>9} lines, {orders} orders: {seconds:.1f} s, {megabytes * 1e6 / orders:.0f} bytes an order")
    small, large = found[LINES // 10], found[LINES]
    print(f"ten times as many take {large[0] / small[0]:.1f} times as long (target: {TARGET_SECONDS} s for the whole)")


def _run(lines: int) -> tuple[float, float, int]:
    done = subprocess.run([sys.executable, __file__, str(lines)], capture_output=True, text=True, check=True)
    seconds, megabytes, orders = json.loads(done.stdout)
    return seconds, megabytes, orders


def _measure(lines: int) -> None:
    orders = lines // (CLIENT_LINES + RECORDS)
    with tempfile.TemporaryDirectory() as directory:
        client, stores = Path(directory) / "run.jsonl", Path(directory) / "stores.jsonl"
        _write(client, stores, orders)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.perf_counter()
        facts, snapshot = parse_ledger(ledger.read_lines(client)), parse_records(_read_stores(stores))
        report = check(Evidence(facts, snapshot, consumers(), {"orders": []}))
        seconds = time.perf_counter() - started
        grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    if not report.passed:
        raise SystemExit([(v.id, v.outcome, list(v.first)) for v in report.failed])
    print(json.dumps([seconds, grown / 1000, orders]))


def _write(client: Path, stores: Path, orders: int) -> None:
    with LedgerWriter(client, TrialRun("bench", 1, "nowhere", time.time())) as written, stores.open("w") as file:
        for number in range(orders):
            order_id = f"{number:08x}-0000-7000-8000-000000000000"
            customer = f"customer-{number % 100}"
            attempt = written.write_attempt(customer, f"key-{number}", "body", [("MUG-01", 1)])
            written.write_answer(attempt, 202, order=order_id, digest="digest")
            written.write_state(order_id, "CONFIRMED")
            for line in _records(number, order_id, customer):
                file.write(json.dumps(line) + "\n")
        stock = {"available": 10, "reserved": 0, "committed": orders, "initial": orders + 10, "restocked": 0}
        file.write(json.dumps(["inventory", {"kind": "stock", "sku": "MUG-01", **stock}]) + "\n")


def _records(number: int, order_id: str, customer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    moment = MOMENT
    key = {"kind": "key", "order_id": order_id, "digest": key_digest(customer, f"key-{number}")}
    order = {"kind": "order", "order_id": order_id, "customer_id": customer, "state": "CONFIRMED", "currency": "EUR"}
    amounts = {"shipping_minor": 0, "total_minor": 500, "sequence": 2, "placed_at": moment, "updated_at": moment}
    yield "orders", key
    yield "orders", {**order, **amounts, "lines": LINES_OF_ONE}
    reserved = {
        "kind": "reservation",
        "order_id": order_id,
        "state": "COMMITTED",
        "wanted": {"MUG-01": 1},
        "sequence": 2,
    }
    yield "inventory", reserved
    paid = {"kind": "payment", "order_id": order_id, "state": "CAPTURED", "amount_minor": 500, "sequence": 1}
    yield "payment", paid
    for place, (table, source, sequence, type_, applied_by) in enumerate(EVENTS):
        event_id = f"{number:08x}-0000-5000-8000-{place:012x}"
        event = _event(event_id, source, sequence, type_, order_id)
        yield table, {"kind": "outbox", "event_id": event_id, "event": event, "published_at": moment}
        for other in applied_by:
            applied = {"event_id": event_id, "type": type_, "applied_at": moment}
            yield other, {"kind": "inbox", "order_id": order_id, **applied}


def _event(event_id: str, source: str, sequence: int, type_: str, order_id: str) -> dict[str, Any]:
    """An event as operators see it, whole: the checker validates it by its schema."""
    money = {"total_minor": 500, "currency": "EUR"}
    reserved = {"reservation_id": event_id, "lines": [{"sku": "MUG-01", "qty": 1}]}
    placed = {"customer_id": "customer-1", "lines": LINES_OF_ONE, "shipping_minor": 0, "placed_at": MOMENT}
    data = {
        "shop.order.placed.v2": {**money, **placed},
        "shop.stock.reserved.v1": {**reserved, "expires_at": MOMENT},
        "shop.payment.captured.v1": {"payment_id": event_id, "attempt": 1, "amount_minor": 500, "currency": "EUR"},
        "shop.order.confirmed.v1": {**money, "confirmed_at": MOMENT},
        "shop.stock.committed.v1": reserved,
    }
    return {
        "specversion": "1.0",
        "datacontenttype": "application/json",
        "dataschema": f"https://schemas.shop.example/events/{type_}.json",
        "correlationid": order_id,
        "id": event_id,
        "source": source,
        "type": type_,
        "subject": order_id,
        "time": MOMENT,
        "sequence": sequence,
        "data": {"order_id": order_id, **data[type_]},
    }


def _read_stores(stores: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    with stores.open() as file:
        for line in file:
            table, record = json.loads(line)
            yield table, record


if __name__ == "__main__":
    main()
