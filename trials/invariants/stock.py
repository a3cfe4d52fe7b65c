"""I1 and I6: stock is never oversold, and no reservation outlives its order."""

from collections.abc import Iterator

from trials.invariants.model import TERMINAL, Offence, World


def never_oversold(world: World) -> Iterator[Offence]:
    """Counts are not negative, add up, and agree with the reservations."""
    reserved: dict[str, int] = {}
    committed: dict[str, int] = {}
    for order in world.held.orders.values():
        counts = {"HELD": reserved, "COMMITTED": committed}.get(order.reservation)
        for sku, quantity in order.reserved.items() if counts is not None else ():
            counts[sku] = counts.get(sku, 0) + quantity  # pyright: ignore[reportOptionalSubscript, reportOptionalMemberAccess]
    for sku, stock in sorted(world.held.stock.items()):
        if min(stock.available, stock.reserved, stock.committed) < 0:
            yield Offence("oversold", sku, f"available {stock.available}, reserved {stock.reserved}: below zero")
        have, had = stock.available + stock.reserved + stock.committed, stock.initial + stock.restocked
        if have != had:
            yield Offence("oversold", sku, f"{have} of {had} units are accounted for")
        if committed.get(sku, 0) != stock.committed:
            yield Offence("oversold", sku, f"{stock.committed} committed, orders have {committed.get(sku, 0)}")
        if reserved.get(sku, 0) != stock.reserved:
            yield Offence("oversold", sku, f"{stock.reserved} reserved, orders hold {reserved.get(sku, 0)}")


def confirmed_is_committed(world: World) -> Iterator[Offence]:
    """A confirmed order has exactly its lines committed."""
    for order_id, order in world.ours():
        if order.state == "CONFIRMED" and (order.reservation != "COMMITTED" or order.reserved != order.lines):
            what = order.reservation or "none"
            yield Offence("oversold", order_id, f"confirmed, its reservation is {what} of {order.reserved}")


def no_leak(world: World) -> Iterator[Offence]:
    """No reservation is held for an order that has an end, or for none."""
    for order_id, order in world.held.orders.items():
        if order.reservation == "HELD" and order.customer is None:
            yield Offence("leaked reservation", order_id, "held for an order that no store has")
        elif order.reservation == "HELD" and order.state in TERMINAL and order.customer in world.told.customers:
            yield Offence("leaked reservation", order_id, f"still held, the order is {order.state}")
