"""Generated requests against the HTTP contract: valid ones, spoilt ones, and ones about what is there.

It needs schemathesis, which is a tool of development: nothing else of the trials imports this module.
"""

import copy
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis.strategies import SearchStrategy, one_of
from schemathesis import APIOperation, Case, CheckContext, GenerationMode, Response, checks
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from apps.contracts.documents import openapi, problems
from trials.client import Customer, ShopError, body, needs_environment_proxy
from trials.conformance import ApiCheckResult
from trials.customers import REQUEST_SECONDS, identity_headers

# What any path may answer, as the document's description says.
EVERYWHERE: Mapping[str, str] = {"404": "NoSuchPath", "405": "MethodNotAllowed", "413": "BodyTooLarge"}
# What a gateway may answer by itself, without a problem document.
GATEWAYS = frozenset({401, 404, 405, 413, 429})
TOO_MANY = 429
WAITS = (0.2, 0.4, 0.8)
"""Seconds between tries."""
PROBLEM = "application/problem+json"
SHOWN_CHARACTERS = 300


@dataclass(slots=True)
class RouteTraffic:
    """What one route was sent and answered."""

    statuses: Counter[int] = field(default_factory=Counter[int])
    codes: set[str] = field(default_factory=set[str])
    own: int = 0
    """Answers of the shop itself."""

    def __str__(self) -> str:
        counts = ", ".join(f"{count} x {status}" for status, count in sorted(self.statuses.items()))
        return f"{counts}{'; ' if self.codes else ''}{', '.join(sorted(self.codes))}"


def fuzz(base_url: str, *, token: str | None = None, examples: int = 25, number: int = 0) -> Iterator[ApiCheckResult]:
    """Check each route: no 5xx, and every answer of a documented status, type, header and body.

    The orders that it places are of cards that are declined, so that what they reserve goes back.

    Args:
        base_url: The shop's address.
        token: A customer's, where the API asks for one.
        examples: Requests to each route.
        number: The seed; the same makes the same requests.

    Raises:
        ShopError: the shop sells nothing, or does not answer; nothing can be proven on it.
    """
    customer = Customer(base_url, token=token, name=f"fuzz-{uuid.uuid4().hex[:12]}")
    try:
        existing = _find_existing(customer)
    finally:
        customer.close()
    session = requests.Session()
    session.headers.update(identity_headers(customer.name, token))
    session.trust_env = needs_environment_proxy(base_url)
    schema = schemathesis.openapi.from_dict(add_common_answers(openapi()))
    with session:
        for found in schema.get_all_operations():
            if not isinstance(found, Ok):
                raise found.err()
            operation = found.ok()
            yield _check(operation, _cases(operation, existing), session, base_url, examples, number)


def add_common_answers(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with what any path may answer written out for each."""
    whole = copy.deepcopy(dict(document))
    for item in whole["paths"].values():
        for method, operation in item.items():
            if method == "parameters":
                continue
            for status, name in EVERYWHERE.items():
                known = operation["responses"].get(status)
                names = [name, known["$ref"].rpartition("/")[2]] if known else [name]
                operation["responses"][status] = _any_of(whole["components"]["responses"], names)
    return whole


def check_problem_code(_: CheckContext, response: Response, case: Case) -> None:  # noqa: ARG001 - a check of schemathesis
    """A refusal's code is one of problems.json, of the API, and has its status."""
    if response.status_code < 400:
        return
    code = response.json().get("code")
    known = problems().get(code)
    assert known, f"code {code!r} is not in problems.json"  # noqa: S101 - how a check of schemathesis fails
    assert known["status"] == response.status_code, f"{code} is a {known['status']}, not {response.status_code}"  # noqa: S101
    assert "http" in known["of"], f"{code} is no problem of the API"  # noqa: S101


def _find_existing(customer: Customer) -> Mapping[str, str]:
    """A product and an order that exist, by the names of the paths' placeholders."""
    items = body(customer.get("/v1/products", limit=100)).get("items") or []
    if not items:
        msg = f"{customer.base_url} sells nothing; `scaleshop up` fills a sandbox's catalog"
        raise ShopError(msg)
    sku = str(items[0]["sku"])
    placed = body(customer.order({sku: 1}, token="decline"))  # noqa: S106 - a card of the test provider
    if "order_id" not in placed:
        msg = f"{customer.base_url} takes no order: {placed}"
        raise ShopError(msg)
    return {"sku": sku, "order_id": str(placed["order_id"])}


def _cases(operation: APIOperation[Any, Any, Any, Any], existing: Mapping[str, str]) -> SearchStrategy[Case]:
    named = {name: value for name, value in existing.items() if f"{{{name}}}" in operation.path}
    fixed: dict[str, Any] = {"path_parameters": named} if named else {}
    if operation.definition.raw.get("requestBody"):
        fixed["body"] = {"lines": [{"sku": existing["sku"], "quantity": 1}], "payment_token": "decline"}
    kinds = [operation.as_strategy(), operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)]
    return one_of(*kinds, operation.as_strategy(**fixed)) if fixed else one_of(*kinds)


def _check(
    operation: APIOperation[Any, Any, Any, Any],
    cases: SearchStrategy[Case],
    session: requests.Session,
    base_url: str,
    examples: int,
    number: int,
) -> ApiCheckResult:
    began, sent = time.monotonic(), RouteTraffic()

    @seed(number)
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        verbosity=Verbosity.quiet,
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
    )
    @given(case=cases)
    def send(case: Case) -> None:
        answer = _send_patiently(lambda: case.call(base_url=base_url, session=session, timeout=REQUEST_SECONDS))
        sent.statuses[answer.status_code] += 1
        kind = answer.headers.get("content-type", [""])[0]
        if answer.status_code in GATEWAYS and kind != PROBLEM:
            return
        sent.own += 1
        if kind == PROBLEM:
            sent.codes.add(str(answer.json().get("code")))
        case.validate_response(answer, checks=list(CHECKS))

    outcome: Literal["pass", "fail"] = "pass"
    try:
        send()
        detail = str(sent)
        if not sent.own:
            outcome, detail = "fail", f"nothing but a gateway's own answers: {sent}"
    except (AssertionError, FailureGroup, requests.RequestException) as error:
        outcome, detail = "fail", " ".join(str(error).split())[:SHOWN_CHARACTERS]
    name = f"{operation.method.upper()} {operation.path} answers as documented"
    return ApiCheckResult(name, outcome, detail, round(time.monotonic() - began, 2))


def _send_patiently(send: Callable[[], Response]) -> Response:
    """The answer to a request that is sent again while there are too many of them."""
    for wait in WAITS:
        answer = send()
        if answer.status_code != TOO_MANY:
            return answer
        time.sleep(wait)
    return send()


def _any_of(responses: Mapping[str, Any], names: list[str]) -> dict[str, Any]:
    if len(names) == 1:
        return {"$ref": f"#/components/responses/{names[0]}"}
    schemas = [responses[name]["content"][PROBLEM]["schema"] for name in names]
    text = " ".join(responses[name]["description"] for name in names)
    return {"description": text, "content": {PROBLEM: {"schema": {"anyOf": schemas}}}}


CHECKS = (
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    check_problem_code,
)
