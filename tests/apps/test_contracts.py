"""The contracts are valid, complete, and the same as what the shop does."""

import ast
import inspect
import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from shop_client import ROUTES
from shop_contract import check_event, document, registry
from shop_world import START

import apps.shop
from apps.contracts.documents import events, ops, problems
from apps.contracts.routes import ApiUnit, routes_of
from apps.shop.application.show_records import FIELDS
from apps.shop.domain import errors, orders
from apps.shop.domain.events import ORDER_PLACED_V1, PUBLISHED, SECRETS, TYPES, make_event
from apps.shop.domain.ids import new_id
from apps.shop.entrypoints import catalog, checkout
from apps.shop.entrypoints.checkout import LineBody, OrderBody
from apps.shop.entrypoints.operations import ACTIONS
from apps.shop.entrypoints.problems import MEANINGS

SHOP = Path(inspect.getfile(apps.shop)).parent
# What application and adapters raise, by whom it may be answered to.
ANSWERS: dict[str, set[type[Exception]]] = {
    "http": {
        errors.KeyReusedError,
        errors.OrderConfirmedError,
        errors.OrderInFlightError,
        errors.OrderNotFoundError,
        errors.ProductNotFoundError,
        errors.ShopFullError,
        errors.TryAgainError,
        errors.UnknownSkuError,
    },
    "ops": {
        errors.BadCursorError,
        errors.FaultsDisabledError,
        errors.ProductNotFoundError,
        errors.UnknownQueueError,
    },
}


def answer_codes() -> dict[str, set[str]]:
    """Every code that the entry points raise or make of an error, by who gets it."""
    found = {of: {MEANINGS[error][0] for error in raised} for of, raised in ANSWERS.items()}
    for path in (SHOP / "entrypoints").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ApiProblem":
                (code, *_) = node.args
                if isinstance(code, ast.Constant):
                    found["ops" if path.name == "operations.py" else "http"].add(str(code.value))
    return found


def test_every_code_that_the_shop_answers_is_listed() -> None:
    for of, codes in answer_codes().items():
        assert codes == {code for code, problem in problems().items() if of in problem["of"]}, of


def test_every_error_of_the_shop_has_a_meaning() -> None:
    refusals = {e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.ShopRefusalError)}
    assert set(MEANINGS) == {*refusals, errors.TryAgainError} - {errors.ShopRefusalError}
    assert set().union(*ANSWERS.values()) == set(MEANINGS)


def test_only_the_entry_points_know_of_problems() -> None:
    others = [path for path in SHOP.rglob("*.py") if "entrypoints" not in path.parts]
    assert [path.name for path in others if "problem" in path.read_text().lower()] == []


def test_the_api_names_every_code_of_its_own_and_no_other() -> None:
    schemas = document()["components"]["schemas"].values()
    named = {code for schema in schemas for code in schema.get("properties", {}).get("code", {}).get("enum", [])}
    assert named == {code for code, problem in problems().items() if "http" in problem["of"]}


def test_the_operators_contract_names_every_code_of_its_own_and_no_other() -> None:
    named = ops()["$defs"]["refused"]["properties"]["problem"]["properties"]["code"]["enum"]
    assert set(named) == {code for code, problem in problems().items() if "ops" in problem["of"]}


def test_the_openapi_document_is_valid() -> None:
    errors = [error.message for error in OpenAPIV31SpecValidator(json.loads(json.dumps(document()))).iter_errors()]
    assert errors == []


def test_every_route_is_described_and_every_description_is_a_route() -> None:
    described = {f"{m.upper()} {path}" for path, item in document()["paths"].items() for m in item if m != "parameters"}
    assert described == set(ROUTES)


@pytest.mark.parametrize(("unit", "module"), [("catalog", catalog), ("checkout", checkout)])
def test_each_unit_serves_the_routes_that_the_document_gives_it(unit: ApiUnit, module: ModuleType) -> None:
    assert {route.key for route in routes_of(unit)} == set(module.ROUTES)


def test_everything_of_a_customer_needs_one_and_the_rest_does_not() -> None:
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                assert ("security" not in operation) == path.startswith("/v1/orders"), f"{method} {path}"


def test_the_documents_bounds_are_the_shops() -> None:
    schema = document()["components"]["schemas"]["OrderRequest"]["properties"]
    assert schema["lines"]["maxItems"] == orders.MAX_LINES
    assert schema["lines"]["items"]["properties"]["quantity"]["maximum"] == orders.MAX_QUANTITY
    assert set(schema) == set(OrderBody.model_fields)
    assert set(schema["lines"]["items"]["properties"]) == set(LineBody.model_fields)


def test_states_and_reasons_are_the_shops() -> None:
    schema = document()["components"]["schemas"]["Order"]["properties"]
    assert set(schema["state"]["enum"]) == {orders.PENDING, orders.RESERVED, orders.CONFIRMED, orders.CANCELLED}
    reasons = {orders.OUT_OF_STOCK, orders.PAYMENT_DECLINED, orders.EXPIRED, orders.CUSTOMER}
    assert set(schema["reason"]["enum"]) == reasons
    assert set(events()["shop.order.cancelled.v1"]["properties"]["reason"]["enum"]) == reasons


def test_every_event_type_has_a_schema_and_every_schema_a_type() -> None:
    assert set(events()) == {"envelope", *TYPES}
    envelope = events()["envelope"]
    assert sorted(envelope["properties"]["type"]["enum"]) == sorted(TYPES)
    assert sorted(part["if"]["properties"]["type"]["const"] for part in envelope["allOf"]) == sorted(TYPES)


@pytest.mark.parametrize("name", ["envelope", *TYPES])
def test_event_schemas_are_valid_and_live_where_events_say(name: str) -> None:
    schema = events()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["$id"] == f"https://schemas.shop.example/events/{name}.json"
    assert all(registry().resolver(schema["$id"]).lookup(ref) for ref in _references(schema))


@pytest.mark.parametrize("type_", TYPES)
def test_an_event_without_its_data_is_refused_by_its_schema(type_: str) -> None:
    empty = make_event("shop.orders", type_, new_id(), sequence=1, now=START, data={}).envelope()
    with pytest.raises(AssertionError):
        check_event(empty)


def test_the_operators_contract_is_valid_and_knows_every_action() -> None:
    Draft202012Validator.check_schema(ops())
    requests = [s["properties"] for s in ops()["$defs"].values() if "action" in s.get("properties", {})]
    known = {p["action"]["const"]: set(p) - {"action"} for p in requests}
    assert known == {action: set(takes) for action, (_, takes) in ACTIONS.items()}


def test_the_records_fields_are_those_of_the_contract() -> None:
    described = {
        record["properties"]["kind"]["const"]: set(record["properties"]) - {"kind"}
        for record in ops()["$defs"]["record"]["oneOf"]
    }
    assert described == {kind: set(fields) for kind, fields in FIELDS.values()}


def test_what_schemas_mark_as_secret_is_what_the_shop_hides() -> None:
    fields = {(type_, name): about for type_, s in events().items() for name, about in s["properties"].items()}
    marked = {field for field, about in fields.items() if about.get("x-secret")}
    assert marked == {(ORDER_PLACED_V1, name) for name in SECRETS}, "what is published has no secrets"
    suspicious = re.compile(r"token|secret|password|card|iban|pan\b")
    assert {field for field in fields if suspicious.search(field[1])} == marked


def test_what_the_shop_publishes_no_more_is_marked_so() -> None:
    deprecated = {type_ for type_, schema in events().items() if schema.get("deprecated")}
    assert deprecated == set(TYPES) - set(PUBLISHED)


def _references(schema: Any) -> list[str]:
    if isinstance(schema, dict):
        return [ref for name, value in schema.items() for ref in ([value] if name == "$ref" else _references(value))]
    return [ref for part in schema for ref in _references(part)] if isinstance(schema, list) else []
