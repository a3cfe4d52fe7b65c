"""What operators do: seed, restock, read records, redrive, sweep."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from apps.shop.application.shop import Shop
from apps.shop.application.sweep import sweep
from apps.shop.domain.errors import FaultsDisabledError, ProductNotFoundError
from apps.shop.domain.products import Product
from apps.shop.domain.stock import StockLevel

CATALOG = Path(__file__).parents[1] / "catalog.json"


def seed(shop: Shop) -> int:
    """Put the demo catalog and its stock in place; what is there stays as it is. How many records are new."""
    made = 0
    for about in json.loads(CATALOG.read_text(encoding="utf-8")):
        count = about.pop("stock")
        level = StockLevel(about["sku"], available=count, reserved=0, committed=0, initial=count, restocked=0)
        made += shop.stock.add_level(level) + shop.catalog.add(Product(**about))
    return made


def restock(shop: Shop, sku: str, quantity: int) -> int:
    """Add to a product's stock; twice adds twice, like the pallet that it stands for. How many are available now.

    Raises:
        ProductNotFoundError: there is no stock of it.
    """
    level = shop.stock.level(sku) if shop.stock.restock(sku, quantity) else None
    if level is None:
        msg = f"No stock of '{sku}'."
        raise ProductNotFoundError(msg)
    return level.available


def sweep_ahead(shop: Shop, seconds: int) -> dict[str, int]:
    """A round of a sweeper whose clock is ahead.

    Raises:
        FaultsDisabledError: the settings allow no faults.
    """
    if not shop.settings.faults_enabled:
        msg = "The settings allow no faults: rules.faults_enabled is false."
        raise FaultsDisabledError(msg)
    clock = shop.clock
    return sweep(replace(shop, clock=lambda: clock() + timedelta(seconds=seconds)))
