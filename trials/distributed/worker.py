"""A worker's load generator: the customers of one shard in greenlets, each order when it is due."""

import time
from collections.abc import Callable
from pathlib import Path

from gevent import GreenletExit, sleep  # pyright: ignore[reportMissingModuleSource]
from gevent.pool import Group  # pyright: ignore[reportMissingModuleSource]

from trials.customers import Customers, ShopAnswer, ShopRequest, Steps, Wait
from trials.distributed.shards import PlanShard, WrittenMeasurements, write_begin, write_end
from trials.ledger import LedgerWriter, TrialRun

Send = Callable[[ShopRequest, Callable[[], float]], ShopAnswer]
"""Sends a request; the second argument gives the seconds since the run began."""


def send_shard(shard: PlanShard, send: Send, directory: Path, token: str | None) -> Path:
    """Send a shard's orders and wait for every answer.

    Args:
        shard: Whose orders.
        send: How a request is sent.
        directory: Where the ledger goes, `<run>-<shard>of<shards>.jsonl`.
        token: A customer's, where the API asks for one.

    Returns:
        The ledger.

    Raises:
        LedgerError: the ledger is there already, or can't be written.
        ValueError: the token is none.
    """
    began = time.monotonic()

    def now() -> float:
        return time.monotonic() - began

    file, under_way = directory / f"{shard.name}.jsonl", Group()
    failures: list[BaseException] = []
    with LedgerWriter(file, TrialRun(shard.run, shard.seed, shard.target, time.time())) as ledger:
        write_begin(ledger, shard)
        measurements, orders = WrittenMeasurements(ledger), shard.orders()
        customers = Customers(ledger, measurements, now, seed=shard.jitter, token=token)
        try:
            for order in orders:
                sleep(max(0.0, order.at - now()))
                if failures:
                    break
                measurements.late = max(measurements.late, now() - order.at)
                under_way.spawn(_keep_failure, failures, customers.buy(order), send, now)
            under_way.join()
        finally:
            under_way.kill()
        if failures:
            raise failures[0]
        write_end(ledger, orders, measurements)
    return file


def _keep_failure(failures: list[BaseException], steps: Steps, send: Send, now: Callable[[], float]) -> None:
    # A customer that fails here is a fault of this program's or of its disk's: the whole shard must not look sound.
    try:
        _carry_out(steps, send, now)
    except GreenletExit:
        raise
    except Exception as error:  # noqa: BLE001 - raised again by whom it concerns
        failures.append(error)


def _carry_out(steps: Steps, send: Send, now: Callable[[], float]) -> None:
    answer: ShopAnswer | None = None
    while True:
        try:
            step = steps.send(answer)
        except StopIteration:
            return
        answer = sleep(step.seconds) if isinstance(step, Wait) else send(step, now)
