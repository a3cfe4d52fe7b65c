"""I5 and I5a: money balances, and analytics counts what was confirmed."""

from collections.abc import Collection, Iterator

from trials.held import Sale
from trials.invariants.model import Offence, World


def balances(world: World) -> Iterator[Offence]:
    """Totals are right, each capture has one confirmed order or one refund, and no confirmed order is unpaid."""
    for order_id, order in world.ours():
        if order.total != order.worth:
            yield Offence(
                "unreconciled money", order_id, f"its total is {order.total}, its lines come to {order.worth}"
            )
        captures = sum(told.type == "shop.payment.captured.v1" for told in order.events.values())
        refunds = sum(told.type == "shop.payment.refunded.v1" for told in order.events.values())
        if captures > 1 or refunds > 1:
            yield Offence("unreconciled money", order_id, f"{captures} captures and {refunds} refunds")
        if order.payment in ("CAPTURED", "REFUNDED") and order.amount != order.total:
            yield Offence("unreconciled money", order_id, f"charged {order.amount}, its total is {order.total}")
        if order.state == "CONFIRMED" and (order.payment != "CAPTURED" or captures != 1 or refunds):
            yield Offence("unreconciled money", order_id, f"confirmed, its payment is {order.payment or 'none'}")
        if order.state == "CANCELLED" and (order.payment == "CAPTURED" or captures != refunds):
            yield Offence("unreconciled money", order_id, "charged and cancelled without a refund")
    for order_id, order in world.held.orders.items():
        if order.customer is None and order.payment == "CAPTURED":
            yield Offence("unreconciled money", order_id, "charged for an order that no store has")


def analytics_agrees(world: World) -> Iterator[Offence]:
    """Analytics counts each confirmed order once, with its total, and no other: so its sum is that of the stores."""
    sales = world.held.sales or {}
    for order_id, order in world.ours():
        found = list(sales.get(order_id, {}).values())
        wanted = [(order.total, order.currency)] if order.state == "CONFIRMED" else []
        if [(sale.total, sale.currency) for sale in found] != wanted:
            yield Offence(
                "wrong in analytics", order_id, f"{order.state} for {order.total}, analytics has {_counted(found)}"
            )
    # The lake is read before the stores: what it has of this run's time, they must have.
    began = min((order.placed_at for _, order in world.ours() if order.placed_at), default="")
    for order_id, counted in sales.items():
        known = world.held.orders.get(order_id)
        if (known is None or known.customer is None) and any(s.confirmed_at >= began for s in counted.values()):
            yield Offence(
                "wrong in analytics", order_id, f"no store has it, analytics has {_counted(counted.values())}"
            )


def no_lake(world: World) -> str:
    """Why analytics can't be compared."""
    return "this deployment names no lake" if world.held.sales is None else ""


def _counted(sales: Collection[Sale]) -> str:
    return " and ".join(f"a sale of {sale.total}" for sale in sales) or "none of it"
