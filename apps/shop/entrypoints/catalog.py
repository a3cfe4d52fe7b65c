"""Routes that show products, and the probes."""

import hashlib
import re
from dataclasses import asdict
from functools import cache
from typing import Any

from apps.contracts import OPENAPI
from apps.shop.application.browse_catalog import count_available, find_product, list_products
from apps.shop.application.cache import FRESH_SECONDS
from apps.shop.application.shop import Shop
from apps.shop.domain.errors import ProductNotFoundError
from apps.shop.domain.products import Product
from apps.shop.entrypoints.http import ApiRequest, ApiResponse, RouteTable, cacheable, page_limit
from apps.shop.entrypoints.problems import ApiProblem

BROWSER_SECONDS = 5
SKU = re.compile(r"[A-Z0-9-]{1,32}")


def list_page(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/products."""
    limit, cursor = page_limit(request), _cursor(request)

    def body() -> dict[str, Any]:
        page, after = list_products(shop, limit=limit, after=cursor)
        return {"items": [_product(product) for product in page], "next_cursor": after}

    return cacheable(request, *shop.cache.get(f"page {limit} {cursor}", body), BROWSER_SECONDS)


def show_product(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/products/{sku}."""
    sku = _sku(request)
    return cacheable(
        request, *shop.cache.get(f"product {sku}", lambda: _product(find_product(shop, sku))), BROWSER_SECONDS
    )


def show_availability(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/products/{sku}/availability."""
    sku = _sku(request)

    def body() -> dict[str, Any]:
        available = count_available(shop, sku)
        return {"sku": sku, "available": available, "max_staleness_seconds": int(FRESH_SECONDS)}

    return cacheable(request, *shop.cache.get(f"stock {sku}", body), BROWSER_SECONDS)


def show_health(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /healthz: this process answers."""
    return ApiResponse(200, {"status": "ok"}, {"cache-control": "no-store"})


def show_readiness(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /readyz: its store answers too."""
    try:
        shop.catalog.product("READY")
    except Exception as error:  # whatever the store's SDK raises
        raise ApiProblem("not_ready", "The store does not answer.", retry_after=2) from error
    return ApiResponse(200, {"status": "ready"}, {"cache-control": "no-store"})


def show_meta(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/meta: what runs here."""
    body = {"platform": shop.settings.platform, "version": shop.settings.version, "contract": _contract()}
    return ApiResponse(200, body, {"cache-control": "no-store"})


def _product(product: Product) -> dict[str, Any]:
    return {name: value for name, value in asdict(product).items() if value is not None}


def _sku(request: ApiRequest) -> str:
    sku = request.parameters["sku"]
    if not SKU.fullmatch(sku):  # stores have a longest key, and refuse what is longer
        msg = f"No product '{sku[:40]}'."
        raise ProductNotFoundError(msg)
    return sku


def _cursor(request: ApiRequest) -> str | None:
    cursor = request.query.get("cursor")
    if cursor is not None and not SKU.fullmatch(cursor):
        raise ApiProblem("bad_cursor", "cursor is not one that a page of products came with.")
    return cursor


@cache
def _contract() -> str:
    return hashlib.sha256(OPENAPI.read_bytes()).hexdigest()[:16]


ROUTES: RouteTable = {
    "GET /v1/products": list_page,
    "GET /v1/products/{sku}": show_product,
    "GET /v1/products/{sku}/availability": show_availability,
    "GET /healthz": show_health,
    "GET /readyz": show_readiness,
    "GET /v1/meta": show_meta,
}
