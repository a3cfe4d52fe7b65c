"""What operators may do: actions of the `ops` entry point."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.application.healing import sweep
from apps.shop.application.stocking import stock_key
from apps.shop.domain.errors import Problem
from apps.shop.ports import Adjust, ConflictError, Key, Put, Table

CATALOGUE = Path(__file__).parents[1] / "catalogue.json"
PAGE = 200
HIDDEN = ("token", "body", "fingerprint")


def operate(shop: Shop, request: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out an action.

    Raises:
        Problem: the action or one of its arguments is unknown.
    """
    actions: Mapping[str, Callable[[Shop, Mapping[str, Any]], dict[str, Any]]] = {
        "seed": _seed,
        "restock": _restock,
        "ledger": _ledger,
        "redrive": _redrive,
        "sweep": lambda given, _: dict(sweep(given)),
    }
    action = request.get("action")
    if action not in actions:
        raise Problem(400, "unknown_action", f"No action '{action}'; there are: {', '.join(sorted(actions))}.")
    return actions[str(action)](shop, request)


def _seed(shop: Shop, _: Mapping[str, Any]) -> dict[str, Any]:
    """The demo catalogue and its stock; what is there stays as it is."""
    made = 0
    for product in json.loads(CATALOGUE.read_text()):
        sku, stock = product["sku"], product["stock"]
        shown = {k: v for k, v in product.items() if k != "stock"}
        record = {"pk": "CATALOG", "sk": f"SKU#{sku}", "kind": "product", **shown}
        counted = {"available": stock, "reserved": 0, "committed": 0, "initial": stock, "restocked": 0}
        key = stock_key(sku)
        made += _new(shop.inventory, {"pk": key.pk, "sk": key.sk, "kind": "stock", "sku": sku, **counted})
        made += _new(shop.catalog, record)
    return {"created": made}


def _restock(shop: Shop, request: Mapping[str, Any]) -> dict[str, Any]:
    sku, quantity = str(request.get("sku", "")), request.get("quantity")
    if not isinstance(quantity, int) or isinstance(quantity, bool) or quantity < 1:
        raise Problem(400, "bad_quantity", f"quantity is {quantity!r}; it must be a whole number above 0.")
    try:
        shop.inventory.commit([Adjust(stock_key(sku), {"available": quantity, "restocked": quantity})])
    except ConflictError:
        raise Problem(404, "product_not_found", f"No stock of '{sku}'.") from None
    return {"sku": sku, "available": int((shop.inventory.get(stock_key(sku)) or {})["available"])}


def _ledger(shop: Shop, request: Mapping[str, Any]) -> dict[str, Any]:
    """A page of everything a store holds, without secrets."""
    tables: Mapping[str, Table] = {"orders": shop.orders, "inventory": shop.inventory, "payments": shop.payments}
    name = request.get("table")
    if name not in tables:
        raise Problem(400, "unknown_table", f"No table '{name}'; there are: {', '.join(sorted(tables))}.")
    cursor = request.get("cursor")
    items, after = tables[str(name)].scan(limit=PAGE, after=Key(*cursor) if cursor else None)
    shown = [{k: v for k, v in item.items() if k not in HIDDEN} for item in items]
    return {"table": name, "items": shown, "cursor": [after.pk, after.sk] if after else None}


def _redrive(shop: Shop, request: Mapping[str, Any]) -> dict[str, Any]:
    limit = int(request.get("limit", 100))
    return shop.queues.redrive(str(request.get("queue", "")), limit=limit, dry_run=bool(request.get("dry_run")))


def _new(table: Table, item: dict[str, Any]) -> int:
    try:
        table.commit([Put(item)])
    except ConflictError:
        return 0
    return 1
