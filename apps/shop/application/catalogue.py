"""Browsing: products, and how many there were a moment ago."""

from typing import Any

from apps.shop.application.cache import FRESH_SECONDS
from apps.shop.application.context import Shop
from apps.shop.application.stocking import stock_key
from apps.shop.domain.errors import Problem
from apps.shop.ports import Item, Key


def products(shop: Shop, *, limit: int, cursor: str | None) -> dict[str, Any]:
    """A page of products in order of their SKU."""
    found = shop.catalog.page("CATALOG", "SKU#", limit=limit + 1, after=f"SKU#{cursor}" if cursor else None)
    page = [_public(item) for item in found[:limit]]
    return {"items": page, "next_cursor": page[-1]["sku"] if len(found) > limit else None}


def product(shop: Shop, sku: str) -> dict[str, Any]:
    """One product.

    Raises:
        Problem: there is none.
    """
    found = shop.catalog.get(Key("CATALOG", f"SKU#{sku}"))
    if found is None:
        raise Problem(404, "product_not_found", f"No product '{sku}'.")
    return _public(found)


def availability(shop: Shop, sku: str) -> dict[str, Any]:
    """How many of a product could be reserved: advisory, the reservation decides.

    Raises:
        Problem: there is no such product.
    """
    product(shop, sku)
    stock = shop.inventory.get(stock_key(sku))
    return {
        "sku": sku,
        "available": int(stock["available"]) if stock else 0,
        "max_staleness_seconds": int(FRESH_SECONDS),
    }


def _public(item: Item) -> dict[str, Any]:
    return {name: item[name] for name in ("sku", "name", "description", "price_minor", "currency") if name in item}
