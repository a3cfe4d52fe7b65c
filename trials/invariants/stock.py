"""I1 and I6: stock is never oversold, and no reservation outlives its order."""

from collections.abc import Iterator

from trials.invariants.evidence import Evidence, Offence
from trials.ledger_facts import TERMINAL


def find_oversold(evidence: Evidence) -> Iterator[Offence]:
    """Counts that are negative, do not add up or differ from the reservations; confirmed orders without their units."""
    reserved: dict[str, int] = {}
    committed: dict[str, int] = {}
    for order in evidence.stores.orders.values():
        counts = {"HELD": reserved, "COMMITTED": committed}.get(order.reservation)
        if counts is not None:
            for sku, quantity in order.reserved.items():
                counts[sku] = counts.get(sku, 0) + quantity
    for sku, stock in sorted(evidence.stores.stock.items()):
        if min(stock.available, stock.reserved, stock.committed) < 0:
            yield Offence("oversold", sku, f"available {stock.available}, reserved {stock.reserved}: below zero")
        have, had = stock.available + stock.reserved + stock.committed, stock.initial + stock.restocked
        if have != had:
            yield Offence("oversold", sku, f"{have} of {had} units are accounted for")
        if committed.get(sku, 0) != stock.committed:
            yield Offence("oversold", sku, f"{stock.committed} committed, orders have {committed.get(sku, 0)}")
        if reserved.get(sku, 0) != stock.reserved:
            yield Offence("oversold", sku, f"{stock.reserved} reserved, orders hold {reserved.get(sku, 0)}")
    for order_id, order in evidence.own_orders():
        if order.state == "CONFIRMED" and (order.reservation != "COMMITTED" or order.reserved != order.lines):
            what = order.reservation or "none"
            yield Offence("oversold", order_id, f"confirmed, its reservation is {what} of {order.reserved}")


def find_leaked_reservations(evidence: Evidence) -> Iterator[Offence]:
    """Units that are reserved for an order that has an end, or for none."""
    for order_id, order in evidence.stores.orders.items():
        if order.reservation == "HELD" and order.customer is None:
            yield Offence("leaked reservation", order_id, "reserved for an order that no store has")
        elif order.reservation == "HELD" and order.state in TERMINAL and order.customer in evidence.ledger.customers:
            yield Offence("leaked reservation", order_id, f"still reserved, the order is {order.state}")
