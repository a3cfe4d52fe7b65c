"""The bounds of the architecture, derived from one sizing block.

One rule stands behind all of them: every stage is bounded by what stands behind it. Arrivals at the edge are limited to
what was sized for, a consumer's concurrency follows from Little's law, a queue hides a message for as long as all the
retries inside one delivery may take, and the sum of what is reserved leaves the account its floor.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from stacks.sizing import Derivation

# Lambda keeps this much of the account's concurrency for functions that reserve none:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED_FLOOR = 100
# Visibility of at least six times the function's timeout leaves room for Lambda's retries while it is throttled:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
VISIBILITY_FACTOR = 6
# An event source mapping takes 2 to 1,000: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
MINIMUM_CONSUMER_CONCURRENCY = 2
# Below the 30 s after which an HTTP API gives up, so that the function is the one that answers:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
HTTP_TIMEOUT_CEILING = 29
# A transactional write consumes two write units an item:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
TRANSACTION_FACTOR = 2

WORKERS = ("orders", "inventory", "payment")
# Messages a worker receives for one confirmed order, from the rules in program.py.
MESSAGES_PER_ORDER: Mapping[str, int] = MappingProxyType({"orders": 2, "inventory": 2, "payment": 2})
# Items a table is asked to write for one confirmed order with one line: state, inbox, outbox and its published mark.
ITEMS_PER_ORDER: Mapping[str, int] = MappingProxyType({"orders": 12, "inventory": 10, "payments": 5})
# Requests that one route takes about an order: its customer looks at it, at growing intervals, until it has ended.
# Lists of orders and cancellations are asked for more rarely.
READS_PER_ORDER = 4
# Mean time that a request keeps the checkout busy; the rule AWS-SCA-05 expects the same.
REQUEST_SECONDS = 0.25

PositiveSeconds = Annotated[float, Field(gt=0, le=900)]


class Sizing(BaseModel):
    """What the shop is sized for; everything else follows from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    peak_orders_per_second: float = Field(gt=0, le=10_000)
    """Orders placed a second at the highest surge that must be accepted."""
    views_per_order: float = Field(default=20, ge=1, le=1_000)
    """Catalogue and status requests a second for each order a second."""
    lines_per_order: float = Field(default=2, ge=1, le=20)
    """Mean number of lines (one SKU each) in an order."""
    handler_mean_seconds: PositiveSeconds = 0.1
    """Mean time a worker spends on one message."""
    handler_p99_seconds: PositiveSeconds = 1.0
    """99th percentile of the same."""
    cold_start_seconds: float = Field(default=3, ge=0, le=60)
    """Time a new execution environment needs before its first answer; part of every timeout."""
    batch_size: int = Field(default=10, ge=1, le=10)
    """Messages a worker takes at once; above 10 a batching window would be needed."""
    headroom: float = Field(default=2.0, ge=1, le=10)
    """Factor between what is expected and what is provided."""
    account_concurrency: int | None = Field(default=None, ge=10)
    """The account's Lambda concurrency quota. New accounts have 10 or 50; unstated means nothing is reserved."""

    @model_validator(mode="after")
    def _percentile_above_mean(self) -> "Sizing":
        if self.handler_p99_seconds < self.handler_mean_seconds:
            msg = (
                f"handler_p99_seconds ({self.handler_p99_seconds:g}) is below handler_mean_seconds "
                f"({self.handler_mean_seconds:g}); a 99th percentile is at least the mean here"
            )
            raise ValueError(msg)
        return self


@dataclass(frozen=True, slots=True)
class Bounds:
    """Every derived number by name, and how each came about."""

    derivations: tuple[Derivation, ...]

    def __getitem__(self, name: str) -> int:
        """A bound by name.

        Raises:
            KeyError: no such bound, or it is off.
        """
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def get(self, name: str) -> int | None:
        """A bound by name; None where it is off."""
        value = next(d.value for d in self.derivations if d.name == name)
        return None if value is None else int(value)


def derive(sizing: Sizing) -> Bounds:
    """The bounds that follow from a sizing block.

    Raises:
        ValueError: the functions need more concurrency than the stated quota can reserve.
    """
    edge = Bounds(tuple(_edge(sizing)))
    rows = (*_timeouts(sizing), *_workers(sizing), _checkout(sizing, edge), *_tables(sizing))
    bounds = Bounds((*edge.derivations, *rows))
    _fits_the_account(sizing, bounds)
    return bounds


def explain(sizing: Sizing) -> list[Derivation]:
    """The rows of `scaleshop preview --explain-sizing`."""
    return list(derive(sizing).derivations)


def _edge(s: Sizing) -> list[Derivation]:
    orders = math.ceil(s.peak_orders_per_second * s.headroom)
    views = math.ceil(s.peak_orders_per_second * s.views_per_order * s.headroom)
    # Views are all requests besides orders: one route can't be due more of them.
    reads = min(READS_PER_ORDER, s.views_per_order)
    peak = f"{s.peak_orders_per_second:g} orders/s"
    reading = math.ceil(s.peak_orders_per_second * reads * s.headroom)
    how = f"{peak} x min({READS_PER_ORDER} reads, {s.views_per_order:g} views) x headroom {s.headroom:g}; each route"
    return [
        Derivation("checkout.rate_limit", orders, "requests/s", f"{peak} x headroom {s.headroom:g}"),
        Derivation("checkout.burst_limit", 2 * orders, "requests", "2 s of checkout.rate_limit"),
        Derivation("checkout.read_rate_limit", reading, "requests/s", how),
        Derivation("checkout.read_burst_limit", 2 * reading, "requests", "2 s of checkout.read_rate_limit"),
        Derivation(
            "api.rate_limit", views, "requests/s", f"{peak} x {s.views_per_order:g} views x headroom {s.headroom:g}"
        ),
        Derivation("api.burst_limit", 2 * views, "requests", "2 s of api.rate_limit"),
        Derivation(
            "admission.max_pending",
            math.ceil(s.peak_orders_per_second * s.headroom * 60),
            "orders",
            "60 s of checkout.rate_limit: what the workers settle within a minute",
        ),
    ]


def _timeouts(s: Sizing) -> list[Derivation]:
    cold, mean, p99 = s.cold_start_seconds, s.handler_mean_seconds, s.handler_p99_seconds
    http = min(math.ceil(cold + 3 * p99), HTTP_TIMEOUT_CEILING)
    worker = min(math.ceil(cold + max(3 * p99, mean * s.batch_size + p99)), 900)
    batch = f"cold start {cold:g} s + max(3 x p99 {p99:g} s, {s.batch_size} x {mean:g} s + {p99:g} s)"
    return [
        Derivation(
            "http.timeout", http, "s", f"cold start {cold:g} s + 3 x p99 {p99:g} s, at most {HTTP_TIMEOUT_CEILING}"
        ),
        Derivation("worker.timeout", worker, "s", batch),
        Derivation(
            "queue.visibility_timeout",
            VISIBILITY_FACTOR * worker,
            "s",
            f"{VISIBILITY_FACTOR} x worker.timeout {worker} s",
        ),
    ]


def _workers(s: Sizing) -> list[Derivation]:
    rows: list[Derivation] = []
    for worker in WORKERS:
        messages = s.peak_orders_per_second * MESSAGES_PER_ORDER[worker]
        needed = max(MINIMUM_CONSUMER_CONCURRENCY, math.ceil(messages * s.handler_mean_seconds * s.headroom))
        how = f"{messages:g} messages/s x {s.handler_mean_seconds:g} s x headroom {s.headroom:g}, at least 2"
        rows.append(Derivation(f"{worker}.maximum_concurrency", needed, "executions", how))
        rows.append(_reserved(s, f"{worker}.reserved_concurrency", needed, f"= {worker}.maximum_concurrency"))
    return rows


def _checkout(s: Sizing, edge: Bounds) -> Derivation:
    # Orders at their slowest, or looks at their mean: what is admitted finds an execution, else it is a server error.
    slow = edge["checkout.rate_limit"] * s.handler_p99_seconds
    looks = edge["checkout.read_rate_limit"] * REQUEST_SECONDS
    how = (
        f"max(checkout.rate_limit x p99 {s.handler_p99_seconds:g} s, "
        f"checkout.read_rate_limit x {REQUEST_SECONDS:g} s), at least 2"
    )
    return _reserved(s, "checkout.reserved_concurrency", max(2, math.ceil(slow), math.ceil(looks)), how)


def _reserved(s: Sizing, name: str, needed: int, how: str) -> Derivation:
    if s.account_concurrency is None:
        return Derivation(name, None, "executions", "off: account_concurrency is not stated")
    return Derivation(name, needed, "executions", how)


def _tables(s: Sizing) -> list[Derivation]:
    rows: list[Derivation] = []
    for table, items in ITEMS_PER_ORDER.items():
        lines = s.lines_per_order if table == "inventory" else 1
        units = math.ceil(s.peak_orders_per_second * items * lines * TRANSACTION_FACTOR * s.headroom)
        how = (
            f"{s.peak_orders_per_second:g} orders/s x {items} items x {lines:g} x {TRANSACTION_FACTOR} x {s.headroom:g}"
        )
        rows.append(Derivation(f"{table}.max_write_units", units, "write units/s", how))
    return rows


def _fits_the_account(s: Sizing, bounds: Bounds) -> None:
    if s.account_concurrency is None:
        return
    names = [d.name for d in bounds.derivations if d.name.endswith("reserved_concurrency")]
    total = sum(bounds.get(name) or 0 for name in names)
    room = s.account_concurrency - UNRESERVED_FLOOR
    if total > room:
        quota = s.account_concurrency
        msg = (
            f"sizing: the functions reserve {total} executions, but account_concurrency ({quota}) minus Lambda's floor "
            f"of {UNRESERVED_FLOOR} leaves {max(room, 0)}; ask AWS for {total + UNRESERVED_FLOOR}, lower "
            "peak_orders_per_second, or leave account_concurrency out to reserve nothing"
        )
        raise ValueError(msg)
