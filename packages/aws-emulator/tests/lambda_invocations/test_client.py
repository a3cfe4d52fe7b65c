"""Calls on connections that stay open."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from aws_emulator.lambda_invocations.client import HttpClient

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def with_peer(serve: Serve, ask: Callable[[HttpClient], Awaitable[None]]) -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    caller = HttpClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    try:
        await ask(caller)
    finally:
        caller.close()
        server.close()


def answer_with(answer: bytes, connections: list[int], *, requests: int = 100) -> Serve:
    """A peer that reads requests with a body of two bytes; ends the connection after so many."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(0)
        for _ in range(requests):
            try:
                await reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError:
                break
            await reader.readexactly(2)
            connections[-1] += 1
            writer.write(answer)
            await writer.drain()
        writer.close()

    return serve


FINE = b"HTTP/1.1 200 OK\r\nX-Kind: a\r\nContent-Length: 4\r\n\r\nfine"


def test_calls_share_a_connection() -> None:
    connections: list[int] = []

    async def ask(caller: HttpClient) -> None:
        for _ in range(3):
            status, headers, body = await caller.request("POST", "/x", b"{}", {"A": "b"}, 10)
            assert (status, headers["x-kind"], body) == (200, "a", b"fine")

    asyncio.run(with_peer(answer_with(FINE, connections), ask))
    assert connections == [3]


def test_a_connection_that_was_ended_is_not_used_again() -> None:
    connections: list[int] = []

    async def ask(caller: HttpClient) -> None:
        for _ in range(2):
            assert (await caller.request("POST", "/x", b"{}", {}, 10))[0] == 200
            for reader, _ in list(caller._idle):
                await reader.read()  # until the peer has ended it

    asyncio.run(with_peer(answer_with(FINE, connections, requests=1), ask))
    assert connections == [1, 1]


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Le", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfine"]
)
def test_an_answer_that_is_not_whole_is_an_error_and_the_call_is_not_made_again(answer: bytes) -> None:
    connections: list[int] = []

    async def ask(caller: HttpClient) -> None:
        with pytest.raises(OSError, match="not whole"):
            await caller.request("POST", "/x", b"{}", {}, 10)
        assert not caller._idle

    asyncio.run(with_peer(answer_with(answer, connections, requests=1), ask))
    assert connections == [1]


def test_a_peer_that_does_not_answer_in_time_is_an_error() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def ask(caller: HttpClient) -> None:
        with pytest.raises(TimeoutError):
            await caller.request("POST", "/x", b"{}", {}, 0.05)

    asyncio.run(with_peer(silent, ask))


def test_nobody_there_is_an_error() -> None:
    async def ask() -> None:
        with pytest.raises(OSError, match="Connect"):
            await HttpClient("http://127.0.0.1:9").request("POST", "/", b"", {}, 10)

    asyncio.run(ask())
