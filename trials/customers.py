"""A customer's way through one order, step by step and without a client: what is sent, awaited and written down.

Nothing is sent from here (https://sans-io.readthedocs.io): `trials.load_generator` carries the steps out in one event
loop, `trials.distributed.worker` in greenlets, and both are the same customers.
"""

import base64
import hashlib
import json
import random
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any

from trials.ledger import LedgerWriter
from trials.ledger_facts import ACCEPTED, SERVER_ERROR, SHED, TERMINAL
from trials.load_plan import PlannedOrder

TRIES = 6
"""Of one order, while the shop sheds or nothing comes back; the key stays the same."""
BACKOFF_SECONDS, LONGEST_SECONDS = 0.2, 5.0
REQUEST_SECONDS = 30
FOLLOW_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class LatencySample:
    """One attempt as its customer lived it."""

    due: float
    """When it was to be sent, in seconds after the beginning."""
    latency: float
    """Seconds from then until the answer: a client that was late itself does not make the shop look better."""
    status: int | None
    """Of HTTP; None where no answer came."""


@dataclass
class Measurements:
    """What the customers of a run measured."""

    samples: list[LatencySample] = field(default_factory=list)
    ends: list[tuple[float, float]] = field(default_factory=list)
    """Seconds after the beginning, and how long the order took from its 202 to its end; of those that were followed."""
    late: float = 0.0
    """The longest that a request was sent after it was due, in seconds: if it shows, this machine is the limit."""

    def add_sample(self, sample: LatencySample) -> None:
        """Add an attempt."""
        self.samples.append(sample)

    def add_end(self, accepted: float, seconds: float) -> None:
        """Add the end of an order: when it was accepted, in seconds after the beginning, and how long it took."""
        self.ends.append((accepted, seconds))


@dataclass(frozen=True, slots=True)
class ShopRequest:
    """A step: send this, and say what came back."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | None = None
    due: float | None = None
    """When it was to be sent, of an attempt at an order."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A step: let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class ShopAnswer:
    """What came back."""

    status: int | None
    """None when nothing did."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """By lower-case name."""
    content: bytes = b""
    why: str = ""
    """What kept the answer from coming."""


Steps = Generator[ShopRequest | Wait, ShopAnswer | None, None]
"""Each request is answered by a `ShopAnswer`, each wait by None."""


class Customers:
    """The customers of one ledger."""

    def __init__(
        self,
        ledger: LedgerWriter,
        measurements: Measurements,
        now: Callable[[], float],
        *,
        seed: int | str,
        token: str | None = None,
        follow_seconds: float | None = None,
    ) -> None:
        """Describe customers.

        Args:
            ledger: Where every attempt is written before it is sent, and every answer after.
            measurements: Where samples go.
            now: Seconds after the beginning of the run.
            seed: Of the waits between two tries.
            token: A customer's, where the API asks for one: then all orders are that customer's.
            follow_seconds: A followed order is given up after so long, default 60; the checker says whether it is lost.

        Raises:
            ValueError: the token is none.
        """
        self._ledger, self._measurements, self._now = ledger, measurements, now
        self._token = token
        self._follow_seconds = FOLLOW_SECONDS if follow_seconds is None else follow_seconds
        self._subject = token_subject(token) if token else None
        self._chance = random.Random(seed)  # noqa: S311 - repeatable, not secret

    def buy(self, order: PlannedOrder) -> Steps:
        """The steps from an order that is due to its end, or until its customer gives up."""
        due = order.at
        for attempt in range(TRIES):
            answer = yield from self._place(order, due)
            self._measurements.add_sample(LatencySample(due, self._now() - due, answer.status))
            if answer.status is not None and answer.status not in SHED and answer.status < SERVER_ERROR:
                break
            yield Wait(self._pause(attempt, answer))
            due = self._now()
        else:
            return
        order_id = _parse_object(answer).get("order_id")
        if answer.status != ACCEPTED or not isinstance(order_id, str):
            return
        if order.again:
            yield from self._place(order, self._now())
        if order.cancelled:
            yield ShopRequest("POST", f"/v1/orders/{order_id}/cancel", identity_headers(order.customer, self._token))
        if order.followed or order.cancelled:
            yield from self._follow(order_id, order.customer)

    def _place(self, order: PlannedOrder, due: float) -> Generator[ShopRequest | Wait, ShopAnswer | None, ShopAnswer]:
        body = {"lines": [{"sku": s, "quantity": n} for s, n in order.skus.items()], "payment_token": order.payment}
        customer = self._subject or order.customer
        number = self._ledger.write_attempt(customer, order.key, json_digest(body), list(order.skus.items()))
        headers = {**identity_headers(order.customer, self._token), "Idempotency-Key": order.key}
        answer = (yield ShopRequest("POST", "/v1/orders", headers, body, due)) or ShopAnswer(None)
        _write(self._ledger, number, answer)
        return answer

    def _follow(self, order_id: str, customer: str) -> Steps:
        accepted, wait = self._now(), BACKOFF_SECONDS
        while self._now() - accepted < self._follow_seconds:
            answer = yield ShopRequest("GET", f"/v1/orders/{order_id}", identity_headers(customer, self._token))
            state = _parse_object(answer).get("state") if answer is not None and answer.status == 200 else None
            if isinstance(state, str):
                self._ledger.write_state(order_id, state)
                if state in TERMINAL:
                    self._measurements.add_end(accepted, self._now() - accepted)
                    return
            yield Wait(wait)
            wait = min(2 * wait, LONGEST_SECONDS)

    def _pause(self, attempt: int, answer: ShopAnswer) -> float:
        """Exponential, with jitter, and no shorter than the shop asked for."""
        least = _parse_seconds(answer.headers.get("retry-after", ""))
        return max(least, self._chance.uniform(0.5, 1.0) * min(BACKOFF_SECONDS * 2**attempt, LONGEST_SECONDS))


def identity_headers(customer: str, token: str | None) -> dict[str, str]:
    """The header that says who asks: a token's subject, or where authentication is off a customer's name."""
    return {"Authorization": f"Bearer {token}"} if token else {"X-Customer-Id": customer}


def token_subject(token: str) -> str:
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


def json_digest(value: Any) -> str:
    """What tells one JSON value from another, whatever the order of its members."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()[:32]


def _write(ledger: LedgerWriter, number: int, answer: ShopAnswer) -> None:
    found, status = _parse_object(answer), answer.status
    if status is None:
        ledger.write_answer(number, None, why=answer.why)
        return
    if status == ACCEPTED and not isinstance(found.get("order_id"), str):
        ledger.write_answer(number, None, why="202 without an order_id")
        return
    ledger.write_answer(
        number,
        status,
        order=found.get("order_id") if status == ACCEPTED else None,
        replayed=answer.headers.get("idempotency-replayed") == "true",
        digest=json_digest(found) if status == ACCEPTED else None,
        # A problem of the shop's own has a code; what stands in front of it answers without one.
        code=str(found["code"]) if status >= 400 and "code" in found else None,
        retry_after="retry-after" in answer.headers,
    )


def _parse_object(answer: ShopAnswer | None) -> dict[str, Any]:
    try:
        found = json.loads(answer.content) if answer is not None else None
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _parse_seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0
