"""Calls to the process that runs functions, from the emulator's loop and on connections that stay open.

A thread and a blocking connection for each request cost more than the invocation itself. The peer is
`aws_emulator.functions`: answers have a Content-Length.
"""

import asyncio
from collections import deque
from collections.abc import Mapping
from urllib.parse import urlsplit

HEAD_BYTES = 256 * 1024
"""An answer's head: it carries the end of a log, 4 KB in base64, at most."""
HttpAnswer = tuple[int, dict[str, str], bytes]
"""Status, headers by lower-case name, body."""
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class HttpClient:
    """Calls to one address."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._idle: deque[_Connection] = deque()

    async def request(
        self, method: str, path: str, body: bytes, headers: Mapping[str, str], seconds: float
    ) -> HttpAnswer:
        """The answer to a request, which is sent once.

        Raises:
            OSError: nobody answers, within `seconds` or at all.
        """
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._host}:{self._port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        connection = await self._open_connection()
        try:
            async with asyncio.timeout(seconds):
                answer = await _exchange(*connection, head + body)
        except BaseException as error:
            connection[1].close()
            if isinstance(error, asyncio.IncompleteReadError | asyncio.LimitOverrunError | ValueError):
                msg = f"the answer is not whole: {error!r}"
                raise OSError(msg) from error
            raise
        self._idle.append(connection)
        return answer

    def close(self) -> None:
        """End the connections."""
        while self._idle:
            self._idle.pop()[1].close()

    async def _open_connection(self) -> _Connection:
        """One that is still open, else a new one: an invocation must not be sent twice."""
        while self._idle:
            reader, writer = self._idle.pop()
            if not reader.at_eof() and not writer.is_closing():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self._host, self._port, limit=HEAD_BYTES)


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> HttpAnswer:
    writer.write(request)
    await writer.drain()
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head[:-4].decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(first.split(" ", 2)[1]), headers, body
