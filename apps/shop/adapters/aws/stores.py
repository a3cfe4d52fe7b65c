"""The shop's stores, each in a DynamoDB table of its own."""

import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Generic

from apps.shop.adapters.aws import items
from apps.shop.adapters.aws.items import Item, state_of
from apps.shop.adapters.aws.table import ItemTable
from apps.shop.adapters.aws.writes import ConditionError, ItemAdd, ItemPut, ItemWrite
from apps.shop.domain import stock
from apps.shop.domain.clock import parse
from apps.shop.domain.errors import TryAgainError
from apps.shop.domain.events import Event, StateChange
from apps.shop.domain.orders import Order
from apps.shop.domain.payments import Payment
from apps.shop.domain.products import Product
from apps.shop.domain.stock import Reservation, StockLevel
from apps.shop.ports import Acceptance, Clock, ConflictError, Lookup, RecordPage, S, Versioned

COUNT_SECONDS = 1.0
# The index has what is due of every kind; so many pages are looked through for one of them.
DUE_PAGES = 10


class DynamoCatalog:
    """Products; see the `Catalog` port."""

    def __init__(self, table: ItemTable) -> None:
        self._table = table

    def page(self, limit: int, after: str | None = None) -> Sequence[Product]:
        start = items.product_key(after)._asdict() if after else None
        products = {":pk": items.CATALOG, ":prefix": "SKU#"}
        found = self._table.query("pk = :pk AND begins_with(sk, :prefix)", products, limit, start=start)
        return [state_of(Product, item) for item in found]

    def product(self, sku: str) -> Product | None:
        found = self._table.get(items.product_key(sku))
        return None if found is None else state_of(Product, found)

    def products(self, skus: Collection[str]) -> Mapping[str, Product]:
        found = self._table.get_many([items.product_key(sku) for sku in skus])
        return {item["sku"]: state_of(Product, item) for item in found}

    def add(self, product: Product) -> bool:
        return _add(self._table, product)


class DynamoStore(Generic[S]):
    """What the tables of the three services have in common; see the `ServiceStore` port."""

    def __init__(self, table: ItemTable, clock: Clock, state: type[S], sk: str) -> None:
        self._table, self._clock, self._state, self._sk = table, clock, state, sk

    def look(self, fact: Event) -> Lookup[S]:
        if self._table.get(items.inbox_key(fact)) is not None:
            return Lookup(applied=True, found=None)
        return Lookup(applied=False, found=self.find(fact.subject))

    def find(self, order_id: str) -> Versioned[S] | None:
        found = self._table.get(items.order_key(order_id, self._sk))
        return None if found is None else Versioned(state_of(self._state, found), found["version"])

    def save(self, change: StateChange[S], was: Versioned[S] | None, fact: Event | None = None) -> Versioned[S]:
        self._table.write(*self._writes(change, was, fact))
        version = 0 if was is None else was.version
        assert isinstance(version, int)  # noqa: S101 - this adapter made it
        return Versioned(change.state, version + 1)

    def note(self, fact: Event) -> None:
        self._table.write(ItemPut(items.inbox_item(fact, self._clock())))

    @contextmanager
    def claim(self, before: str, limit: int) -> Generator[Sequence[Event]]:
        found = [items.event_of(item) for item in self._due("outbox", before, limit)]
        # Keeping each order's events in their sequence: the index sorts by time alone.
        yield sorted(found, key=lambda event: (event.time, event.subject, event.source, event.sequence))

    def mark_published(self, events: Sequence[Event], at: str) -> None:
        # Kept for operators for a while: what was published is proof.
        kept = str(items.expiry(parse(at) + items.KEPT))
        for event in events:
            try:
                self._table.update(
                    items.outbox_key(event),
                    "SET published_at = :at, #ttl = :ttl REMOVE due_at, due_shard",
                    {"#ttl": "ttl"},
                    {":at": {"S": at}, ":ttl": {"N": kept}},
                )
            except ConditionError:  # DynamoDB has deleted it: it was published long ago
                continue
            except ConflictError:
                msg = f"event {event.id} is being written"
                raise TryAgainError(msg) from None

    def records(self, cursor: str | None, limit: int) -> RecordPage:
        found, after = self._table.scan(limit, items.parse_cursor(cursor))
        shown = [items.RECORDS[item["kind"]](item) for item in found if item["kind"] in items.RECORDS]
        return RecordPage(shown, items.cursor_of(after))

    def _writes(self, change: StateChange[S], was: Versioned[S] | None, fact: Event | None) -> list[ItemWrite]:
        now = self._clock()
        version: Any = None if was is None else was.version
        writes: list[ItemWrite] = [] if fact is None else [ItemPut(items.inbox_item(fact, now))]
        writes.append(ItemPut(items.item_of(change.state), version))
        writes += [ItemPut(items.outbox_item(event, now)) for event in change.events]
        return writes

    def _due(self, kind: str, moment: str, limit: int) -> list[Item]:
        found: list[Item] = []
        for shard in items.SHARDS:
            found += self._table.query(
                "due_shard = :shard AND due_at <= :moment",
                {":shard": shard, ":moment": moment, ":kind": kind},
                limit,
                pages=DUE_PAGES,
                IndexName="due",
                FilterExpression="kind = :kind",
            )
        return sorted(found, key=lambda item: item["due_at"])[:limit]


class DynamoOrders(DynamoStore[Order]):
    """Orders; see the ports `OrderStore` and `PaymentTokens`."""

    def __init__(self, table: ItemTable, clock: Clock) -> None:
        super().__init__(table, clock, Order, "ORDER")
        self._counted: tuple[float, int] | None = None

    def find_acceptance(self, customer_id: str, key: str) -> Acceptance | None:
        found = self._table.get(items.acceptance_key(customer_id, key))
        return None if found is None else items.acceptance_of(found, customer_id, key)

    def accept(self, acceptance: Acceptance, events: Sequence[Event], payment_token: str, token_until: str) -> None:
        order = acceptance.order
        self._table.write(
            ItemPut(items.acceptance_item(acceptance, self._clock())),
            *self._writes(StateChange(order, tuple(events)), None, None),
            ItemPut(items.token_item(order.order_id, payment_token, parse(token_until))),
        )

    def payment_token(self, order_id: str, moment: str) -> str | None:
        found = self._table.get(items.order_key(order_id, "TOKEN"))
        # Deleted some time after it has expired:
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/howitworks-ttl.html
        return None if found is None or found["ttl"] <= items.expiry(parse(moment)) else str(found["token"])

    def history(self, customer_id: str, limit: int, after: tuple[str, str] | None = None) -> Sequence[Order]:
        start = None
        if after is not None:
            placed_at, order_id = after
            start = {**items.order_key(order_id, "ORDER")._asdict(), "customer_id": customer_id, "placed_at": placed_at}
        found = self._table.query(
            "customer_id = :customer",
            {":customer": customer_id},
            limit,
            IndexName="customer",
            start=start,
            ScanIndexForward=False,
        )
        return [state_of(Order, item) for item in found]

    def overdue_orders(self, moment: str, limit: int) -> Sequence[Order]:
        return [state_of(Order, item) for item in self._due("order", moment, limit)]

    def count_open(self, limit: int) -> int:
        # Every order asks; one answer a second per process is enough for a limit that sheds load.
        now = time.monotonic()
        if self._counted is None or now - self._counted[0] > COUNT_SECONDS:
            self._counted = (now, self._count(limit))
        return self._counted[1]

    def _count(self, limit: int) -> int:
        counted = 0
        for shard in items.SHARDS:
            if counted < limit:
                counted += self._table.count(
                    "due_shard = :shard",
                    {":shard": shard, ":order": "order"},
                    limit - counted,
                    IndexName="due",
                    FilterExpression="kind = :order",
                )
        return min(counted, limit)


class DynamoStock(DynamoStore[Reservation]):
    """Stock and reservations; see the `StockStore` port."""

    def __init__(self, table: ItemTable, clock: Clock) -> None:
        super().__init__(table, clock, Reservation, "RESERVATION")

    def reserve(
        self,
        fact: Event,
        wanted: Collection[str],
        decide: Callable[[Mapping[str, int]], StateChange[Reservation]],
    ) -> None:
        found = self._table.get_many([items.level_key(sku) for sku in wanted])
        self.save(decide({item["sku"]: item["available"] for item in found}), None, fact)

    def expired_reservations(self, moment: str, limit: int) -> Sequence[Reservation]:
        return [state_of(Reservation, item) for item in self._due("reservation", moment, limit)]

    def level(self, sku: str) -> StockLevel | None:
        found = self._table.get(items.level_key(sku))
        return None if found is None else state_of(StockLevel, found)

    def add_level(self, level: StockLevel) -> bool:
        return _add(self._table, level)

    def restock(self, sku: str, quantity: int) -> bool:
        try:
            self._table.write(ItemAdd(items.level_key(sku), {"available": quantity, "restocked": quantity}))
        except ConditionError:
            return False
        except ConflictError:
            msg = f"the stock of '{sku}' is being changed"
            raise TryAgainError(msg) from None
        return True

    def _writes(
        self, change: StateChange[Reservation], was: Versioned[Reservation] | None, fact: Event | None
    ) -> list[ItemWrite]:
        moves = stock.moves(None if was is None else was.state, change.state)
        # Each condition is what the decision was made from: nothing that is reserved falls below zero.
        adds = [ItemAdd(items.level_key(move.sku), move.deltas()) for move in moves]
        return [*super()._writes(change, was, fact), *adds]


class DynamoPayments(DynamoStore[Payment]):
    """Payments; see the `PaymentStore` port."""

    def __init__(self, table: ItemTable, clock: Clock) -> None:
        super().__init__(table, clock, Payment, "PAYMENT")


def _add(table: ItemTable, state: Product | StockLevel) -> bool:
    try:
        table.write(ItemPut(items.item_of(state)))
    except ConflictError:
        return False
    return True
