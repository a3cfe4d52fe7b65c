"""The bounds of the architecture, derived from one sizing block.

One rule stands behind all of them: every stage is bounded by what stands behind it. Arrivals at the edge are limited to
what was sized for, a consumer's concurrency follows from Little's law, a queue hides a message for as long as all the
retries of one delivery may take, and the sum of what is reserved leaves the account its floor.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias, get_args

from pydantic import Field

from policies.predicates.aws.queues import CONSUMER_CONCURRENCY, VISIBILITY_FACTOR
from stacks.sizing import Bound, Sizing

# Lambda keeps this much of the account's concurrency for functions that reserve none:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
UNRESERVED_FLOOR = 100
# Below the 30 s after which an HTTP API gives up, so that the function is the one that answers:
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html
HTTP_TIMEOUT_CEILING = 29
# Lambda's own maximum: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
FUNCTION_TIMEOUT_CEILING = 900
# A transactional write consumes two write units an item:
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html
TRANSACTION_FACTOR = 2

Consumer: TypeAlias = Literal["orders", "inventory", "payment"]
"""A worker with a queue of its own."""
OutboxTable: TypeAlias = Literal["orders", "inventory", "payments"]
"""A table that a worker writes."""
CONSUMERS: tuple[Consumer, ...] = get_args(Consumer)
# Messages a worker receives for one confirmed order, from the rules in program.py.
MESSAGES_PER_ORDER: Mapping[Consumer, int] = MappingProxyType({"orders": 2, "inventory": 2, "payment": 2})
# Items a table is asked to write for one confirmed order with one line: state, inbox, outbox and its published mark.
ITEMS_PER_ORDER: Mapping[OutboxTable, int] = MappingProxyType({"orders": 12, "inventory": 10, "payments": 5})
# Requests that one route takes about an order: its customer looks at it, at growing intervals, until it has ended.
# Lists of orders and cancellations are asked for more rarely.
READS_PER_ORDER = 4
# Mean time that a request keeps the checkout busy; the rule AWS-SCA-05 expects the same.
REQUEST_SECONDS = 0.25


class AwsSizing(Sizing):
    """What the shop is sized for; everything else follows from it."""

    batch_size: int = Field(default=10, ge=1, le=10)
    """Messages a worker takes at once; above 10 a batching window would be needed."""
    account_concurrency: int | None = Field(default=None, ge=10)
    """The account's Lambda concurrency quota. New accounts have 10 or 50; unstated means nothing is reserved."""


@dataclass(frozen=True, slots=True)
class EdgeBounds:
    """What is admitted."""

    checkout_rate_limit: Bound[int]
    """Orders a second."""
    checkout_burst_limit: Bound[int]
    """Orders at once."""
    checkout_read_rate_limit: Bound[int]
    """Requests a second to each other route of the checkout."""
    checkout_read_burst_limit: Bound[int]
    """The same at once."""
    api_rate_limit: Bound[int]
    """Requests a second to any route."""
    api_burst_limit: Bound[int]
    """The same at once."""
    max_pending: Bound[int]
    """Orders under way before new ones are refused."""


@dataclass(frozen=True, slots=True)
class TimeoutBounds:
    """How long things may take, in seconds."""

    http: Bound[int]
    """Timeout of functions behind the API."""
    worker: Bound[int]
    """Timeout of the others."""
    visibility: Bound[int]
    """How long queues hide a delivered message."""


@dataclass(frozen=True, slots=True)
class ConsumerBounds:
    """What a worker may do at once, in executions."""

    maximum_concurrency: Bound[int]
    """Batches of its queue at work."""
    reserved_concurrency: Bound[int | None]
    """Executions kept for it, None where the account's quota is not stated."""


@dataclass(frozen=True, slots=True)
class AwsBounds:
    """Every derived number of the architecture."""

    edge: EdgeBounds
    timeouts: TimeoutBounds
    consumers: Mapping[Consumer, ConsumerBounds]
    checkout_reserved_concurrency: Bound[int | None]
    """Executions kept for the checkout, None where the account's quota is not stated."""
    max_write_units: Mapping[OutboxTable, Bound[int]]
    """Write units a second that a table accepts."""

    @property
    def reserved_concurrency(self) -> int:
        """Executions that all functions reserve together."""
        reserved = [consumer.reserved_concurrency for consumer in self.consumers.values()]
        return sum(bound.value or 0 for bound in (*reserved, self.checkout_reserved_concurrency))


def derive(sizing: AwsSizing) -> AwsBounds:
    """The bounds that follow from a sizing block.

    Raises:
        ValueError: the functions need more concurrency than the stated quota can reserve.
    """
    edge = _edge(sizing)
    bounds = AwsBounds(
        edge=edge,
        timeouts=_timeouts(sizing),
        consumers={name: _consumer(sizing, name) for name in CONSUMERS},
        checkout_reserved_concurrency=_checkout(sizing, edge),
        max_write_units={table: _write_units(sizing, table) for table in ITEMS_PER_ORDER},
    )
    _check_account(sizing, bounds)
    return bounds


def _edge(s: AwsSizing) -> EdgeBounds:
    orders = math.ceil(s.peak_orders_per_second * s.headroom)
    views = math.ceil(s.peak_orders_per_second * s.views_per_order * s.headroom)
    # Views are all requests besides orders: one route can't be due more of them.
    reads = min(READS_PER_ORDER, s.views_per_order)
    reading = math.ceil(s.peak_orders_per_second * reads * s.headroom)
    pending = math.ceil(s.peak_orders_per_second * s.headroom * 60)
    peak, headroom = f"{s.peak_orders_per_second:g} orders/s", f"headroom {s.headroom:g}"
    per_route = f"{peak} x min({READS_PER_ORDER} reads, {s.views_per_order:g} views) x {headroom}; each route"
    per_minute = "60 s of checkout.rate_limit: what the workers settle within a minute"
    return EdgeBounds(
        checkout_rate_limit=Bound("checkout.rate_limit", orders, "requests/s", f"{peak} x {headroom}"),
        checkout_burst_limit=Bound("checkout.burst_limit", 2 * orders, "requests", "2 s of checkout.rate_limit"),
        checkout_read_rate_limit=Bound("checkout.read_rate_limit", reading, "requests/s", per_route),
        checkout_read_burst_limit=Bound(
            "checkout.read_burst_limit", 2 * reading, "requests", "2 s of checkout.read_rate_limit"
        ),
        api_rate_limit=Bound(
            "api.rate_limit", views, "requests/s", f"{peak} x {s.views_per_order:g} views x {headroom}"
        ),
        api_burst_limit=Bound("api.burst_limit", 2 * views, "requests", "2 s of api.rate_limit"),
        max_pending=Bound("admission.max_pending", pending, "orders", per_minute),
    )


def _timeouts(s: AwsSizing) -> TimeoutBounds:
    cold, mean, p99 = s.cold_start_seconds, s.handler_mean_seconds, s.handler_p99_seconds
    http = min(math.ceil(cold + 3 * p99), HTTP_TIMEOUT_CEILING)
    worker = min(math.ceil(cold + max(3 * p99, mean * s.batch_size + p99)), FUNCTION_TIMEOUT_CEILING)
    request = f"cold start {cold:g} s + 3 x p99 {p99:g} s, at most {HTTP_TIMEOUT_CEILING}"
    batch = f"cold start {cold:g} s + max(3 x p99 {p99:g} s, {s.batch_size} x {mean:g} s + {p99:g} s)"
    hidden = f"{VISIBILITY_FACTOR} x worker.timeout {worker} s"
    return TimeoutBounds(
        http=Bound("http.timeout", http, "s", request),
        worker=Bound("worker.timeout", worker, "s", batch),
        visibility=Bound("queue.visibility_timeout", VISIBILITY_FACTOR * worker, "s", hidden),
    )


def _consumer(s: AwsSizing, name: Consumer) -> ConsumerBounds:
    messages, least = s.peak_orders_per_second * MESSAGES_PER_ORDER[name], CONSUMER_CONCURRENCY[0]
    needed = max(least, math.ceil(messages * s.handler_mean_seconds * s.headroom))
    how = f"{messages:g} messages/s x {s.handler_mean_seconds:g} s x headroom {s.headroom:g}, at least {least}"
    return ConsumerBounds(
        maximum_concurrency=Bound(f"{name}.maximum_concurrency", needed, "executions", how),
        reserved_concurrency=_reserved(s, f"{name}.reserved_concurrency", needed, f"= {name}.maximum_concurrency"),
    )


def _checkout(s: AwsSizing, edge: EdgeBounds) -> Bound[int | None]:
    # Orders at their slowest, or looks at their mean: what is admitted finds an execution, else it is a server error.
    slow = edge.checkout_rate_limit.value * s.handler_p99_seconds
    looks = edge.checkout_read_rate_limit.value * REQUEST_SECONDS
    how = (
        f"max(checkout.rate_limit x p99 {s.handler_p99_seconds:g} s, "
        f"checkout.read_rate_limit x {REQUEST_SECONDS:g} s), at least 2"
    )
    return _reserved(s, "checkout.reserved_concurrency", max(2, math.ceil(slow), math.ceil(looks)), how)


def _reserved(s: AwsSizing, name: str, needed: int, how: str) -> Bound[int | None]:
    if s.account_concurrency is None:
        return Bound(name, None, "executions", "off: account_concurrency is not stated")
    return Bound(name, needed, "executions", how)


def _write_units(s: AwsSizing, table: OutboxTable) -> Bound[int]:
    items, lines = ITEMS_PER_ORDER[table], s.lines_per_order if table == "inventory" else 1
    units = math.ceil(s.peak_orders_per_second * items * lines * TRANSACTION_FACTOR * s.headroom)
    how = f"{s.peak_orders_per_second:g} orders/s x {items} items x {lines:g} x {TRANSACTION_FACTOR} x {s.headroom:g}"
    return Bound(f"{table}.max_write_units", units, "write units/s", how)


def _check_account(s: AwsSizing, bounds: AwsBounds) -> None:
    quota, total = s.account_concurrency, bounds.reserved_concurrency
    if quota is not None and total > quota - UNRESERVED_FLOOR:
        msg = (
            f"sizing: the functions reserve {total} executions, but account_concurrency ({quota}) minus Lambda's floor "
            f"of {UNRESERVED_FLOOR} leaves {max(quota - UNRESERVED_FLOOR, 0)}; ask AWS for {total + UNRESERVED_FLOOR}, "
            "lower peak_orders_per_second, or leave account_concurrency out to reserve nothing"
        )
        raise ValueError(msg)
