"""Which worker has which shard, and what became of it, as the master of a distributed run knows it."""

from collections.abc import Iterable, Mapping, Sequence

from trials.distributed.shards import PlanShard, split_plan


class ShardAssignments:
    """Shards of one plan, one for each worker that is there when it begins; nobody takes over from a worker that died.

    Its orders were due when it died: sent later they would be another plan.
    """

    def __init__(self) -> None:
        self.whole: PlanShard | None = None
        """The plan, as one shard."""
        self.workers: dict[str | None, PlanShard] = {}
        self._ended: dict[int, str] = {}
        self._lost: set[int] = set()
        self._refused = False

    def assign(self, workers: Sequence[str | None]) -> Mapping[str | None, PlanShard]:
        """Split the plan among the workers.

        Raises:
            ShardError: there are none, or more than a plan has customers.
        """
        if self.whole is None or self.workers:
            return {}
        self._refused = True
        self.workers = dict(zip(workers, split_plan(self.whole, len(workers)), strict=True))
        self._refused = False
        return self.workers

    def record_end(self, index: int, error: str) -> None:
        """Record that a shard has its end, and what went wrong if anything did."""
        self._ended.setdefault(index, error)

    def record_workers(self, present: Iterable[str | None]) -> None:
        """Record which workers are still there; the others are lost."""
        alive = set(present)
        self._lost |= {shard.index for worker, shard in self.workers.items() if worker not in alive}

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to come."""
        return self._refused or (
            bool(self.workers) and {shard.index for shard in self.workers.values()} <= self._ended.keys() | self._lost
        )

    @property
    def is_complete(self) -> bool:
        """Whether every shard came to a good end."""
        return bool(self.workers) and len(self._ended) == len(self.workers) and not any(self._ended.values())

    def problems(self) -> Sequence[str]:
        """What kept shards from their end."""
        of = len(self.workers)
        return [
            *(f"shard {index} of {of} failed: {error}" for index, error in sorted(self._ended.items()) if error),
            *(f"shard {index} of {of} is lost: its worker died" for index in sorted(self._lost - self._ended.keys())),
        ]

    def progress(self, attempts: int, failures: int) -> str:
        """How far it is, in a line."""
        answers = f"{attempts} answers, {failures} of them no success"
        return f"selling: {answers}, {len(self._ended)} of {len(self.workers)} workers done"
