"""The customers of a run: they come when the plan says, whether the shop keeps up or not, and write everything down."""

import asyncio
from collections.abc import Callable, Iterable

import httpx

from trials.buying import FOLLOW_SECONDS, REQUEST_SECONDS, Answer, Buyers, Course, Request, Steps, Wait
from trials.client import needs_environment
from trials.ledger import Ledger
from trials.plan import Planned


class Crowd:
    """Sends a plan's orders to a shop."""

    def __init__(
        self,
        base_url: str,
        ledger: Ledger,
        *,
        seed: int,
        token: str | None = None,
        follow_seconds: float = FOLLOW_SECONDS,
    ) -> None:
        """Describe a crowd.

        Args:
            base_url: The shop's HTTP API.
            ledger: Where everything is written.
            seed: Of the waits between two tries.
            token: A customer's, where the API asks for one: then all orders are that customer's.
            follow_seconds: A followed order is given up after so long; the checker says whether it is lost.
        """
        self._course, self._began = Course(), 0.0
        self._buyers = Buyers(ledger, self._course, self._now, seed=seed, token=token, follow_seconds=follow_seconds)
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=64)
        proxied = needs_environment(base_url)
        self._http = httpx.AsyncClient(base_url=base_url, timeout=REQUEST_SECONDS, limits=limits, trust_env=proxied)

    async def run(self, planned: Iterable[Planned], told: Callable[[Course, int], None]) -> Course:
        """Send everything and wait for every answer.

        Args:
            planned: In order of time.
            told: Called after each arrival with the course so far and the number of orders under way.
        """
        course, self._began = self._course, asyncio.get_running_loop().time()
        under_way: set[asyncio.Task[None]] = set()
        try:
            async with self._http:
                for order in planned:
                    await asyncio.sleep(max(0.0, order.at - self._now()))
                    course.late = max(course.late, self._now() - order.at)
                    task = asyncio.create_task(self._carry_out(self._buyers.buy(order)))
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

    async def _carry_out(self, steps: Steps) -> None:
        answer: Answer | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration:
                return
            if isinstance(step, Wait):
                answer = await asyncio.sleep(step.seconds)
            else:
                answer = await self._send(step)

    async def _send(self, request: Request) -> Answer:
        try:
            found = await self._http.request(
                request.method, request.path, headers=dict(request.headers), json=request.body
            )
        except httpx.HTTPError as error:
            return Answer(None, why=type(error).__name__)
        return Answer(found.status_code, found.headers, found.content)

    def _now(self) -> float:
        return asyncio.get_running_loop().time() - self._began
