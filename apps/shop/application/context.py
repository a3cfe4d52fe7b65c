"""What every use case works with."""

from dataclasses import dataclass, field

from apps.shop.application.cache import Cache
from apps.shop.config import ShopSettings
from apps.shop.ports import Bus, Clock, Psp, Queues, Table


@dataclass(frozen=True, slots=True)
class Shop:
    """The shop's settings and ports."""

    settings: ShopSettings
    clock: Clock
    catalog: Table
    orders: Table
    inventory: Table
    payments: Table
    bus: Bus
    psp: Psp
    queues: Queues
    cache: Cache = field(default_factory=Cache)
    """What this process remembers of the catalogue."""
