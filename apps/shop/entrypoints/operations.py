"""Actions of operators, as apps/contracts/ops.json has them, whatever invokes them."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from apps.shop.application import operate
from apps.shop.application.shop import Shop
from apps.shop.application.show_records import show_record
from apps.shop.application.sweep import sweep
from apps.shop.domain.errors import ShopRefusalError
from apps.shop.entrypoints.problems import ApiProblem, problem_of

PAGE = 200
MOST_RESTOCKED = 1_000_000
MOST_REDRIVEN = 1_000
MOST_AHEAD = 86_400

Arguments = Mapping[str, Any]


def carry_out(shop: Shop, request: Any) -> dict[str, Any]:
    """Carry out an action.

    Args:
        shop: The shop.
        request: The action with its arguments.

    Raises:
        ApiProblem: the action or one of its arguments is unknown or bad; nothing was done.
    """
    if not isinstance(request, Mapping):
        raise ApiProblem("unknown_action", "Send a JSON object with an 'action'.")
    given: Arguments = {str(name): value for name, value in request.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    action = given.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        raise ApiProblem("unknown_action", f"No action {action!r:.60}; there are: {', '.join(sorted(ACTIONS))}.")
    do, takes = ACTIONS[action]
    unknown = sorted(set(given) - {"action", *takes})
    if unknown:
        known = ", ".join(takes) or "nothing"
        raise ApiProblem("unknown_argument", f"'{action}' takes {known}, not {', '.join(unknown)[:100]}.")
    try:
        return do(shop, given)
    except ShopRefusalError as error:
        raise problem_of(error) from error


def _seed(shop: Shop, _: Arguments) -> dict[str, Any]:
    return {"created": operate.seed(shop)}


def _restock(shop: Shop, request: Arguments) -> dict[str, Any]:
    sku, quantity = request.get("sku"), _whole(request, "quantity", MOST_RESTOCKED)
    if not isinstance(sku, str) or not 1 <= len(sku) <= 32:
        raise ApiProblem("bad_argument", f"sku is {sku!r:.60}; it must be the SKU of a product.")
    return {"sku": sku, "available": operate.restock(shop, sku, quantity)}


def _records(shop: Shop, request: Arguments) -> dict[str, Any]:
    stores = {"orders": shop.orders, "inventory": shop.stock, "payment": shop.payments}
    name, cursor = request.get("store"), request.get("cursor")
    if not isinstance(name, str) or name not in stores:
        raise ApiProblem("unknown_store", f"No store {name!r:.60}; there are: {', '.join(sorted(stores))}.")
    if cursor is not None and not isinstance(cursor, str):
        raise ApiProblem("bad_cursor", "cursor must be the one that the page before came with.")
    page = stores[name].records(cursor, PAGE)
    return {"store": name, "items": [show_record(record) for record in page.records], "cursor": page.cursor}


def _redrive(shop: Shop, request: Arguments) -> dict[str, Any]:
    limit, name = _whole(request, "limit", MOST_REDRIVEN, default=100), str(request.get("queue", ""))
    dry_run = request.get("dry_run", False)
    if not isinstance(dry_run, bool):
        raise ApiProblem("bad_argument", f"dry_run is {dry_run!r:.60}; it must be true or false.")
    if dry_run:
        shown = shop.queues.show_dead_letters(name, limit)
        letters = [asdict(letter) for letter in shown.letters]
        return {"queue": name, "found": shown.found, "moved": 0, "letters": letters}
    done = shop.queues.redrive(name, limit)
    return {"queue": name, "found": done.found, "moved": done.moved}


def _sweep(shop: Shop, request: Arguments) -> dict[str, Any]:
    if "ahead_seconds" not in request:
        return dict(sweep(shop))
    return dict(operate.sweep_ahead(shop, _whole(request, "ahead_seconds", MOST_AHEAD)))


def _whole(request: Arguments, name: str, most: int, default: int | None = None) -> int:
    value = request.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ApiProblem("bad_argument", f"{name} is {value!r:.60}; it must be a whole number from 1 to {most}.")
    return value


ACTIONS: Mapping[str, tuple[Callable[[Shop, Arguments], dict[str, Any]], tuple[str, ...]]] = {
    "records": (_records, ("store", "cursor")),
    "redrive": (_redrive, ("queue", "limit", "dry_run")),
    "restock": (_restock, ("sku", "quantity")),
    "seed": (_seed, ()),
    "sweep": (_sweep, ("ahead_seconds",)),
}
