"""The shop's HTTP API without a framework: a request in, a response out, whatever serves it."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.shop.application.shop import Shop
from apps.shop.domain.errors import ShopRefusalError, TryAgainError
from apps.shop.entrypoints.problems import ApiProblem, problem_of

# A body of twenty lines takes two kilobytes; what is longer is no order.
MAX_BODY_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """A request, with header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict[str, str])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes = b""
    subject: str | None = None
    """Who the verified token says this is."""
    parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    """What the path's placeholders stand for."""


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """A response; `body` is JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.body is None else json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)


Handler = Callable[[Shop, ApiRequest], ApiResponse]
RouteTable = Mapping[str, Handler]
"""Handlers by method and path, as in `GET /v1/orders/{order_id}`."""


def route(shop: Shop, routes: RouteTable, request: ApiRequest) -> ApiResponse:
    """The response to a request; refusals become problem+json, never a traceback."""
    try:
        handler, parameters = _match(routes, request)
        _check_size(request.body)
        matched = ApiRequest(
            request.method, request.path, request.query, request.headers, request.body, request.subject, parameters
        )
        return handler(shop, matched)
    except ApiProblem as problem:
        return refusal(problem)
    except (ShopRefusalError, TryAgainError) as error:
        return refusal(problem_of(error))


def refusal(problem: ApiProblem) -> ApiResponse:
    """A problem as it is sent."""
    headers = {"content-type": "application/problem+json", "cache-control": "no-store", **problem.headers}
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    return ApiResponse(problem.status, problem.body(), headers)


def identify_customer(shop: Shop, request: ApiRequest) -> str:
    """Who orders: the token's subject, or the header where the settings say that this is enough.

    Raises:
        ApiProblem: nobody, or a name that can't be one.
    """
    if shop.settings.auth_mode == "jwt":
        if not request.subject:
            detail = "Send a valid token as 'Authorization: Bearer ...'."
            raise ApiProblem("not_authenticated", detail, headers={"www-authenticate": "Bearer"})
        return request.subject
    name = request.headers.get("x-customer-id", "")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise ApiProblem("not_authenticated", "Send X-Customer-Id: 1 to 64 letters, digits, dots, dashes.")
    return name


def page_limit(request: ApiRequest, most: int = 100, default: int = 20) -> int:
    """The `limit` of a page.

    Raises:
        ApiProblem: it is no number from 1 to `most`.
    """
    text = request.query.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise ApiProblem("bad_limit", f"limit is '{text[:20]}'; it must be 1 to {most}.")
    return int(text)


def cacheable(request: ApiRequest, body: Any, age: int, seconds: int) -> ApiResponse:
    """An answer that browsers and caches on the way may keep; 304 when the caller has it."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    headers = {"etag": f'"{digest}"', "age": str(age), "cache-control": f"public, max-age={seconds}"}
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return ApiResponse(304, None, headers)
    return ApiResponse(200, body, headers)


def _check_size(body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        raise ApiProblem("body_too_large", f"The body has {len(body)} bytes; {MAX_BODY_BYTES} is the most.")


def _match(routes: RouteTable, request: ApiRequest) -> tuple[Handler, Mapping[str, str]]:
    others: set[str] = set()
    for key, handler in routes.items():
        method, pattern = key.split(" ", 1)
        found = re.fullmatch(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern), request.path)
        if found and method == request.method:
            return handler, found.groupdict()
        if found:
            others.add(method)
    if others:
        allowed = ", ".join(sorted(others))
        detail = f"{request.path[:100]} takes {allowed}."
        raise ApiProblem("method_not_allowed", detail, headers={"allow": allowed})
    raise ApiProblem("no_such_path", f"There is no {request.path[:100]}.")
