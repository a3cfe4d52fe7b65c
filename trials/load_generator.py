"""The load generator of one process: customers come when the plan says, whether the shop keeps up or not."""

import asyncio
from collections.abc import Callable, Iterable

import httpx

from trials.client import needs_environment_proxy
from trials.customers import (
    REQUEST_SECONDS,
    Customers,
    Measurements,
    ShopAnswer,
    ShopRequest,
    Steps,
    Wait,
)
from trials.ledger import LedgerWriter
from trials.load_plan import PlannedOrder


class LoadGenerator:
    """Sends a plan's orders to a shop, in one event loop, and writes everything down."""

    def __init__(
        self,
        base_url: str,
        ledger: LedgerWriter,
        *,
        seed: int,
        token: str | None = None,
        follow_seconds: float | None = None,
    ) -> None:
        """Describe a load generator.

        Args:
            base_url: The shop's HTTP API.
            ledger: Where everything is written.
            seed: Of the waits between two tries.
            token: A customer's, where the API asks for one: then all orders are that customer's.
            follow_seconds: A followed order is given up after so long, default 60; the checker says whether it is lost.
        """
        self._measurements, self._began = Measurements(), 0.0
        self._customers = Customers(
            ledger, self._measurements, self._now, seed=seed, token=token, follow_seconds=follow_seconds
        )
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        proxied = needs_environment_proxy(base_url)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=REQUEST_SECONDS, limits=limits, trust_env=proxied)

    async def send(self, orders: Iterable[PlannedOrder], notify: Callable[[Measurements, int], None]) -> Measurements:
        """Send everything and wait for every answer.

        Args:
            orders: In order of time.
            notify: Called after each arrival with what was measured so far and the number of orders under way.
        """
        measurements, self._began = self._measurements, asyncio.get_running_loop().time()
        under_way: set[asyncio.Task[None]] = set()
        try:
            async with self._http:
                for order in orders:
                    await asyncio.sleep(max(0.0, order.at - self._now()))
                    measurements.late = max(measurements.late, self._now() - order.at)
                    task = asyncio.create_task(self._carry_out(self._customers.buy(order)))
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                    notify(measurements, len(under_way))
                while under_way:
                    await asyncio.wait(under_way, timeout=0.5)
                    notify(measurements, len(under_way))
        finally:
            for task in under_way:
                task.cancel()
        return measurements

    async def _carry_out(self, steps: Steps) -> None:
        answer: ShopAnswer | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration:
                return
            if isinstance(step, Wait):
                answer = await asyncio.sleep(step.seconds)
            else:
                answer = await self._send(step)

    async def _send(self, request: ShopRequest) -> ShopAnswer:
        try:
            found = await self._http.request(
                request.method, request.path, headers=dict(request.headers), json=request.body
            )
        except httpx.HTTPError as error:
            return ShopAnswer(None, why=type(error).__name__)
        return ShopAnswer(found.status_code, found.headers, found.content)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began
