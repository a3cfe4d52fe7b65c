"""RouteTable that place orders and show them to those who placed them."""

import re
from dataclasses import asdict
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from apps.shop.application.cancel_order import cancel_order
from apps.shop.application.place_order import place_order
from apps.shop.application.shop import Shop
from apps.shop.application.show_orders import find_order, list_orders
from apps.shop.domain.errors import OrderNotFoundError
from apps.shop.domain.ids import is_id
from apps.shop.domain.orders import MAX_LINES, MAX_QUANTITY, SHOWN_TO_CUSTOMERS, Order
from apps.shop.entrypoints.http import ApiRequest, ApiResponse, RouteTable, identify_customer, page_limit
from apps.shop.entrypoints.problems import ApiProblem
from apps.shop.provider import TOKENS

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


def place(shop: Shop, request: ApiRequest) -> ApiResponse:
    """POST /v1/orders."""
    who = identify_customer(shop, request)
    key = request.headers.get("idempotency-key", "")
    if not KEY.fullmatch(key):
        detail = "Send an Idempotency-Key of 1 to 128 printable characters; the same one when you try again."
        raise ApiProblem("idempotency_key_required", detail)
    body = _body(request.body)
    if not shop.provider.accepts(body.payment_token):
        reason = f"the test provider knows {', '.join(TOKENS)}"
        fields = ({"field": "payment_token", "reason": reason},)
        raise ApiProblem("unknown_payment_token", f"payment_token: {reason}", fields=fields)
    placed = place_order(shop, who, key, _merge_lines(body), body.payment_token)
    headers = {**UNSTORED, "location": f"/v1/orders/{placed.order.order_id}"}
    if placed.replayed:
        headers["idempotency-replayed"] = "true"
    return ApiResponse(202, order_body(placed.order), headers)


def show(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/orders/{order_id}: reads what was written."""
    who = identify_customer(shop, request)
    return ApiResponse(200, order_body(find_order(shop, _order_id(request), who).state), UNSTORED)


def list_page(shop: Shop, request: ApiRequest) -> ApiResponse:
    """GET /v1/orders: the customer's orders, newest first; may lag a moment behind."""
    who, limit = identify_customer(shop, request), page_limit(request)
    page, after = list_orders(shop, who, limit=limit, after=_cursor(request))
    body = {"items": [order_body(order) for order in page], "next_cursor": None if after is None else "~".join(after)}
    return ApiResponse(200, body, UNSTORED)


def cancel(shop: Shop, request: ApiRequest) -> ApiResponse:
    """POST /v1/orders/{order_id}/cancel."""
    who = identify_customer(shop, request)
    return ApiResponse(200, order_body(cancel_order(shop, _order_id(request), who)), UNSTORED)


def order_body(order: Order) -> dict[str, Any]:
    """An order as its customer sees it."""
    values = {**asdict(order), "lines": [asdict(line) for line in order.lines]}
    return {name: values[name] for name in SHOWN_TO_CUSTOMERS if values[name] is not None}


def _order_id(request: ApiRequest) -> str:
    order_id = request.parameters["order_id"]
    if not is_id(order_id):  # stores have a longest key, and refuse what is longer
        msg = f"No order {order_id[:40]} of yours."
        raise OrderNotFoundError(msg)
    return order_id


def _cursor(request: ApiRequest) -> tuple[str, str] | None:
    cursor = request.query.get("cursor")
    if cursor is None:
        return None
    placed_at, _, order_id = cursor.partition("~")
    if not MOMENT.fullmatch(placed_at) or not is_id(order_id):
        raise ApiProblem("bad_cursor", "cursor is not one that a page of orders came with.")
    return placed_at, order_id


def _body(raw: bytes) -> OrderBody:
    try:
        body = OrderBody.model_validate_json(raw)
    except ValidationError as error:
        fields = tuple(_field(dict(part)) for part in error.errors()[:20])
        detail = "; ".join(f"{part['field']}: {part['reason']}" for part in fields[:3])
        if error.errors()[0]["type"] == "json_invalid":
            raise ApiProblem("not_json", detail) from None
        raise ApiProblem("bad_order", detail, fields=fields) from None
    return body


def _merge_lines(body: OrderBody) -> dict[str, int]:
    merged: dict[str, int] = {}
    for line in body.lines:
        merged[line.sku] = merged.get(line.sku, 0) + line.quantity
    over = sorted(sku for sku, quantity in merged.items() if quantity > MAX_QUANTITY)
    if over:
        reason = f"at most {MAX_QUANTITY} of one product ({', '.join(over)})"
        raise ApiProblem("bad_order", f"lines: {reason}", fields=({"field": "lines", "reason": reason},))
    return merged


def _field(error: dict[str, Any]) -> dict[str, str]:
    where = ".".join(str(part) for part in error["loc"]) or "body"
    return {"field": where[:100], "reason": str(error["msg"])}


ROUTES: RouteTable = {
    "POST /v1/orders": place,
    "GET /v1/orders": list_page,
    "GET /v1/orders/{order_id}": show,
    "POST /v1/orders/{order_id}/cancel": cancel,
}
