"""CloudFront's way to an API, without a connection to ourselves; and its distributions for every browser.

A distribution has an address that every browser opens: `http://127.0.0.1:<port>/_aws/cloudfront/<label>/`. Chrome and
Firefox resolve `<label>.cloudfront.localhost` themselves, Safari asks the system, which may not know it. So that
address sets a cookie and leads to `/`, and a browser that comes back with the cookie gets the distribution: pages and
the API under them have one origin. SDKs send no cookies; what is signed, and paths of the plane's own, stay theirs.
"""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from aws_emulator.apigateway import asgi
from aws_emulator.apigateway.asgi import Message, Receive, Send, Serve, find_header
from aws_emulator.apigateway.messages import ApiEndpoint, HttpApiRequest, HttpApiResponse
from aws_emulator.ministack.emulator import Emulator

PREFIX = "/_aws/cloudfront/"
LABEL = re.compile(r"^[a-z0-9]{1,40}$")
HOSTS = ("127.0.0.1", "localhost")
SIGNED = ("x-amz-date", "x-amz-target", "x-amz-content-sha256")
LOOPBACK = ("localhost", "127.0.0.1")
Find = Callable[[str, str], tuple[ApiEndpoint, str] | None]
Handle = Callable[[HttpApiRequest, ApiEndpoint], Awaitable[HttpApiResponse]]


def build_cookie_name(port: int) -> str:
    """Cookies are shared by all ports of a host; the name keeps planes apart."""
    return f"sandbox-distribution-{port}"


def build_entry_response(path: str, port: int) -> HttpApiResponse | None:
    """The answer to that address; None to any other."""
    if not path.startswith(PREFIX):
        return None
    label, _, rest = path.removeprefix(PREFIX).partition("/")
    if not LABEL.match(label):
        return HttpApiResponse(404, (("content-type", "text/plain"),), b"There is no such distribution.")
    cookie = f"{build_cookie_name(port)}={label}; Path=/; HttpOnly; SameSite=Lax"
    # Not `//host`, which would lead elsewhere.
    return HttpApiResponse(
        302, (("location", "/" + quote(rest.lstrip("/"))), ("set-cookie", cookie), ("cache-control", "no-store"))
    )


def find_chosen_label(scope: Message, port: int) -> str | None:
    """The label of the distribution that a browser's request is for, by its cookie."""
    if find_header(scope, "host").rsplit(":", 1)[0] not in HOSTS or scope["path"].startswith("/_"):
        return None
    label = _parse_cookies(scope).get(build_cookie_name(port), "")
    if not LABEL.match(label) or find_header(scope, "authorization").startswith("AWS4-"):
        return None
    if any(find_header(scope, name) for name in SIGNED) or b"X-Amz-Signature=" in scope.get("query_string", b""):
        return None
    return label


def rewrite_scope(scope: Message, host: str, port: int) -> Message:
    """The request as it would be at the distribution's own host, without that cookie."""
    ours = build_cookie_name(port)
    kept = [(name, value) for name, value in scope["headers"] if name.lower() not in (b"host", b"cookie")]
    cookies = "; ".join(f"{name}={value}" for name, value in _parse_cookies(scope).items() if name != ours)
    headers = [(b"host", host.encode()), *kept, *([(b"cookie", cookies.encode("latin-1"))] if cookies else [])]
    return {**scope, "headers": headers}


def _parse_cookies(scope: Mapping[str, Any]) -> dict[str, str]:
    texts = (value.decode("latin-1") for name, value in scope["headers"] if name.lower() == b"cookie")
    pairs = (part.strip().partition("=") for text in texts for part in text.split(";"))
    return {name: value for name, _, value in pairs if name}


class CloudFrontOrigins:
    """The origins of distributions that are APIs of this emulator."""

    def __init__(self, emulator: Emulator, inner: Serve, find: Find, handle: Handle) -> None:
        self._emulator, self._inner, self._find, self._handle = emulator, inner, find, handle
        self._cloudfront = emulator.module("cloudfront")
        self._port, self._host = (
            int(os.environ.get("GATEWAY_PORT", "4566")),
            os.environ.get("MINISTACK_HOST", "localhost"),
        )

    def install(self) -> None:
        """Replace CloudFront's request to an origin."""
        self._fetch = self._emulator.replace("cloudfront", "_fetch_from_origin", self.fetch)

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve what is for no API: a distribution by a browser's cookie, else whatever the emulator has there."""
        if scope["type"] == "http":
            entry = build_entry_response(scope["path"], self._port) if scope["method"] in ("GET", "HEAD") else None
            if entry is not None:
                await asgi.send_response(send, entry)
                return
            label = find_chosen_label(scope, self._port)
            if label and self._cloudfront.find_distribution_for_label(label) is not None:
                scope = rewrite_scope(scope, f"{label}.cloudfront.{self._host}", self._port)
        await self._inner(scope, receive, send)

    async def fetch(
        self, origin: Any, method: str, uri: str, query: str, headers: Any, body: bytes, https: bool, client: str,
        viewer: str, distribution: str,
    ) -> tuple[int, str, dict[str, Any], bytes]:  # fmt: skip
        """In endpoint of `_fetch_from_origin`: an API of this plane is asked here."""
        found = self._find_api(origin, uri)
        if found is None:
            return await self._fetch(origin, method, uri, query, headers, body, https, client, viewer, distribution)
        endpoint, path = found
        sent = self._cloudfront._origin_request_headers(origin, headers, client, viewer)
        given, cookies = asgi.join_headers((name, str(value)) for name, value in sent.items())
        given |= {
            "host": endpoint.domain,
            "content-length": str(len(body)),
            "x-forwarded-proto": "https" if https else "http",
        }
        given.setdefault("x-forwarded-port", str(self._port))
        given.setdefault("x-amzn-trace-id", asgi.create_trace_header())
        size = len(method) + len(uri) + len(query) + 11 + sum(len(value) for value in given.values())
        request = HttpApiRequest(method, path, query, given, cookies, body, client, size=size)
        try:
            async with asyncio.timeout(origin.get("read_timeout", 30)):
                reply = await self._handle(request, endpoint)
        except TimeoutError as error:
            raise self._cloudfront.OriginTimeout(str(error)) from error
        return (
            reply.status,
            _find_reason(reply.status),
            self._cloudfront._multidict_from_pairs(reply.headers),
            reply.body,
        )

    def _find_api(self, origin: Mapping[str, Any], uri: str) -> tuple[ApiEndpoint, str] | None:
        """The API that an origin is: by a path of this plane, or by a custom domain that it has."""
        if origin.get("s3_bucket"):
            return None
        domain = str(origin.get("domain_name"))
        if domain in LOOPBACK and int(origin.get("http_port", 0)) != self._port:
            return None
        return self._find(domain, (origin.get("origin_path") or "") + uri)


def _find_reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
