"""Products as customers see them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """One thing to buy; its price in minor units (cents)."""

    sku: str
    name: str
    price_minor: int
    currency: str
    description: str | None = None
