"""Requests and answers as the server gives and takes them."""

import os
import time
from collections.abc import Awaitable, Callable, Iterable
from email.utils import formatdate
from typing import Any

from aws_emulator.apigateway.messages import HttpApiRequest, HttpApiResponse

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Serve = Callable[[Message, Receive, Send], Awaitable[None]]

# Of the connection to the client, not of the request: RFC 9110, 7.6.1.
HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def find_header(scope: Message, name: str) -> str:
    """A header's first value, empty without one."""
    wanted = name.encode("latin-1")
    return next((value.decode("latin-1") for found, value in scope["headers"] if found.lower() == wanted), "")


def join_headers(headers: Iterable[tuple[str, str]]) -> tuple[dict[str, str], list[str]]:
    """Headers by lower-case name, joined by commas, and cookies by themselves."""
    found: dict[str, str] = {}
    cookies: list[str] = []
    for given, value in headers:
        name = given.lower()
        if name == "cookie":
            cookies += [cookie for part in value.split(";") if (cookie := part.strip())]
        elif name not in HOP_BY_HOP:
            found[name] = f"{found[name]},{value}" if name in found else value
    return found, cookies


def build_request(scope: Message, path: str, body: bytes) -> HttpApiRequest:
    """A request as an API sees it: with the headers that API Gateway adds.

    Args:
        scope: The server's.
        path: Below the stage, decoded.
        body: All of it.
    """
    given = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    headers, cookies = join_headers(given)
    client, server = (scope.get("client") or ("127.0.0.1", 0))[0], scope.get("server") or ("", 0)
    query = scope.get("query_string", b"").decode("latin-1")
    forwarded = headers.get("x-forwarded-for")
    headers["x-forwarded-for"] = f"{forwarded}, {client}" if forwarded else client
    headers.setdefault("x-forwarded-port", str(server[1]))
    headers.setdefault("x-forwarded-proto", str(scope.get("scheme", "http")))
    headers.setdefault("x-amzn-trace-id", create_trace_header())
    protocol = f"HTTP/{scope.get('http_version', '1.1')}"
    target = len(scope.get("raw_path") or scope["path"]) + (len(query) + 1 if query else 0)
    size = len(scope["method"]) + target + len(protocol) + 2 + sum(len(value) for _, value in given)
    return HttpApiRequest(scope["method"], path, query, headers, cookies, body, client, protocol, size)


async def read_body(receive: Receive, most: int) -> bytes | None:
    """A request's body; of one that ends early what came, and `most` bytes and one more of one that is too large.

    What is more is read and thrown away: a client that still sends would see a broken connection, not the answer.
    """
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None  # the client has gone
        chunk = message.get("body", b"")
        if size <= most:
            chunks.append(chunk[: most + 1 - size])
        size += len(chunk)
        if not message.get("more_body"):
            return b"".join(chunks)


async def send_response(send: Send, response: HttpApiResponse, *, head: bool = False) -> None:
    """Send an answer; to HEAD without its body."""
    bodiless = response.status in (204, 304)
    headers = [(name.encode("latin-1"), _encode_header(value)) for name, value in response.headers]
    headers += [(b"date", formatdate(usegmt=True).encode())]
    if not bodiless:
        headers += [(b"content-length", str(len(response.body)).encode())]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head or bodiless else response.body})


def create_trace_header() -> str:
    """A new trace's header.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
    """
    return f"Root=1-{int(time.time()):08x}-{os.urandom(12).hex()}"


def _encode_header(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")
