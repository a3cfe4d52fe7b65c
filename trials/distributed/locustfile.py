"""For locust: the master hands out the shards of one plan, and each worker sends its own.

Arrivals follow the plan, not the answers: a locust user here is no customer but the place where one worker's customers
come from. So locust counts one user for each worker, and its response times begin when an attempt was due.

https://docs.locust.io/en/stable/running-distributed.html#communicating-across-nodes
https://docs.locust.io/en/stable/custom-load-shape.html
"""

import logging
import os
import sys
import uuid
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import requests  # pyright: ignore[reportMissingModuleSource] - of locust's environment
from gevent.event import AsyncResult  # pyright: ignore[reportMissingModuleSource]
from locust import FastHttpUser, LoadTestShape, events, task  # pyright: ignore[reportMissingImports]
from locust.exception import StopUser  # pyright: ignore[reportMissingImports]
from locust.runners import MasterRunner, WorkerRunner  # pyright: ignore[reportMissingImports]

from trials.customers import REQUEST_SECONDS, ShopAnswer, ShopRequest, identity_headers
from trials.distributed.assignments import ShardAssignments
from trials.distributed.shards import PlanShard, ShardError, decode_shard, encode_shard
from trials.distributed.worker import send_shard
from trials.load_plan import profiles

TOKEN = "SCALESHOP_TOKEN"  # noqa: S105 - the name of the variable that holds a customer's token
PLAN, DONE = "shard-plan", "shard-done"
USAGE = 2
ROOT_PARTS = 3
"""Of `/v1/orders`, between slashes; what is longer names an order."""
# Open-loop: a connection for whoever comes. What waits for one all the same waits from when it was due.
CONNECTIONS = 10_000
CATALOG_CUSTOMER = "trial-catalog"
logger = logging.getLogger("scaleshop")

own_shard: "AsyncResult[PlanShard]" = AsyncResult()
"""This worker's shard, once the master has sent it."""
assignments = ShardAssignments()
"""The master's."""
directory: Path = Path()
"""Where this worker's ledger goes; the master's own options would overwrite this worker's."""


class CatalogError(Exception):
    """The shop does not answer as it should, or sells nothing."""


@events.init_command_line_parser.add_listener
def _add_options(parser: ArgumentParser) -> None:
    def option(name: str, **about: Any) -> None:
        parser.add_argument(f"--shop-{name}", include_in_web_ui=False, **about)  # pyright: ignore[reportCallIssue]

    option("profile", default="flash-sale", choices=sorted(profiles()), help="How many orders come when (master).")
    option("seconds", type=float, default=60.0, help="How long the profile takes (master).")
    option("rate", type=float, default=3.0, help="Orders a second at a multiple of one, of all workers (master).")
    option("seed", type=int, default=1, help="Decides what is ordered when (master).")
    option("run", default=uuid.uuid4().hex[:12], help="The run's identity, default a new one (master).")
    option("skus", default="", help="What is sold, by commas, the hot one first; default what the shop has (master).")
    option("ledgers", default="ledgers", help="Directory of this machine's ledgers (each worker).")


@events.init.add_listener
def _register(environment: Any, **_: Any) -> None:
    global directory  # noqa: PLW0603 - locust knows a locustfile's state as its module's
    directory = Path(environment.parsed_options.shop_ledgers)
    runner = environment.runner
    if not isinstance(runner, MasterRunner):
        runner.register_message(PLAN, lambda msg, **_: own_shard.set(decode_shard(msg.data)))
    if not isinstance(runner, WorkerRunner):
        runner.register_message(DONE, lambda msg, **_: assignments.record_end(msg.data["index"], msg.data["error"]))
        _prepare(environment)


def _prepare(environment: Any) -> None:
    try:
        assignments.whole = _whole_plan(environment.host, environment.parsed_options)
    except (ShardError, CatalogError) as error:
        logger.error("%s", error)  # noqa: TRY400 - for who runs it, who has no use for a traceback
        sys.exit(USAGE)


def _whole_plan(host: str | None, options: Any) -> PlanShard:
    if not host:
        msg = "--host: it is missing; give the shop's address, --host https://api.example"
        raise ShardError(msg)
    for name in ("seconds", "rate"):
        if not getattr(options, f"shop_{name}") > 0:
            msg = f"--shop-{name}: {getattr(options, f'shop_{name}')} is no positive number"
            raise ShardError(msg)
    skus = [sku for sku in options.shop_skus.split(",") if sku] or products_in_stock(host, os.environ.get(TOKEN))
    about = (options.shop_profile, options.shop_seconds, options.shop_rate, options.shop_seed)
    return PlanShard(options.shop_run, host.rstrip("/"), *about, skus, index=0, of=1)


@events.test_start.add_listener
def _assign_shards(environment: Any, **_: Any) -> None:
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        return
    workers = [worker.id for worker in runner.clients.ready] if isinstance(runner, MasterRunner) else [None]
    try:
        given = assignments.assign(workers)
    except ShardError as error:
        logger.error("%s", error)  # noqa: TRY400
        return
    for worker, shard in given.items():
        runner.send_message(PLAN, encode_shard(shard), client_id=worker)


@events.quitting.add_listener
def _report(environment: Any, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    # Locust's own code says whether an answer was an error, which a shop that sheds gives on purpose.
    environment.process_exit_code = 0 if assignments.is_complete else 1
    for problem in assignments.problems():
        logger.error("%s", problem)


class ShardedLoadShape(LoadTestShape):
    """One user for each worker, until every shard has come to its end or is lost with its worker."""

    def tick(self) -> tuple[int, float] | None:
        """The number of users and how many are started a second; None at the end."""
        runner = self.runner
        if isinstance(runner, MasterRunner):
            missing = {worker.id for worker in runner.clients.missing}
            assignments.record_workers({worker.id for worker in runner.clients.all} - missing)
        logger.info("%s", assignments.progress(runner.stats.total.num_requests, runner.stats.total.num_failures))
        if assignments.is_over:
            return None
        users = len(assignments.workers) or (runner.worker_count if isinstance(runner, MasterRunner) else 1)
        return users, float(users)


class WorkerUser(FastHttpUser):
    """Where one worker's customers come from."""

    # Locust's defaults would send orders again on their own, follow redirects, and trust any certificate.
    max_retries, max_redirects, insecure = 0, 0, False
    concurrency = CONNECTIONS
    connection_timeout = network_timeout = float(REQUEST_SECONDS)

    @task
    def send_orders(self) -> None:
        """Send this worker's shard, once."""
        shard: PlanShard = own_shard.get()  # pyright: ignore[reportAssignmentType] - it is set to nothing else
        error = ""
        with suppress(OSError):
            directory.mkdir(parents=True, exist_ok=True)
        try:
            logger.info("the ledger is %s", send_shard(shard, self.send, directory, os.environ.get(TOKEN)))
        except Exception as failure:  # noqa: BLE001 - whatever it is, the master must hear of it
            error = f"{type(failure).__name__}: {failure}"
            logger.error("%s", error)  # noqa: TRY400
        self.environment.runner.send_message(DONE, {"index": shard.index, "error": error})
        raise StopUser

    def send(self, request: ShopRequest, now: Callable[[], float]) -> ShopAnswer:
        """Send one request; its response time, for locust, begins when it was due."""
        about = {"name": _route(request), "headers": dict(request.headers), "json": request.body}
        with self.client.request(request.method, request.path, catch_response=True, **about) as response:
            if request.due is not None:
                response.request_meta["response_time"] = (now() - request.due) * 1000
            if not response.status_code:
                return ShopAnswer(None, why=type(response.error).__name__)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return ShopAnswer(response.status_code, headers, response.content or b"")


def _route(request: ShopRequest) -> str:
    *_, last = parts = request.path.split("/")
    if len(parts) <= ROOT_PARTS:
        return request.path
    return "/v1/orders/{order_id}/cancel" if last == "cancel" else "/v1/orders/{order_id}"


def products_in_stock(base_url: str, token: str | None) -> Sequence[str]:
    """The SKUs of the products that are in stock: the one with the least first, which is the hot one.

    Raises:
        CatalogError: nobody answers as the contract says, or nothing is in stock.
    """
    with requests.Session() as session:
        session.trust_env = False  # as the customers themselves: no proxy of the environment
        session.headers.update(identity_headers(CATALOG_CUSTOMER, token))
        try:
            products = [str(product["sku"]) for product in _get(session, f"{base_url}/v1/products?limit=100")["items"]]
            stock = {sku: _get(session, f"{base_url}/v1/products/{sku}/availability")["available"] for sku in products}
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            msg = f"--host: {base_url} does not answer as a shop should: {error}"
            raise CatalogError(msg) from error
    found = sorted((sku for sku in products if stock[sku] > 0), key=lambda sku: stock[sku])
    if not found:
        msg = f"--host: {base_url} sells nothing: its catalog is empty or sold out"
        raise CatalogError(msg)
    return found


def _get(session: requests.Session, url: str) -> Any:
    answer = session.get(url, timeout=REQUEST_SECONDS)
    answer.raise_for_status()
    return answer.json()
