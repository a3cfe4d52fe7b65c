"""A request to an HTTP API, its answer, and what is known of both on the way."""

import base64
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class HttpApiRequest:
    """A request, as it came in."""

    method: str
    path: str
    """Below the stage, decoded: what routes are matched against."""
    query: str
    """As it was sent."""
    headers: Mapping[str, str]
    """By lower-case name; those sent more than once joined by commas."""
    cookies: Sequence[str]
    """`name=value` each."""
    body: bytes
    source_ip: str
    protocol: str = "HTTP/1.1"
    size: int = 0
    """Bytes of the request line and all header values."""


@dataclass(frozen=True, slots=True)
class HttpApiResponse:
    """An answer."""

    status: int
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class ApiEndpoint:
    """Where a request went: an API's stage, by which name."""

    api: str
    stage: str
    account: str
    region: str
    domain: str
    """The host name that the API is known by."""
    custom: bool = False
    """Whether that is a domain of the owner's, not API Gateway's own."""


@dataclass(slots=True)
class HttpApiExchange:
    """A request and what became of it; an access log line is made of this."""

    request: HttpApiRequest
    endpoint: ApiEndpoint
    id: str
    began: float
    """Seconds since 1970."""
    path: str
    """As functions and logs see it: with the stage, unless that is `$default` or the domain is the owner's."""
    route_key: str = ""
    authorizer: Mapping[str, Any] = field(default_factory=dict)
    """`jwt` or `lambda`, as in the event."""
    authorizer_error: str = ""
    status: int = 0
    length: int = 0
    """Bytes of the answer's body."""
    latency_ms: int = 0
    error_message: str = ""
    error_type: str = ""
    """A gateway response's type."""
    integration_ms: int | None = None
    integration_status: int | None = None
    """What Lambda answered API Gateway."""
    function_status: int | None = None
    """What the function said the client should get."""
    integration_error: str = ""
    function_request: str = ""
    """The request id of the invocation."""


class HttpApiError(Exception):
    """An answer of API Gateway's own."""

    def __init__(self, status: int, message: str, kind: str, *headers: tuple[str, str], reason: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.headers, self.reason = status, message, kind, headers, reason


def begin_exchange(request: HttpApiRequest, endpoint: ApiEndpoint) -> HttpApiExchange:
    """A new exchange."""
    prefixed = not endpoint.custom and endpoint.stage != "$default"
    path = f"/{endpoint.stage}{request.path}" if prefixed else request.path
    # As AWS writes it: `JKJaXmPLvHcESHA=`.
    return HttpApiExchange(request, endpoint, base64.b64encode(os.urandom(11)).decode(), time.time(), path)
