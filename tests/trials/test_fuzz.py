"""Generated requests: the shop answers all of them as its contract says, and one that does not is caught."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from local_server import Answer, http_server
from memory_platform import MemoryPlatform, memory_platform

from apps.contracts.documents import openapi
from trials.client import ShopError
from trials.conformance import ApiCheckResult
from trials.fuzz import fuzz

EXAMPLES = 60
Lie = Callable[[int, Mapping[str, str], bytes], Answer]


@pytest.fixture(scope="module")
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, pytest.MonkeyPatch.context() as patch:
        patch.setattr("trials.fuzz.WAITS", (0.01, 0.02))
        yield running


@pytest.fixture(scope="module")
def found(platform: MemoryPlatform) -> Mapping[str, ApiCheckResult]:
    return check_routes(platform.base_url)


def check_routes(url: str, examples: int = EXAMPLES) -> dict[str, ApiCheckResult]:
    return {result.check.removesuffix(" answers as documented"): result for result in fuzz(url, examples=examples)}


def test_every_route_answers_generated_requests_as_documented(found: Mapping[str, ApiCheckResult]) -> None:
    described = {f"{m.upper()} {path}" for path, item in openapi()["paths"].items() for m in item if m != "parameters"}
    assert {name: v.detail for name, v in found.items() if v.outcome != "pass"} == {}
    assert found.keys() == described


def test_requests_reach_what_is_there_and_what_is_not(found: Mapping[str, ApiCheckResult]) -> None:
    assert {"202", "400", "422"} <= statuses(found["POST /v1/orders"])
    assert {"200", "404"} <= statuses(found["GET /v1/orders/{order_id}"])
    assert {"200", "404"} <= statuses(found["GET /v1/products/{sku}"])


def statuses(result: ApiCheckResult) -> set[str]:
    return {part.rpartition(" x ")[2] for part in result.detail.partition(";")[0].split(", ")}


def a_server_error(_: int, headers: Mapping[str, str], __: bytes) -> Answer:
    return 500, problem(headers), body(code="internal_error", status=500)


def a_status_that_is_not_documented(_: int, headers: Mapping[str, str], text: bytes) -> Answer:
    return 203, headers, text


def a_field_that_is_not_documented(status: int, headers: Mapping[str, str], text: bytes) -> Answer:
    return status, headers, json.dumps({**json.loads(text), "margin_minor": 3}).encode()


def a_type_that_is_not_documented(status: int, headers: Mapping[str, str], text: bytes) -> Answer:
    return status, {**headers, "content-type": "text/plain"}, text


def a_header_too_few(status: int, headers: Mapping[str, str], text: bytes) -> Answer:
    return status, {name: value for name, value in headers.items() if name.lower() != "cache-control"}, text


def a_code_of_operators(_: int, headers: Mapping[str, str], __: bytes) -> Answer:
    return 400, problem(headers), body(code="bad_argument", status=400)


def nothing_but_a_gateways_refusal(_: int, __: Mapping[str, str], ___: bytes) -> Answer:
    return 429, {}, b'{"message":"Too Many Requests"}'


LIES: Mapping[Lie, str] = {
    a_server_error: "Server error",
    a_status_that_is_not_documented: "Undocumented status code",
    a_field_that_is_not_documented: "Response violates schema",
    a_type_that_is_not_documented: "Undocumented Content-Type",
    a_header_too_few: "Missing required response headers",
    a_code_of_operators: "bad_argument is no problem of the API",
    nothing_but_a_gateways_refusal: "nothing but a gateway's own answers",
}


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_a_shop_that_breaks_its_contract_is_caught(platform: MemoryPlatform, lie: Lie) -> None:
    def answer(method: str, target: str, headers: Mapping[str, str], sent: bytes) -> Answer:
        honest = platform.answer(method, target, headers, sent)
        return lie(*honest) if target.startswith("/v1/orders/") and method == "GET" else honest

    with http_server(answer) as url:
        found = check_routes(url, examples=5)
    failed = {name: result.detail for name, result in found.items() if result.outcome == "fail"}
    assert failed.keys() == {"GET /v1/orders/{order_id}"}
    assert LIES[lie] in failed["GET /v1/orders/{order_id}"]


def test_a_shop_that_sells_nothing_proves_nothing() -> None:
    with (
        http_server(lambda *_: (200, {}, b'{"items":[],"next_cursor":null}')) as url,
        pytest.raises(ShopError) as caught,
    ):
        list(fuzz(url))
    assert "sells nothing" in str(caught.value)


def problem(headers: Mapping[str, str]) -> Mapping[str, str]:
    return {**headers, "content-type": "application/problem+json", "retry-after": "1"}


def body(**given: Any) -> bytes:
    common = {"type": "https://schemas.shop.example/problems/x", "title": "x", "detail": "x"}
    return json.dumps({**common, **given}).encode()
