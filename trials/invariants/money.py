"""I5 and I5a: money balances, and analytics counts what was confirmed."""

from collections.abc import Collection, Iterator

from trials.invariants.evidence import Evidence, Offence
from trials.store_records import Sale


def find_unbalanced_money(evidence: Evidence) -> Iterator[Offence]:
    """Wrong totals, captures without one confirmed order or one refund each, confirmed orders that are unpaid."""
    for order_id, order in evidence.own_orders():
        if order.total != order.worth:
            yield Offence(
                "unreconciled money", order_id, f"its total is {order.total}, its lines come to {order.worth}"
            )
        captures = sum(event.type == "shop.payment.captured.v1" for event in order.events.values())
        refunds = sum(event.type == "shop.payment.refunded.v1" for event in order.events.values())
        if captures > 1 or refunds > 1:
            yield Offence("unreconciled money", order_id, f"{captures} captures and {refunds} refunds")
        if order.payment in ("CAPTURED", "REFUNDED") and order.amount != order.total:
            yield Offence("unreconciled money", order_id, f"charged {order.amount}, its total is {order.total}")
        if order.state == "CONFIRMED" and (order.payment != "CAPTURED" or captures != 1 or refunds):
            yield Offence("unreconciled money", order_id, f"confirmed, its payment is {order.payment or 'none'}")
        if order.state == "CANCELLED" and (order.payment == "CAPTURED" or captures != refunds):
            yield Offence("unreconciled money", order_id, "charged and cancelled without a refund")
    for order_id, order in evidence.stores.orders.items():
        if order.customer is None and order.payment == "CAPTURED":
            yield Offence("unreconciled money", order_id, "charged for an order that no store has")


def find_wrong_sales(evidence: Evidence) -> Iterator[Offence]:
    """Confirmed orders that analytics does not count once with their total, and others that it counts.

    Without one its sum is that of the stores.
    """
    sales = evidence.stores.sales or {}
    for order_id, order in evidence.own_orders():
        found = list(sales.get(order_id, {}).values())
        wanted = [(order.total, order.currency)] if order.state == "CONFIRMED" else []
        if [(sale.total, sale.currency) for sale in found] != wanted:
            yield Offence(
                "wrong in analytics", order_id, f"{order.state} for {order.total}, analytics has {_describe(found)}"
            )
    # The lake is read before the stores: what it has of this run's time, they must have.
    began = min((order.placed_at for _, order in evidence.own_orders() if order.placed_at), default="")
    for order_id, counted in sales.items():
        known = evidence.stores.orders.get(order_id)
        if (known is None or known.customer is None) and any(s.confirmed_at >= began for s in counted.values()):
            yield Offence(
                "wrong in analytics", order_id, f"no store has it, analytics has {_describe(counted.values())}"
            )


def missing_lake(evidence: Evidence) -> str:
    """Why analytics can't be compared; empty when it can."""
    return "this deployment names no lake" if evidence.stores.sales is None else ""


def _describe(sales: Collection[Sale]) -> str:
    return " and ".join(f"a sale of {sale.total}" for sale in sales) or "none of it"
