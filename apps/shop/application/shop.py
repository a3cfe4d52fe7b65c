"""What every use case works with."""

from dataclasses import dataclass, field

from apps.shop.application.cache import Cache
from apps.shop.config import ShopSettings
from apps.shop.ports import (
    Catalog,
    Clock,
    OperatorQueues,
    OrderStore,
    PaymentProvider,
    PaymentStore,
    PaymentTokens,
    ShopBus,
    StockStore,
)


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's settings and ports."""

    settings: ShopSettings
    clock: Clock
    catalog: Catalog
    orders: OrderStore
    stock: StockStore
    payments: PaymentStore
    tokens: PaymentTokens
    bus: ShopBus
    provider: PaymentProvider
    queues: OperatorQueues
    cache: Cache = field(default_factory=Cache)
    """What this process remembers of the catalog."""
