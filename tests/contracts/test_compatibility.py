"""What the shop says and takes still fits those who keep to the last release, and what would not is named."""

import copy
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.contract_changes import current_contracts, find_changes, last_release, may_break, refusal

Contracts = dict[str, Any]
Alter = Callable[[Contracts], object]
RESERVED = "shop.stock.reserved.v1"


def test_nothing_breaks_users_of_the_last_release() -> None:
    now, found = current_contracts(), find_changes(last_release(), current_contracts())
    assert not found or may_break(last_release()["version"], now["version"]), refusal(found, now["version"])


@pytest.mark.parametrize(
    ("old", "new", "allowed"),
    [("0.1.0", "0.1.9", False), ("0.1.0", "0.2.0", True), ("1.2.0", "1.3.0", False), ("1.9.9", "2.0.0", True)],
)
def test_only_a_version_that_says_so_may_break(old: str, new: str, allowed: bool) -> None:
    assert may_break(old, new) is allowed


def order_request(c: Contracts) -> Any:
    return c["openapi"]["components"]["schemas"]["OrderRequest"]


def order(c: Contracts) -> Any:
    return c["openapi"]["components"]["schemas"]["Order"]


def event(c: Contracts, name: str = RESERVED) -> Any:
    return c["events"][name]


def placing(c: Contracts) -> Any:
    return c["openapi"]["paths"]["/v1/orders"]["post"]


def action(c: Contracts, name: str) -> Any:
    return c["ops"]["$defs"][name]


def gone_event(c: Contracts) -> None:
    del c["events"][RESERVED]
    branches = c["events"]["envelope"]["allOf"]
    branches[:] = [branch for branch in branches if branch["if"]["properties"]["type"]["const"] != RESERVED]


BREAKS: list[tuple[str, Alter, str]] = [
    (
        "an event loses a field",
        lambda c: (event(c)["properties"].pop("expires_at"), event(c)["required"].remove("expires_at")),
        f"{RESERVED}/data/expires_at: may be absent",
    ),
    (
        "an event's field becomes optional",
        lambda c: event(c)["required"].remove("expires_at"),
        f"{RESERVED}/data/expires_at: may be absent",
    ),
    (
        "an event gains a field that consumers need",
        lambda c: (event(c)["properties"].update(depot={"type": "string"}), event(c)["required"].append("depot")),
        f"{RESERVED}/data/depot: is required now; events of the last release lack it",
    ),
    (
        "an event's field changes its type",
        lambda c: event(c)["properties"].update(expires_at={"type": "integer"}),
        f"{RESERVED}/data/expires_at: the last release never sent integer",
    ),
    (
        "an event's amount may be negative",
        lambda c: c["events"]["envelope"]["$defs"]["minor"].update(minimum=-1),
        "total_minor: the last release never sent minimum -1 instead of 0",
    ),
    (
        "a reason is new to consumers",
        lambda c: event(c, "shop.order.cancelled.v1")["properties"]["reason"]["enum"].append("FRAUD"),
        "shop.order.cancelled.v1/data/reason: the last release never sent 'FRAUD'",
    ),
    (
        "a reason of events under way is gone",
        lambda c: event(c, "shop.order.cancelled.v1")["properties"]["reason"]["enum"].remove("EXPIRED"),
        "shop.order.cancelled.v1/data/reason: 'EXPIRED' of the last release is refused now",
    ),
    ("an event is gone", gone_event, f"{RESERVED}: it is gone"),
    (
        "an event is published no more",
        lambda c: event(c).update(deprecated=True),
        f"{RESERVED}: it is published no more; consumers wait for it",
    ),
    (
        "a route is gone",
        lambda c: c["openapi"]["paths"].pop("/v1/orders/{order_id}/cancel"),
        "POST /v1/orders/{order_id}/cancel: it is gone",
    ),
    (
        "a request needs a new field",
        lambda c: (
            order_request(c)["properties"].update(email={"type": "string"}),
            order_request(c)["required"].append("email"),
        ),
        "POST /v1/orders body/email: is required now",
    ),
    (
        "a request's field is refused",
        lambda c: (order_request(c)["properties"].pop("payment_token"), order_request(c)["required"].pop()),
        "POST /v1/orders body/payment_token: it is refused now",
    ),
    (
        "a request may hold less",
        lambda c: order_request(c)["properties"]["lines"].update(maxItems=5),
        "POST /v1/orders body/lines: maxItems 20 instead of 5 is refused now",
    ),
    (
        "a header is asked for",
        lambda c: placing(c)["parameters"].append(
            {"name": "X-Shop", "in": "header", "required": True, "schema": {"type": "string"}}
        ),
        "POST /v1/orders header X-Shop: is required now",
    ),
    (
        "a key may be shorter",
        lambda c: placing(c)["parameters"][0]["schema"].update(pattern="^[a-z]{1,16}$"),
        "POST /v1/orders header Idempotency-Key: 'pattern' changed",
    ),
    (
        "an answer loses a field",
        lambda c: (order(c)["properties"].pop("currency"), order(c)["required"].remove("currency")),
        "GET /v1/orders/{order_id} 200/currency: may be absent",
    ),
    (
        "an answer has a new state",
        lambda c: order(c)["properties"]["state"]["enum"].append("SHIPPED"),
        "POST /v1/orders 202/state: the last release never sent 'SHIPPED'",
    ),
    (
        "another status means success",
        lambda c: placing(c)["responses"].update({"201": placing(c)["responses"].pop("202")}),
        "POST /v1/orders 202: it is gone",
    ),
    (
        "an answer's header may be absent",
        lambda c: placing(c)["responses"]["202"]["headers"]["Location"].update(required=False),
        "POST /v1/orders 202 Location: may be absent",
    ),
    (
        "a public route asks who calls",
        lambda c: c["openapi"]["paths"]["/v1/products"]["get"].pop("security"),
        "GET /v1/products: it asks who calls",
    ),
    (
        "a code has another status",
        lambda c: c["problems"]["shop_full"].update(status=429),
        "problem shop_full: its status was 503, is 429",
    ),
    ("a code is gone", lambda c: c["problems"].pop("key_reused"), "problem key_reused: it is gone"),
    (
        "an action needs a new argument",
        lambda c: action(c, "redrive")["required"].append("limit"),
        "ops redrive/limit: is required now",
    ),
    (
        "an action's answer loses a field",
        lambda c: action(c, "swept")["required"].remove("settled"),
        "ops sweep answer/settled: may be absent",
    ),
    (
        "records are of a new kind",
        lambda c: action(c, "record")["oneOf"].append({"properties": {"kind": {"const": "audit"}}}),
        "ops records answer/items[]: the last release never sent audit",
    ),
]


@pytest.mark.parametrize(("alter", "said"), [b[1:] for b in BREAKS], ids=[b[0] for b in BREAKS])
def test_a_change_that_breaks_somebody_is_named(alter: Alter, said: str) -> None:
    changed = copy.deepcopy(current_contracts())
    alter(changed)
    found = find_changes(current_contracts(), changed)
    assert any(said in why for why in found), found


FITS: list[tuple[str, Alter]] = [
    ("nothing", lambda c: None),
    ("an event says more", lambda c: event(c)["properties"].update(depot={"type": "string"})),
    ("another event", lambda c: new_type(c, "shop.order.shipped.v1")),
    ("a route more", lambda c: c["openapi"]["paths"].update({"/v1/carts": {"get": placing(c)}})),
    ("a request may say more", lambda c: order_request(c)["properties"].update(note={"type": "string"})),
    ("a request may hold more", lambda c: order_request(c)["properties"]["lines"].update(maxItems=50)),
    ("an answer says more", lambda c: order(c)["properties"].update(gift={"type": "boolean"})),
    (
        "an optional parameter",
        lambda c: placing(c)["parameters"].append({**placing(c)["parameters"][0], "name": "X", "required": False}),
    ),
    ("a refusal more", lambda c: placing(c)["responses"].update({"402": placing(c)["responses"]["400"]})),
    ("a code more", lambda c: c["problems"].update(gone={"status": 410, "of": ["http"], "meaning": "."})),
    ("words", lambda c: order(c)["properties"]["state"].update(description="Another text.")),
]


def new_type(c: Contracts, name: str) -> None:
    c["events"][name] = {**event(c), "$id": f"https://schemas.shop.example/events/{name}.json"}
    envelope = c["events"]["envelope"]
    envelope["properties"]["type"]["enum"].append(name)
    branch = copy.deepcopy(envelope["allOf"][0])
    branch["if"]["properties"]["type"]["const"] = name
    envelope["allOf"].append(branch)


@pytest.mark.parametrize("alter", [f[1] for f in FITS], ids=[f[0] for f in FITS])
def test_a_change_that_breaks_nobody_is_let_through(alter: Alter) -> None:
    changed = copy.deepcopy(current_contracts())
    alter(changed)
    assert find_changes(current_contracts(), changed) == []
