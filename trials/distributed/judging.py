"""The verdict on a run of several workers, wherever they ran."""

from collections.abc import Sequence
from pathlib import Path

from trials.distributed.joining import join
from trials.trial import Target, Tell, Trial, settle


def judge(target: Target, files: Sequence[Path], directory: Path, tell: Tell, *, settle_seconds: float) -> Trial:
    """Join the workers' ledgers, wait until everything holds, and judge.

    Args:
        target: The shop that they bought from.
        files: The ledgers of all workers.
        directory: Where the joined one goes, `<run>.jsonl`.
        tell: Told what happens, a line at a time.
        settle_seconds: How long accepted orders may take to their end.

    Raises:
        LedgerError: a ledger is damaged or missing, or a worker did not come to its end.
        BusyError: the operators' entry point took no call.
    """
    joined = join(files, directory)
    world, report, settled = settle(target, joined.ledger, tell, seconds=settle_seconds)
    return Trial(joined.run, joined.load, joined.course, world, report, settled, joined.ledger)
