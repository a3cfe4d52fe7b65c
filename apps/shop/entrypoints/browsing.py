"""Routes that show products, and the probes."""

import hashlib
from functools import cache
from pathlib import Path

from apps.shop.application import catalogue
from apps.shop.application.context import Shop
from apps.shop.domain.errors import Problem
from apps.shop.entrypoints.http import Request, Response, Routes, cached, limited
from apps.shop.ports import Key

CONTRACT = Path(__file__).parents[2] / "contracts" / "openapi.yaml"
BROWSER_SECONDS = 5

_cache = catalogue.Cache()


def products(shop: Shop, request: Request) -> Response:
    """GET /v1/products."""
    limit, cursor = limited(request), request.query.get("cursor")
    body, age = _cache.get(f"page {limit} {cursor}", lambda: catalogue.products(shop, limit=limit, cursor=cursor))
    return cached(request, body, age, BROWSER_SECONDS)


def product(shop: Shop, request: Request) -> Response:
    """GET /v1/products/{sku}."""
    sku = request.parameters["sku"]
    body, age = _cache.get(f"product {sku}", lambda: catalogue.product(shop, sku))
    return cached(request, body, age, BROWSER_SECONDS)


def availability(shop: Shop, request: Request) -> Response:
    """GET /v1/products/{sku}/availability."""
    sku = request.parameters["sku"]
    body, age = _cache.get(f"stock {sku}", lambda: catalogue.availability(shop, sku))
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


@cache
def _contract() -> str:
    return hashlib.sha256(CONTRACT.read_bytes()).hexdigest()[:16]


ROUTES: Routes = {
    "GET /v1/products": products,
    "GET /v1/products/{sku}": product,
    "GET /v1/products/{sku}/availability": availability,
    "GET /healthz": health,
    "GET /readyz": ready,
    "GET /v1/meta": meta,
}
