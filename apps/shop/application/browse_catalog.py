"""Browsing: products, and how many there were a moment ago."""

from collections.abc import Sequence

from apps.shop.application.shop import Shop
from apps.shop.domain.errors import ProductNotFoundError
from apps.shop.domain.products import Product


def list_products(shop: Shop, *, limit: int, after: str | None) -> tuple[Sequence[Product], str | None]:
    """A page of products in order of their SKU, and after which of them the next one begins."""
    found = shop.catalog.page(limit + 1, after)
    page = found[:limit]
    return page, page[-1].sku if len(found) > limit else None


def find_product(shop: Shop, sku: str) -> Product:
    """One product.

    Raises:
        ProductNotFoundError: there is none.
    """
    found = shop.catalog.product(sku)
    if found is None:
        msg = f"No product '{sku}'."
        raise ProductNotFoundError(msg)
    return found


def count_available(shop: Shop, sku: str) -> int:
    """How many of a product could be reserved: advisory, the reservation decides.

    Raises:
        ProductNotFoundError: there is no such product.
    """
    find_product(shop, sku)
    level = shop.stock.level(sku)
    return 0 if level is None else level.available
