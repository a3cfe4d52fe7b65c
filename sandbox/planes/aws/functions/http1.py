"""The little of HTTP/1.1 that the Runtime API and the proxy executor speak, on asyncio's streams.

Peers are on this machine and known: the runtime client, the emulator, the command. Bodies have a Content-Length;
anything else is refused. A general server costs more per message than a whole invocation does.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """A request, its header names in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    content_type: str = "application/json"


Handle = Callable[[Request], Awaitable[Response]]


class _RefusedError(Exception):
    """A request that can't be read; the connection ends with the answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def answer_json(status: int, value: Mapping[str, Any], *headers: tuple[str, str]) -> Response:
    """An answer with a JSON object."""
    return Response(status, json.dumps(value).encode(), headers)


async def serve(handle: Handle, *, port: int = 0, body_bytes: int) -> asyncio.Server:
    """A server on 127.0.0.1; port 0 takes a free one.

    Raises:
        OSError: the port is taken.
    """

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _converse(handle, reader, writer, body_bytes)
        writer.close()

    return await asyncio.start_server(connected, "127.0.0.1", port, limit=HEAD_BYTES, backlog=256)


def port_of(server: asyncio.Server) -> int:
    """The port that a server listens on."""
    return int(server.sockets[0].getsockname()[1])


async def _converse(
    handle: Handle, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body_bytes: int
) -> None:
    while True:
        try:
            request = await _read(reader, body_bytes)
        except _RefusedError as error:
            writer.write(_written(answer_json(error.status, {"message": str(error)}), close=True))
            await writer.drain()
            return
        if request is None:
            return
        close = request.headers.get("connection", "").lower() == "close"
        writer.write(_written(await handle(request), close=close))
        await writer.drain()
        if close:
            return


async def _read(reader: asyncio.StreamReader, body_bytes: int) -> Request | None:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    except asyncio.LimitOverrunError as error:
        raise _RefusedError(431, f"the request's head is larger than {HEAD_BYTES} bytes") from error
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    if not version.startswith("HTTP/1.") or not target:
        raise _RefusedError(400, "the request's first line is not HTTP/1.1")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if "transfer-encoding" in headers:
        raise _RefusedError(411, "a body needs a Content-Length here")
    length = headers.get("content-length", "0")
    if not length.isdigit():
        raise _RefusedError(400, f"the Content-Length '{length}' is no number")
    if int(length) > body_bytes:
        await _skip(reader, int(length))
        raise _RefusedError(413, f"Request must be smaller than {body_bytes} bytes for the InvokeFunction operation")
    if headers.get("expect", "").lower() == "100-continue":
        raise _RefusedError(417, "expectations are not met here; send the body at once")
    url = urlsplit(target)
    body = await reader.readexactly(int(length))
    return Request(method, unquote(url.path), dict(parse_qsl(url.query)), headers, body)


async def _skip(reader: asyncio.StreamReader, length: int) -> None:
    # A client that is still sending would see a reset connection, not the answer.
    while length > 0 and (chunk := await reader.read(min(length, HEAD_BYTES))):
        length -= len(chunk)


def _written(response: Response, *, close: bool) -> bytes:
    reason = HTTPStatus(response.status).phrase
    lines = [
        f"HTTP/1.1 {response.status} {reason}",
        f"Content-Type: {response.content_type}",
        f"Content-Length: {len(response.body)}",
        *(f"{name}: {value}" for name, value in response.headers),
    ]
    if close:
        lines.append("Connection: close")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + response.body
