"""Load from several processes of this machine: a locust master, its workers, and their ledgers."""

import os
import time
import uuid
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.host.environments import cache_directory, ensure_environment
from sandbox.host.errors import SandboxError
from sandbox.host.processes import Process, free_port, start, stop
from sandbox.host.progress import Progress
from scaleshop.errors import CommandError, Exit
from scaleshop.options import TOKEN

if TYPE_CHECKING:
    from trials.distributed.shards import PlanShard
    from trials.trial import Load, ShopTarget

LOCUST = Path(__file__).resolve().parents[1] / "trials" / "distributed"
LOCUSTFILE, PINS = LOCUST / "locustfile.py", LOCUST / "locust.lock.txt"
CONNECT_SECONDS = 60
GRACE_SECONDS = 5.0
LOOK_SECONDS = 0.2
TAIL_BYTES, SHOWN = 8_192, 5
REPORTED, WRONG = "/INFO/scaleshop: ", "/ERROR/"

Tell = Callable[[str], None]


def locust(tell: Tell, cache: Path | None = None) -> Path:
    """The environment that locust runs in, made at first use: its packages are none of this project's.

    Raises:
        CommandError: it can't be made.
    """

    def report(progress: Progress) -> None:
        tell(progress.detail)

    try:
        return ensure_environment("locust", PINS, cache or cache_directory(), report, kind="load generator")
    except SandboxError as error:
        raise CommandError(str(error), Exit.ENVIRONMENT) from error


def send(
    target: "ShopTarget", load: "Load", workers: int, directory: Path, tell: Tell, *, port: int | None = None
) -> Sequence[Path]:
    """Let so many workers send a plan; their ledgers, in a directory of the run's own, with the processes' logs.

    Args:
        target: The shop.
        load: What is sent.
        workers: How many.
        directory: Where the run's directory goes.
        tell: Gets what happens, a line at a time.
        port: Where master and workers meet on loopback, default a free one.

    Raises:
        CommandError: too many workers, locust's environment can't be made, or not all shards came to their end.
    """
    from trials.distributed.shards import PlanShard, ShardError, split_plan  # noqa: PLC0415 - keeps `--help` fast

    skus, about = tuple(target.skus), (load.profile.name, load.seconds, load.rate, load.seed)
    whole = PlanShard(uuid.uuid4().hex[:12], target.base_url.rstrip("/"), *about, skus, index=0, of=1)
    try:
        parts = split_plan(whole, workers)
    except ShardError as error:
        raise CommandError(f"--workers: {error}", Exit.USAGE) from error
    python, place = locust(tell) / "bin" / "python", directory / whole.run
    place.mkdir(parents=True, exist_ok=True)
    with _start_workers(python, whole, workers, place, port or free_port()) as (master, others):
        _watch(master, others, place / "master.log", tell)
    files = [place / f"{part.name}.jsonl" for part in parts]
    wrong = _wrong(place)
    if wrong or not all(file.exists() for file in files):
        said = "; ".join(wrong or _tail(place / "master.log")[-1:])
        msg = f"The workers did not send all of the plan: {said}. Their logs are in {place}."
        raise CommandError(msg, Exit.FAILED)
    return files


@contextmanager
def _start_workers(
    python: Path, whole: "PlanShard", workers: int, place: Path, port: int
) -> Generator[tuple[Process, Sequence[Process]]]:
    # A home of its own: locust reads ~/.locust.conf, and the user's is about other tests.
    passed = {name: os.environ[name] for name in ("PATH", "LANG", TOKEN) if name in os.environ}
    variables = {**passed, "HOME": str(place), "PYTHONDONTWRITEBYTECODE": "1"}
    common = [str(python), "-m", "locust", "--locustfile", str(LOCUSTFILE)]
    begun: list[Process] = []

    def begin(name: str, *options: str) -> Process:
        begun.append(start([*common, *options], environment=variables, directory=place, log=place / f"{name}.log"))
        return begun[-1]

    try:
        master = begin("master", *_master(whole, workers, port))
        meeting = ("--master-host", "127.0.0.1", "--master-port", str(port), "--shop-ledgers", str(place))
        yield master, [begin(f"worker-{number}", "--worker", *meeting) for number in range(workers)]
    finally:
        for process in begun:
            stop(process, grace=GRACE_SECONDS)


def _master(whole: "PlanShard", workers: int, port: int) -> Sequence[str]:
    options = {
        "master-bind-host": "127.0.0.1",  # its default is every interface
        "master-bind-port": port,
        "expect-workers": workers,
        "expect-workers-max-wait": CONNECT_SECONDS,
        "host": whole.target,
        "shop-profile": whole.profile,
        "shop-seconds": whole.seconds,
        "shop-rate": whole.rate,
        "shop-seed": whole.seed,
        "shop-run": whole.run,
        "shop-skus": ",".join(whole.skus),
    }
    named = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return ["--master", "--headless", "--only-summary", *named]


def _watch(master: Process, workers: Sequence[Process], log: Path, tell: Tell) -> None:
    """Until the master ends, or has had time to after the last of its workers."""
    tell("selling: waiting for the workers")
    alone: float | None = None
    while master.is_running:
        if said := [line.partition(REPORTED)[2] for line in _tail(log) if REPORTED in line]:
            tell(said[-1])
        if any(worker.is_running for worker in workers):
            alone = None
        elif alone is None:
            alone = time.monotonic()
        elif time.monotonic() - alone > GRACE_SECONDS:
            return
        time.sleep(LOOK_SECONDS)


def _wrong(place: Path) -> list[str]:
    """What master and workers call errors, each once."""
    found = [line.partition(WRONG)[2] for log in sorted(place.glob("*.log")) for line in _tail(log) if WRONG in line]
    return list(dict.fromkeys(line.partition(": ")[2] for line in found))[:SHOWN]


def _tail(log: Path) -> list[str]:
    with log.open("rb") as text:
        text.seek(max(0, log.stat().st_size - TAIL_BYTES))
        return text.read().decode(errors="replace").splitlines()
