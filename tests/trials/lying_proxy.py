"""An HTTP proxy between customers and the shop that lies: what a blind checker would call a pass."""

import itertools
import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

EVERY = 50
HEADERS = ("content-type", "idempotency-key", "x-customer-id", "retry-after", "idempotency-replayed")


@dataclass(frozen=True)
class Exchange:
    """A request on its way to the shop."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    number: int
    """Of this order's key; 0 for what places no order."""
    send: Callable[..., httpx.Response]
    """Sends it on, with other headers or another body if they are given."""
    memory: dict[str, Any] = field(default_factory=dict)


Lie = Callable[[Exchange], tuple[int, Mapping[str, str], bytes]]


def honest(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    answer = exchange.send()
    return answer.status_code, answer.headers, answer.content


def drops_every_fiftieth(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Accepts an order and throws it away."""
    if not exchange.number or exchange.number % EVERY:
        return honest(exchange)
    order = {"order_id": str(uuid.uuid5(uuid.NAMESPACE_OID, exchange.headers["idempotency-key"])), "state": "PENDING"}
    return 202, {"content-type": "application/json"}, json.dumps(order).encode()


def duplicates_one(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Places an order a second time, under a key of its own."""
    if exchange.number == 7:
        exchange.send(headers={"idempotency-key": str(uuid.uuid4())})
    return honest(exchange)


def sends_more_than_was_ordered(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Changes a quantity, so that the customer is charged too much."""
    if exchange.number != 7:
        return honest(exchange)
    body = json.loads(exchange.body)
    body["lines"][0]["quantity"] += 1
    answer = exchange.send(body=json.dumps(body).encode())
    return answer.status_code, answer.headers, answer.content


def gives_it_to_somebody_else(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Places an order for another customer."""
    if exchange.number != 7:
        return honest(exchange)
    answer = exchange.send(headers={"x-customer-id": "somebody-else"})
    return answer.status_code, answer.headers, answer.content


def refuses_what_it_has_placed(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Says that the shop is full, after the order was stored."""
    answer = exchange.send()
    if exchange.number != 7:
        return answer.status_code, answer.headers, answer.content
    problem = {"code": "shop_full", "status": 503}
    return 503, {"content-type": "application/problem+json", "retry-after": "0"}, json.dumps(problem).encode()


def answers_a_replay_with_another_order(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Makes a second answer of one that was given."""
    status, headers, content = honest(exchange)
    if status != 202 or headers.get("idempotency-replayed") != "true":
        return status, headers, content
    return status, headers, json.dumps({**json.loads(content), "order_id": str(uuid.uuid4())}).encode()


def confirms_what_is_cancelled(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Shows customers a state that is not so."""
    status, headers, content = honest(exchange)
    if exchange.method != "GET" or b'"CANCELLED"' not in content:
        return status, headers, content
    return status, headers, content.replace(b'"CANCELLED"', b'"CONFIRMED"')


def sheds_without_a_word(exchange: Exchange) -> tuple[int, Mapping[str, str], bytes]:
    """Refuses in the shop's name, and does not say when to come again."""
    if exchange.number != 7:
        return honest(exchange)
    return 503, {"content-type": "application/problem+json"}, b'{"code":"shop_full","status":503}'


LIES: Mapping[Lie, str] = {
    drops_every_fiftieth: "I3",
    duplicates_one: "I4",
    sends_more_than_was_ordered: "I4",
    gives_it_to_somebody_else: "I3",
    refuses_what_it_has_placed: "I4",
    answers_a_replay_with_another_order: "I2",
    confirms_what_is_cancelled: "I8",
    sheds_without_a_word: "I10",
}
"""Each with the invariant that must see it."""


@contextmanager
def between(base_url: str, lie: Lie) -> Iterator[str]:
    """The address of a proxy that lies, while the block runs."""
    numbers, keys, lock = itertools.count(1), dict[str, int](), threading.Lock()
    upstream = httpx.Client(base_url=base_url, trust_env=False, timeout=30)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items() if name.lower() in HEADERS}
            number = 0
            if "idempotency-key" in headers:
                with lock:
                    key = headers["idempotency-key"]
                    number = keys[key] if key in keys else keys.setdefault(key, next(numbers))

            def send(*, headers: Mapping[str, str] = headers, body: bytes = body) -> httpx.Response:
                return upstream.request(self.command, self.path, headers={**sent, **headers}, content=body)

            sent = headers
            status, given, content = lie(Exchange(self.command, self.path, headers, body, number, send))
            self.send_response(status)
            for name in HEADERS:
                if name in given:
                    self.send_header(name, given[name])
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer

        def log_message(self, format: str, *args: Any) -> None:
            """Nobody reads it."""

    class Server(ThreadingHTTPServer):
        daemon_threads, request_queue_size = True, 256

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        upstream.close()
        thread.join(10)
