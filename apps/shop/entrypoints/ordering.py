"""Routes that place orders and show them to those who placed them."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apps.shop.application import ordering, placing
from apps.shop.application.context import Shop
from apps.shop.domain.errors import Problem
from apps.shop.domain.ids import is_id
from apps.shop.domain.orders import MAX_LINES, MAX_QUANTITY
from apps.shop.entrypoints.http import Request, Response, Routes, customer, limited
from apps.shop.psp import TOKENS

KEY = re.compile(r"[\x21-\x7e]{1,128}")
MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
UNSTORED = {"cache-control": "no-store"}


class LineBody(BaseModel):
    """One product of an order."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sku: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,32}$")]
    quantity: Annotated[int, Field(ge=1, le=MAX_QUANTITY)]


class OrderBody(BaseModel):
    """What POST /v1/orders takes."""

    model_config = ConfigDict(extra="forbid", strict=True)

    lines: Annotated[list[LineBody], Field(min_length=1, max_length=MAX_LINES)]
    payment_token: Annotated[str, Field(min_length=1, max_length=64)]


def place(shop: Shop, request: Request) -> Response:
    """POST /v1/orders."""
    who = customer(shop, request)
    key = request.headers.get("idempotency-key", "")
    if not KEY.fullmatch(key):
        detail = "Send an Idempotency-Key of 1 to 128 printable characters; the same one when you try again."
        raise Problem(400, "idempotency_key_required", detail)
    body = _body(request.body)
    placed = placing.place(shop, who, key, _merged(body), body.payment_token)
    headers = {**UNSTORED, "location": f"/v1/orders/{placed.order_id}"}
    if placed.replayed:
        headers["idempotency-replayed"] = "true"
    return Response(202, placed.body, headers)


def show(shop: Shop, request: Request) -> Response:
    """GET /v1/orders/{order_id}: reads what was written."""
    who = customer(shop, request)
    found = ordering.find(shop, _order_id(request), who)
    return Response(200, placing.public(found), UNSTORED)


def history(shop: Shop, request: Request) -> Response:
    """GET /v1/orders: the customer's orders, newest first; may lag a moment behind."""
    who, limit = customer(shop, request), limited(request)
    found = shop.orders.of_customer(who, limit=limit + 1, after=_cursor(request))
    page = [placing.public(item) for item in found[:limit]]
    more = "~".join((page[-1]["placed_at"], page[-1]["order_id"])) if len(found) > limit else None
    return Response(200, {"items": page, "next_cursor": more}, UNSTORED)


def cancel(shop: Shop, request: Request) -> Response:
    """POST /v1/orders/{order_id}/cancel."""
    who = customer(shop, request)
    return Response(200, ordering.cancel(shop, _order_id(request), who), UNSTORED)


def _order_id(request: Request) -> str:
    order_id = request.parameters["order_id"]
    if not is_id(order_id):  # stores have a longest key, and refuse what is longer
        raise Problem(404, "order_not_found", f"No order {order_id[:40]} of yours.")
    return order_id


def _cursor(request: Request) -> tuple[str, str] | None:
    cursor = request.query.get("cursor")
    if cursor is None:
        return None
    placed_at, _, order_id = cursor.partition("~")
    if not MOMENT.fullmatch(placed_at) or not is_id(order_id):
        raise Problem(400, "bad_cursor", "cursor is not one that a page of orders came with.")
    return placed_at, order_id


def _body(raw: bytes) -> OrderBody:
    try:
        body = OrderBody.model_validate_json(raw)
    except ValidationError as error:
        fields = tuple(_field(dict(part)) for part in error.errors()[:20])
        detail = "; ".join(f"{part['field']}: {part['reason']}" for part in fields[:3])
        if error.errors()[0]["type"] == "json_invalid":
            raise Problem(400, "not_json", detail) from None
        raise Problem(422, "bad_order", detail, fields=fields) from None
    if body.payment_token not in TOKENS:
        reason = f"the test provider knows {', '.join(TOKENS)}"
        fields = ({"field": "payment_token", "reason": reason},)
        raise Problem(422, "unknown_payment_token", f"payment_token: {reason}", fields=fields)
    return body


def _merged(body: OrderBody) -> dict[str, int]:
    merged: dict[str, int] = {}
    for line in body.lines:
        merged[line.sku] = merged.get(line.sku, 0) + line.quantity
    over = sorted(sku for sku, quantity in merged.items() if quantity > MAX_QUANTITY)
    if over:
        reason = f"at most {MAX_QUANTITY} of one product ({', '.join(over)})"
        raise Problem(422, "bad_order", f"lines: {reason}", fields=({"field": "lines", "reason": reason},))
    return merged


def _field(error: dict[str, Any]) -> dict[str, str]:
    where = ".".join(str(part) for part in error["loc"]) or "body"
    return {"field": where[:100], "reason": str(error["msg"])}


ROUTES: Routes = {
    "POST /v1/orders": place,
    "GET /v1/orders": history,
    "GET /v1/orders/{order_id}": show,
    "POST /v1/orders/{order_id}/cancel": cancel,
}
