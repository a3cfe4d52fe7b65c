"""I5: money balances."""

from collections.abc import Iterator

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
