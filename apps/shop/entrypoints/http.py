"""The shop's HTTP API without a framework: a request in, a response out, whatever serves it."""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from apps.shop.application.context import Shop
from apps.shop.domain.errors import Problem, TryAgainError

# A body of twenty lines takes two kilobytes; what is longer is no order.
MAX_BODY_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Request:
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
class Response:
    """A response; `body` is JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def text(self) -> str:
        """The body as it is sent."""
        return "" if self.body is None else json.dumps(self.body, separators=(",", ":"), ensure_ascii=False)


Handler = Callable[[Shop, Request], Response]
Routes = Mapping[str, Handler]


def route(shop: Shop, routes: Routes, request: Request) -> Response:
    """The response to a request; refusals become problem+json, never a traceback."""
    try:
        handler, parameters = _match(routes, request)
        _sized(request.body)
        matched = Request(
            request.method, request.path, request.query, request.headers, request.body, request.subject, parameters
        )
        return handler(shop, matched)
    except Problem as problem:
        return refused(problem)
    except TryAgainError:
        return refused(Problem(503, "busy", "The shop is busy; try the same request again.", retry_after=1))


def refused(problem: Problem) -> Response:
    """A problem as it is sent."""
    headers = {"content-type": "application/problem+json", "cache-control": "no-store", **problem.headers}
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    return Response(problem.status, problem.body(), headers)


def customer(shop: Shop, request: Request) -> str:
    """Who orders: the token's subject, or the header where the settings say that this is enough.

    Raises:
        Problem: nobody, or a name that can't be one.
    """
    if shop.settings.auth_mode == "jwt":
        if not request.subject:
            detail = "Send a valid token as 'Authorization: Bearer ...'."
            raise Problem(401, "not_authenticated", detail, headers={"www-authenticate": "Bearer"})
        return request.subject
    name = request.headers.get("x-customer-id", "")
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name):
        raise Problem(401, "not_authenticated", "Send X-Customer-Id: 1 to 64 letters, digits, dots, dashes.")
    return name


def limited(request: Request, most: int = 100, default: int = 20) -> int:
    """The `limit` of a page.

    Raises:
        Problem: it is no number from 1 to `most`.
    """
    text = request.query.get("limit", str(default))
    if not re.fullmatch(r"[0-9]{1,4}", text) or not 1 <= int(text) <= most:
        raise Problem(400, "bad_limit", f"limit is '{text[:20]}'; it must be 1 to {most}.")
    return int(text)


def cached(request: Request, body: Any, age: int, seconds: int) -> Response:
    """An answer that browsers and CloudFront may keep; 304 when the caller has it."""
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:32]
    headers = {"etag": f'"{digest}"', "age": str(age), "cache-control": f"public, max-age={seconds}"}
    if f'"{digest}"' in request.headers.get("if-none-match", ""):
        return Response(304, None, headers)
    return Response(200, body, headers)


def _sized(body: bytes) -> None:
    if len(body) > MAX_BODY_BYTES:
        raise Problem(413, "body_too_large", f"The body has {len(body)} bytes; {MAX_BODY_BYTES} is the most.")


def _match(routes: Routes, request: Request) -> tuple[Handler, Mapping[str, str]]:
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
        raise Problem(405, "method_not_allowed", detail, headers={"allow": allowed})
    raise Problem(404, "no_such_path", f"There is no {request.path[:100]}.")
