"""`Check` refuses what AWS refuses: wrong inputs one at a time, and nothing that is right or not known yet."""

import copy
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from check_rows import Row, build_inputs, check_row, resources_of
from declaration_blocks import ACCOUNT, REGION
from declarations import BASES, declared_resources
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.wire import UNKNOWN
from sandbox.aws.catalog import REGISTRY
from sandbox.aws.checks import KnownResources, validate
from sandbox.aws.checks.core.input_view import InputView
from sandbox.aws.checks.core.operations import OPERATIONS
from sandbox.aws.checks.core.rules import RULES
from sandbox.aws.checks.core.service_models import compile_pattern, input_shape, member

FILES = sorted(Path(__file__).parent.glob("check_rows_*.py"))
ROWS: tuple[Row, ...] = tuple(row for file in FILES for row in importlib.import_module(file.stem).ROWS)
AUTONAMED = [name for name, (token, _) in BASES.items() if (handler := REGISTRY.find(token)) and handler.name_property]
# Where the unknown values of one run of the property lie: a seed for each leaf's choice.
CHOICES = st.randoms(use_true_random=False)


def messages_of(row: Row) -> list[str]:
    return [f"{failure.property}: {failure.reason}" for failure in check_row(row)]


def leaves(value: Any, route: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The routes to all values, blocks and lists too."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        yield (*route, key)
        yield from leaves(part, (*route, key))


def put_at(inputs: dict[str, Any], route: tuple[Any, ...], value: Any) -> None:
    """Put a value at a route, unless something above it was replaced before."""
    node: Any = inputs
    for part in route[:-1]:
        if not isinstance(node, dict | list):
            return
        node = node[part]
    if isinstance(node, dict | list):
        node[route[-1]] = value


def as_texts(value: Any) -> Any:
    """Numbers and truth values as texts, as another language's SDK may send them."""
    if isinstance(value, dict):
        return {key: as_texts(part) for key, part in value.items()}
    if isinstance(value, list):
        return [as_texts(part) for part in value]
    return str(value).lower() if isinstance(value, bool | int | float) else value


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_wrong_input_is_refused_with_its_place_its_value_and_the_fix(row: Row) -> None:
    assert messages_of(row) == [row.message]


@pytest.mark.parametrize("name", BASES)
def test_a_valid_declaration_passes(name: str) -> None:
    token, inputs = BASES[name]
    assert validate(token, name, copy.deepcopy(inputs), declared_resources()) == []


def test_every_rule_has_a_wrong_input_that_it_refuses() -> None:
    hit = {
        rule.name
        for row in ROWS
        for rule in RULES.get(row.token, ())
        if any(rule.check(InputView(build_inputs(row.base, row.change), name=row.base), resources_of(row)))
    }
    assert sorted({rule.name for rules in RULES.values() for rule in rules} - hit) == []


def test_every_rule_names_where_aws_documents_it() -> None:
    sources = {rule.source for rules in RULES.values() for rule in rules}
    assert sorted(source for source in sources if not source.startswith("https://docs.aws.amazon.com/")) == []


def test_every_type_of_the_catalog_is_checked_and_no_other() -> None:
    known = {entry.token for entry in REGISTRY.catalog()}
    assert set(OPERATIONS) == known
    assert set(RULES) <= known
    assert {token for token, _ in BASES.values()} == known


def test_every_mapping_leads_to_a_member_of_the_services_model() -> None:
    lost = [
        f"{token} {name}"
        for token, operations in OPERATIONS.items()
        for operation in operations
        for name, route in {**operation.names, "": operation.root}.items()
        if route and "." not in name
        if member(operation.service, input_shape(operation.service, operation.operation), route) is None
    ]
    assert lost == []


@settings(max_examples=400, deadline=None)
@given(name=st.sampled_from(sorted(BASES)), choice=CHOICES, share=st.sampled_from((0.05, 0.3, 0.7)))
def test_what_only_the_deployment_will_tell_is_never_judged(name: str, choice: Any, share: float) -> None:
    token, inputs = BASES[name]
    inputs = copy.deepcopy(inputs)
    for route in list(leaves(inputs)):
        if choice.random() < share:
            put_at(inputs, route, UNKNOWN)
    assert validate(token, name, inputs, declared_resources()) == []


@settings(max_examples=400, deadline=None)
@given(row=st.sampled_from(ROWS), choice=CHOICES)
def test_an_unknown_value_is_not_blamed_for_another_ones_fault(row: Row, choice: Any) -> None:
    inputs = build_inputs(row.base, row.change)
    for route in list(leaves(inputs)):
        if choice.random() < 0.3:
            put_at(inputs, route, UNKNOWN)
    for failure in validate(row.token, row.base, inputs, resources_of(row)):
        assert UNKNOWN not in failure.reason
        assert UNKNOWN not in failure.property


@pytest.mark.parametrize("name", BASES)
def test_numbers_and_truth_values_may_come_as_texts(name: str) -> None:
    token, inputs = BASES[name]
    assert validate(token, name, as_texts(inputs), declared_resources()) == []


def test_a_number_that_comes_as_a_text_is_measured_all_the_same() -> None:
    rows = [row for row in ROWS if any(isinstance(value, int) for value in row.change.values())]
    assert len(rows) > 50
    for row in rows:
        texts = Row(row.base, as_texts(row.change), row.message, row.beside, row.region)
        assert [text.replace('"', "") for text in messages_of(texts)] == [row.message.replace('"', "")]


def test_reservations_of_all_functions_are_measured_against_the_stated_quota() -> None:
    around = KnownResources(region=REGION, account=ACCOUNT, account_concurrency=150)
    token, inputs = BASES["function"]
    inputs = {key: value for key, value in inputs.items() if key != "deadLetterConfig"}
    assert validate(token, "a", {**inputs, "name": "a", "reservedConcurrentExecutions": 30}, around) == []
    # The same resource is checked again for its replacement and counts once.
    assert validate(token, "a", {**inputs, "name": "a-2", "reservedConcurrentExecutions": 30}, around) == []
    (failure,) = validate(token, "b", {**inputs, "name": "b", "reservedConcurrentExecutions": 21}, around)
    assert failure.reason == (
        "is 21; the account runs 150 at once and other functions reserve 30, and 100 stay unreserved: use 20 or "
        "less, or ask AWS for a higher quota"
    )


def test_what_lies_in_another_account_or_region_is_never_called_missing() -> None:
    around = KnownResources(region=REGION, account=ACCOUNT)
    queue = "aws:sqs/queue:Queue"
    assert around.is_missing(queue, f"arn:aws:sqs:{REGION}:{ACCOUNT}:gone")
    assert not around.is_missing(queue, f"arn:aws:sqs:eu-west-1:{ACCOUNT}:gone")
    assert not around.is_missing(queue, f"arn:aws:sqs:{REGION}:111122223333:gone")
    assert not around.is_missing(queue, UNKNOWN)
    assert not KnownResources(region=REGION, account=ACCOUNT, elsewhere=lambda token, name: True).is_missing(
        queue, "gone"
    )


def test_a_resource_is_found_by_name_arn_id_and_through_its_parts_until_it_is_gone() -> None:
    around = declared_resources()
    function, table = "aws:lambda/function:Function", "aws:dynamodb/table:Table"
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker"
    for reference in ("worker", arn, f"{arn}:live", "worker:live"):
        assert around.find(function, reference) is not None
    assert around.find(table, f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/orders/stream/1") is not None
    around.add_existing(function, "id", {"name": "made"}, {"arn": "arn:made"})
    assert around.find(function, "arn:made") == around.find(function, "id") == {"name": "made", "arn": "arn:made"}
    around.remove(function, "id")
    assert around.find(function, "made") is None
    assert around.find(function, "arn:made") is None


def test_two_resources_with_one_logical_name_are_not_taken_for_each_other() -> None:
    around = KnownResources(region=REGION, account=ACCOUNT)
    queue = "aws:sqs/queue:Queue"
    around.add_planned(queue, "queue", {"name": "a.fifo", "fifoQueue": True})
    around.add_planned(queue, "queue", {"name": "b"})
    assert around.find(queue, "a.fifo") == {"name": "a.fifo", "fifoQueue": True}


def test_a_pattern_that_python_could_take_minutes_over_is_left_out() -> None:
    assert compile_pattern(r"(.*[\n\r\t\f\ ]?)*") is None
    assert compile_pattern(r"[a-zA-Z0-9_.-]+") is not None


@pytest.mark.parametrize("logical", ["shop", "Shop-Thing", "a" * 300])
@pytest.mark.parametrize("name", AUTONAMED)
def test_an_automatic_name_is_one_that_the_service_takes(name: str, logical: str) -> None:
    token, inputs = BASES[name]
    handler = REGISTRY.find(token)
    assert handler is not None
    bare = {key: value for key, value in inputs.items() if key != handler.name_property}
    named = handler.add_name(logical, {}, bare, b"seed" * 8)
    assert validate(token, name, named, declared_resources()) == []


def test_a_policy_may_come_as_an_object_too() -> None:
    token, inputs = BASES["role"]
    trust = json.loads(inputs["assumeRolePolicy"])
    assert validate(token, "role", {**inputs, "assumeRolePolicy": trust}, declared_resources()) == []
    del trust["Statement"][0]["Principal"]
    (failure,) = validate(token, "role", {**inputs, "assumeRolePolicy": trust}, declared_resources())
    assert failure.reason == "Statement[0] has no Principal; say who is meant"
