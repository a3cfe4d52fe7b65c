"""A load plan in shards, one for each worker: which orders it sends, and what its ledger says about that."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from trials.customers import LatencySample, Measurements
from trials.ledger import LedgerWriter
from trials.load_plan import CUSTOMERS, PlannedOrder, plan_orders, profile

MOST = CUSTOMERS
"""A worker has customers of its own, so there are no more workers than customers."""
BEGUN, SAMPLED, FOLLOWED, ENDED = "shard", "sample", "followed", "shard-ended"
"""Facts in a worker's ledger."""


class ShardError(ValueError):
    """A plan that can't be split so; the message names the field, its value and what is possible."""


@dataclass(frozen=True, slots=True)
class PlanShard:
    """A worker's part of a plan, and all that it needs to know of the plan; goes over the wire as a mapping."""

    run: str
    target: str
    """The shop's address."""
    profile: str
    seconds: float
    rate: float
    """Orders a second at a multiple of one."""
    seed: int
    skus: Sequence[str]
    """What is sold; the first is the hot one."""
    index: int
    """From 0."""
    of: int
    """How many shards there are."""

    def __post_init__(self) -> None:
        profile(self.profile)
        if not 0 < self.of <= MOST:
            msg = f"{self.of} workers: a plan has {MOST} customers, so it takes 1 to {MOST} workers"
            raise ShardError(msg)
        if not 0 <= self.index < self.of:
            msg = f"shard {self.index} of {self.of}: shards are numbered from 0 to {self.of - 1}"
            raise ShardError(msg)

    @property
    def name(self) -> str:
        """The stem of its ledger's file name."""
        return f"{self.run}-{self.index}of{self.of}"

    @property
    def jitter(self) -> str:
        """The seed of its customers' waits: no two workers wait in step."""
        return f"{self.seed}/{self.index}"

    def orders(self) -> "ShardOrders":
        """Its orders, in order of time."""
        return ShardOrders(self)


class ShardOrders:
    """A shard's orders, and what was seen of the whole plan on the way.

    Every worker goes through the whole plan and sends its customers' orders alone: together they send exactly what one
    machine would, whoever they are and however many.
    """

    def __init__(self, shard: PlanShard) -> None:
        self._shard = shard
        self._seen = hashlib.sha256()
        self.planned, self.mine = 0, 0

    def __iter__(self) -> Iterator[PlannedOrder]:
        for order in plan_whole(self._shard):
            self.planned += 1
            self._seen.update(repr(order).encode())
            if owner(order.customer, self._shard.of) == self._shard.index:
                self.mine += 1
                yield order

    @property
    def digest(self) -> str:
        """What tells the plan so far from another: workers of different versions may plan differently."""
        return self._seen.hexdigest()[:32]


class WrittenMeasurements(Measurements):
    """Measurements that are in the ledger too: the machine that judges is another."""

    def __init__(self, ledger: LedgerWriter) -> None:
        super().__init__()
        self._ledger = ledger

    def add_sample(self, sample: LatencySample) -> None:
        """Add an attempt, and write it."""
        super().add_sample(sample)
        self._ledger.write_fact(
            SAMPLED, due=round(sample.due, 4), latency=round(sample.latency, 4), status=sample.status
        )

    def add_end(self, accepted: float, seconds: float) -> None:
        """Add the end of an order, and write it."""
        super().add_end(accepted, seconds)
        self._ledger.write_fact(FOLLOWED, accepted=round(accepted, 4), seconds=round(seconds, 4))


def plan_whole(shard: PlanShard) -> Iterator[PlannedOrder]:
    """The whole plan that a shard is part of."""
    shape = profile(shard.profile)
    return plan_orders(shape, seed=shard.seed, run=shard.run, seconds=shard.seconds, rate=shard.rate, skus=shard.skus)


def split_plan(whole: PlanShard, of: int) -> Sequence[PlanShard]:
    """Split a plan among so many workers.

    Raises:
        ShardError: there are none, or more than customers.
    """
    return [replace(whole, index=index, of=of) for index in range(max(of, 1))]


def owner(customer: str, of: int) -> int:
    """The index of the shard that a customer's orders belong to: by the number in which a customer's name ends."""
    return int(customer.rpartition("-")[2]) % of


def write_begin(ledger: LedgerWriter, shard: PlanShard) -> None:
    """Write what a worker is about to do."""
    ledger.write_fact(BEGUN, **encode_shard(shard))


def write_end(ledger: LedgerWriter, orders: ShardOrders, measurements: Measurements) -> None:
    """Write that a worker has done all of its part."""
    about = {"planned": orders.planned, "mine": orders.mine, "plan": orders.digest}
    ledger.write_fact(ENDED, late=round(measurements.late, 4), **about)


def encode_shard(shard: PlanShard) -> dict[str, Any]:
    """A shard for the wire and for a ledger."""
    return {**asdict(shard), "skus": list(shard.skus)}


def decode_shard(message: Mapping[str, Any]) -> PlanShard:
    """A shard from the wire or from a ledger.

    Raises:
        ShardError: it is none, or of another version.
    """
    try:
        given: dict[str, Any] = {name: message[name] for name in PlanShard.__slots__}
        return PlanShard(**{**given, "skus": tuple(given["skus"])})
    except (KeyError, TypeError) as error:
        msg = f"no shard of a plan ({error}): master and workers must run the same version"
        raise ShardError(msg) from error
