"""CloudFront's way to an API, without a connection to ourselves; and its distributions for every browser."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from aws_emulator.front import asgi, browsers
from aws_emulator.front.asgi import Message, Receive, Send, Serve
from aws_emulator.front.messages import ApiEndpoint, HttpApiRequest, HttpApiResponse
from aws_emulator.patches.emulator import Emulator

LOOPBACK = ("localhost", "127.0.0.1")
Find = Callable[[str, str], tuple[ApiEndpoint, str] | None]
Answer = Callable[[HttpApiRequest, ApiEndpoint], Awaitable[HttpApiResponse]]


class CloudFrontOrigins:
    """The origins of distributions that are APIs of this emulator."""

    def __init__(self, emulator: Emulator, inner: Serve, find: Find, answer: Answer) -> None:
        self._emulator, self._inner, self._find, self._answer = emulator, inner, find, answer
        self._cloudfront = emulator.module("cloudfront")
        self._port, self._host = (
            int(os.environ.get("GATEWAY_PORT", "4566")),
            os.environ.get("MINISTACK_HOST", "localhost"),
        )

    def install(self) -> None:
        """Stand in the way to an origin."""
        self._fetch = self._emulator.replace("cloudfront", "_fetch_from_origin", self.fetch)

    async def serve(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serve what is for no API: a distribution by a browser's cookie, else whatever the emulator has there."""
        if scope["type"] == "http":
            entry = (
                browsers.build_entry_response(scope["path"], self._port) if scope["method"] in ("GET", "HEAD") else None
            )
            if entry is not None:
                await asgi.send_response(send, entry)
                return
            label = browsers.find_chosen_label(scope, self._port)
            if label and self._cloudfront.find_distribution_for_label(label) is not None:
                scope = browsers.rewrite_scope(scope, f"{label}.cloudfront.{self._host}", self._port)
        await self._inner(scope, receive, send)

    async def fetch(
        self, origin: Any, method: str, uri: str, query: str, headers: Any, body: bytes, https: bool, client: str,
        viewer: str, distribution: str,
    ) -> tuple[int, str, dict[str, Any], bytes]:  # fmt: skip
        """In place of `_fetch_from_origin`: an API of this plane is asked here."""
        found = self._find_api(origin, uri)
        if found is None:
            return await self._fetch(origin, method, uri, query, headers, body, https, client, viewer, distribution)
        place, path = found
        sent = self._cloudfront._origin_request_headers(origin, headers, client, viewer)
        given, cookies = asgi.join_headers((name, str(value)) for name, value in sent.items())
        given |= {
            "host": place.domain,
            "content-length": str(len(body)),
            "x-forwarded-proto": "https" if https else "http",
        }
        given.setdefault("x-forwarded-port", str(self._port))
        given.setdefault("x-amzn-trace-id", asgi.create_trace_header())
        size = len(method) + len(uri) + len(query) + 11 + sum(len(value) for value in given.values())
        request = HttpApiRequest(method, path, query, given, cookies, body, client, size=size)
        try:
            async with asyncio.timeout(origin.get("read_timeout", 30)):
                reply = await self._answer(request, place)
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
