"""Routes that show products, and the probes."""

import hashlib
import re
from functools import cache

from apps.contracts import OPENAPI
from apps.shop.application import catalogue
from apps.shop.application.context import Shop
from apps.shop.domain.errors import Problem
from apps.shop.entrypoints.http import Request, Response, Routes, cached, limited
from apps.shop.ports import Key

BROWSER_SECONDS = 5
SKU = re.compile(r"[A-Z0-9-]{1,32}")


def products(shop: Shop, request: Request) -> Response:
    """GET /v1/products."""
    limit, cursor = limited(request), _cursor(request)
    body, age = shop.cache.get(f"page {limit} {cursor}", lambda: catalogue.products(shop, limit=limit, cursor=cursor))
    return cached(request, body, age, BROWSER_SECONDS)


def product(shop: Shop, request: Request) -> Response:
    """GET /v1/products/{sku}."""
    sku = _sku(request)
    body, age = shop.cache.get(f"product {sku}", lambda: catalogue.product(shop, sku))
    return cached(request, body, age, BROWSER_SECONDS)


def availability(shop: Shop, request: Request) -> Response:
    """GET /v1/products/{sku}/availability."""
    sku = _sku(request)
    body, age = shop.cache.get(f"stock {sku}", lambda: catalogue.availability(shop, sku))
    return cached(request, body, age, BROWSER_SECONDS)


def health(shop: Shop, request: Request) -> Response:
    """GET /healthz: this process answers."""
    return Response(200, {"status": "ok"}, {"cache-control": "no-store"})


def ready(shop: Shop, request: Request) -> Response:
    """GET /readyz: its store answers too."""
    try:
        shop.catalog.get(Key("CATALOG", "READY"))
    except Exception as error:  # whatever the store's SDK raises
        raise Problem(503, "not_ready", "The store does not answer.", retry_after=2) from error
    return Response(200, {"status": "ready"}, {"cache-control": "no-store"})


def meta(shop: Shop, request: Request) -> Response:
    """GET /v1/meta: what runs here."""
    body = {"platform": shop.settings.platform, "version": shop.settings.version, "contract": _contract()}
    return Response(200, body, {"cache-control": "no-store"})


def _sku(request: Request) -> str:
    sku = request.parameters["sku"]
    if not SKU.fullmatch(sku):  # stores have a longest key, and refuse what is longer
        raise Problem(404, "product_not_found", f"No product '{sku[:40]}'.")
    return sku


def _cursor(request: Request) -> str | None:
    cursor = request.query.get("cursor")
    if cursor is not None and not SKU.fullmatch(cursor):
        raise Problem(400, "bad_cursor", "cursor is not one that a page of products came with.")
    return cursor


@cache
def _contract() -> str:
    return hashlib.sha256(OPENAPI.read_bytes()).hexdigest()[:16]


ROUTES: Routes = {
    "GET /v1/products": products,
    "GET /v1/products/{sku}": product,
    "GET /v1/products/{sku}/availability": availability,
    "GET /healthz": health,
    "GET /readyz": ready,
    "GET /v1/meta": meta,
}
