"""What operators may do: actions of the `ops` entry point, as apps/contracts/ops.json has them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from apps.shop.application import ledger
from apps.shop.application.context import Shop
from apps.shop.application.healing import sweep
from apps.shop.application.stocking import stock_key
from apps.shop.domain.errors import Problem
from apps.shop.ports import Adjust, ConflictError, Key, Put, Table

CATALOGUE = Path(__file__).parents[1] / "catalogue.json"
PAGE = 200
MOST_RESTOCKED = 1_000_000
MOST_REDRIVEN = 1_000
MOST_AHEAD = 86_400

Arguments = Mapping[str, Any]


def operate(shop: Shop, request: Any) -> dict[str, Any]:
    """Carry out an action.

    Raises:
        Problem: the action or one of its arguments is unknown or bad; nothing was done.
    """
    if not isinstance(request, Mapping):
        raise Problem(400, "unknown_action", "Send a JSON object with an 'action'.")
    given: Arguments = {str(name): value for name, value in request.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    action = given.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise Problem(400, "unknown_action", f"No action {action!r:.60}; there are: {', '.join(sorted(ACTIONS))}.")
    carry_out, takes = ACTIONS[action]
    unknown = sorted(set(given) - {"action", *takes})
    if unknown:
        known = ", ".join(takes) or "nothing"
        raise Problem(400, "unknown_argument", f"'{action}' takes {known}, not {', '.join(unknown)[:100]}.")
    return carry_out(shop, given)


def _seed(shop: Shop, _: Arguments) -> dict[str, Any]:
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


def _restock(shop: Shop, request: Arguments) -> dict[str, Any]:
    """More of a product; not idempotent, like the pallet that it stands for."""
    sku, quantity = request.get("sku"), _whole(request, "quantity", MOST_RESTOCKED)
    if not isinstance(sku, str) or not 1 <= len(sku) <= 32:
        raise Problem(400, "bad_argument", f"sku is {sku!r:.60}; it must be the SKU of a product.")
    try:
        shop.inventory.commit([Adjust(stock_key(sku), {"available": quantity, "restocked": quantity})])
    except ConflictError:
        raise Problem(404, "product_not_found", f"No stock of '{sku}'.") from None
    return {"sku": sku, "available": int((shop.inventory.get(stock_key(sku)) or {})["available"])}


def _ledger(shop: Shop, request: Arguments) -> dict[str, Any]:
    """A page of everything a store holds, without secrets."""
    tables: Mapping[str, Table] = {"orders": shop.orders, "inventory": shop.inventory, "payments": shop.payments}
    name, cursor = request.get("table"), request.get("cursor")
    if not isinstance(name, str) or name not in tables:
        raise Problem(400, "unknown_table", f"No table {name!r:.60}; there are: {', '.join(sorted(tables))}.")
    match cursor:
        case None:
            start = None
        case [str(pk), str(sk)] if pk and sk:
            start = Key(pk, sk)
        case _:
            raise Problem(400, "bad_cursor", "cursor must be the one that the page before came with.")
    items, after = tables[name].scan(limit=PAGE, after=start)
    return {
        "table": name,
        "items": [ledger.shown(item) for item in items],
        "cursor": [after.pk, after.sk] if after else None,
    }


def _redrive(shop: Shop, request: Arguments) -> dict[str, Any]:
    limit = _whole(request, "limit", MOST_REDRIVEN, default=100)
    dry_run = request.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise Problem(400, "bad_argument", f"dry_run is {dry_run!r:.60}; it must be true or false.")
    return shop.queues.redrive(str(request.get("queue", "")), limit=limit, dry_run=dry_run)


def _sweep(shop: Shop, request: Arguments) -> dict[str, Any]:
    """A round of the sweeper; with `ahead_seconds` one whose clock is wrong."""
    if "ahead_seconds" not in request:
        return dict(sweep(shop))
    if not shop.settings.faults_enabled:
        raise Problem(403, "faults_disabled", "The settings allow no faults: rules.faults_enabled is false.")
    ahead, clock = timedelta(seconds=_whole(request, "ahead_seconds", MOST_AHEAD)), shop.clock
    return dict(sweep(replace(shop, clock=lambda: clock() + ahead)))


def _whole(request: Arguments, name: str, most: int, default: int | None = None) -> int:
    value = request.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise Problem(400, "bad_argument", f"{name} is {value!r:.60}; it must be a whole number from 1 to {most}.")
    return value


def _new(table: Table, item: dict[str, Any]) -> int:
    try:
        table.commit([Put(item)])
    except ConflictError:
        return 0
    return 1


ACTIONS: Mapping[str, tuple[Callable[[Shop, Arguments], dict[str, Any]], tuple[str, ...]]] = {
    "ledger": (_ledger, ("table", "cursor")),
    "redrive": (_redrive, ("queue", "limit", "dry_run")),
    "restock": (_restock, ("sku", "quantity")),
    "seed": (_seed, ()),
    "sweep": (_sweep, ("ahead_seconds",)),
}
