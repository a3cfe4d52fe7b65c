"""The customers of a run: they come when the plan says, whether the shop keeps up or not, and write everything down."""

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpx

from trials.client import REQUEST_SECONDS, TERMINAL, identity, needs_environment
from trials.ledger import Ledger
from trials.plan import Planned
from trials.told import ACCEPTED, SHED

TRIES = 6
"""Of one order, while the shop sheds or nothing comes back; the key stays the same."""
BACKOFF_SECONDS, LONGEST_SECONDS = 0.2, 5.0
SERVER_ERROR = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """One attempt as its customer lived it."""

    due: float
    """When it was to be sent, in seconds after the beginning."""
    latency: float
    """From then until the answer: a client that was late itself does not make the shop look better."""
    status: int | None


@dataclass
class Course:
    """What was measured."""

    samples: list[Sample] = field(default_factory=list)
    ended: list[tuple[float, float]] = field(default_factory=list)
    """Seconds after the beginning, and how long the order took from its 202 to its end; of those that were followed."""
    late: float = 0.0
    """The longest that a request was sent after it was due: more than a moment means that this machine is the limit."""


class Crowd:
    """Sends a plan's orders to a shop."""

    def __init__(
        self, base_url: str, ledger: Ledger, *, seed: int, token: str | None = None, follow_seconds: float = 60
    ) -> None:
        """Describe a crowd.

        Args:
            base_url: The shop's HTTP API.
            ledger: Where everything is written.
            seed: Of the waits between two tries.
            token: A customer's, where the API asks for one: then all orders are that customer's.
            follow_seconds: A followed order is given up after so long; the checker says whether it is lost.
        """
        self._ledger, self._token, self._follow_seconds = ledger, token, follow_seconds
        self._subject = subject_of(token) if token else None
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        proxied = needs_environment(base_url)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=REQUEST_SECONDS, limits=limits, trust_env=proxied)

    async def run(self, planned: Iterable[Planned], told: Callable[[Course, int], None]) -> Course:
        """Send everything and wait for every answer.

        Args:
            planned: In order of time.
            told: Called after each arrival with the course so far and the number of orders under way.
        """
        course, began = Course(), asyncio.get_running_loop().time()
        under_way: set[asyncio.Task[None]] = set()
        try:
            async with self._http:
                for order in planned:
                    await asyncio.sleep(max(0.0, began + order.at - _now()))
                    course.late = max(course.late, _now() - began - order.at)
                    task = asyncio.create_task(self._buy(order, course, began))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                    told(course, len(under_way))
                while under_way:
                    await asyncio.wait(under_way, timeout=0.5)
                    told(course, len(under_way))
        finally:
            for task in under_way:
                task.cancel()
        return course

    async def _buy(self, order: Planned, course: Course, began: float) -> None:
        due = order.at
        for attempt in range(TRIES):
            answer = await self._place(order)
            course.samples.append(Sample(due, _now() - began - due, answer.status_code if answer else None))
            if answer is not None and answer.status_code not in SHED and answer.status_code < SERVER_ERROR:
                break
            await asyncio.sleep(self._wait(attempt, answer))
            due = _now() - began
        else:
            return
        if answer.status_code != ACCEPTED:
            return
        if order.again:
            await self._place(order)
        order_id = str(answer.json()["order_id"])
        if order.cancelled:
            await self._send("POST", f"/v1/orders/{order_id}/cancel", order.customer)
        if order.followed or order.cancelled:
            await self._follow(order_id, order.customer, course, began)

    async def _place(self, order: Planned) -> httpx.Response | None:
        body = {"lines": [{"sku": s, "quantity": n} for s, n in order.skus.items()], "payment_token": order.payment}
        customer = self._subject or order.customer
        number = self._ledger.attempt(customer, order.key, digest(body), list(order.skus.items()))
        try:
            answer = await self._http.post(
                "/v1/orders", json=body, headers={**identity(order.customer, self._token), "Idempotency-Key": order.key}
            )
        except httpx.HTTPError as error:
            self._ledger.answer(number, None, why=type(error).__name__)
            return None
        _write(self._ledger, number, answer)
        return answer

    async def _follow(self, order_id: str, customer: str, course: Course, began: float) -> None:
        accepted, wait = _now(), BACKOFF_SECONDS
        while _now() - accepted < self._follow_seconds:
            answer = await self._send("GET", f"/v1/orders/{order_id}", customer)
            state = _object(answer).get("state") if answer is not None and answer.status_code == 200 else None
            if isinstance(state, str):
                self._ledger.seen(order_id, state)
                if state in TERMINAL:
                    course.ended.append((accepted - began, _now() - accepted))
                    return
            await asyncio.sleep(wait)
            wait = min(2 * wait, LONGEST_SECONDS)

    async def _send(self, method: str, path: str, customer: str) -> httpx.Response | None:
        try:
            return await self._http.request(method, path, headers=identity(customer, self._token))
        except httpx.HTTPError:
            return None

    def _wait(self, attempt: int, answer: httpx.Response | None) -> float:
        """Exponential, with jitter, and no shorter than the shop asked for."""
        asked = _seconds(answer.headers.get("retry-after", "")) if answer is not None else 0.0
        return max(asked, self._chance.uniform(0.5, 1.0) * min(BACKOFF_SECONDS * 2**attempt, LONGEST_SECONDS))


def subject_of(token: str) -> str:
    """Whom a token is about; the shop verifies it, not this.

    Raises:
        ValueError: it is no JSON Web Token with a subject.
    """
    try:
        payload = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])
    except (IndexError, KeyError, TypeError, ValueError):
        msg = "the customer's token is no JSON Web Token with a 'sub'"
        raise ValueError(msg) from None


def digest(value: Any) -> str:
    """What tells one JSON value from another, whatever the order of its members."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


def _write(ledger: Ledger, number: int, answer: httpx.Response) -> None:
    found, status = _object(answer), answer.status_code
    if status == ACCEPTED and not isinstance(found.get("order_id"), str):
        ledger.answer(number, None, why="202 without an order_id")
        return
    ledger.answer(
        number,
        status,
        order=found.get("order_id") if status == ACCEPTED else None,
        replayed=answer.headers.get("idempotency-replayed") == "true",
        digest=digest(found) if status == ACCEPTED else None,
        # A problem of the shop's own has a code; what stands in front of it answers without one.
        code=str(found["code"]) if status >= 400 and "code" in found else None,
        retry_after="retry-after" in answer.headers,
    )


def _object(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0


def _now() -> float:
    return asyncio.get_running_loop().time()
