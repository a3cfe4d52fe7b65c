"""Locust's own master and workers against the shop in this process: every worker's ledger, one verdict.

A test that needs locust's environment says why it is skipped where the environment can't be made.
"""

import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import psutil
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from local_server import http_server
from memory_platform import MemoryPlatform, hasten, memory_platform

from sandbox.host import processes
from scaleshop.distributed import LOCUSTFILE, locust, send
from scaleshop.errors import CommandError, Exit
from trials.distributed.joining import join_ledgers, judge_ledgers
from trials.figures import figures
from trials.ledger import LedgerError
from trials.load_plan import plan_orders, profile
from trials.trial import Load, ShopTarget, Trial

LOAD = Load(profile("flash-sale"), 2.0, 8.0, seed=3)
LONG = Load(profile("steady"), 600.0, 5.0, seed=3)
DEADLINE, PATIENCE = 60.0, 15.0


@pytest.fixture(scope="module")
def environment() -> Path:
    try:
        return locust(lambda _: None)
    except CommandError as error:
        if error.code is Exit.ENVIRONMENT:
            pytest.skip(f"locust's environment can't be made here: {error}")
        raise


@pytest.fixture(scope="module")
def platform(environment: Path) -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


@pytest.fixture(scope="module")
def trial(platform: MemoryPlatform, tmp_path_factory: pytest.TempPathFactory) -> Trial:
    """One run of two workers, for all that is asked of it."""
    directory = tmp_path_factory.mktemp("trial")
    files = send(platform.target(), LOAD, 2, directory, lambda _: None)
    return judge_ledgers(platform.target(), files, directory, lambda _: None, settle_seconds=30)


def test_two_workers_sell_and_all_invariants_hold(trial: Trial) -> None:
    assert [(v.id, v.first) for v in trial.report.failed] == []
    assert trial.report.passed


def test_together_they_send_the_plan_that_one_process_would(trial: Trial, platform: MemoryPlatform) -> None:
    planned = list(
        plan_orders(LOAD.profile, seed=3, run=trial.run.run, seconds=2.0, rate=8.0, skus=platform.target().skus)
    )
    assert trial.evidence.ledger.keys.keys() == {(order.customer, order.key) for order in planned}
    assert len(planned) > 50


def test_every_latency_counts_from_a_due_time_of_the_plan(trial: Trial) -> None:
    assert trial.measurements.samples
    assert all(sample.due >= 0 and sample.latency >= 0 for sample in trial.measurements.samples)
    assert figures(trial.measurements).p50_ms > 0
    assert trial.measurements.ends


def test_no_process_is_left(trial: Trial) -> None:
    assert locust_processes(trial.ledger.parent) == []


def test_arrivals_do_not_wait_for_a_shop_that_does_not_answer(environment: Path, tmp_path: Path) -> None:
    release, most, lock, open_ = threading.Event(), [0], threading.Lock(), [0]
    planned = len(list(plan_orders(LOAD.profile, seed=3, run="x", seconds=2.0, rate=8.0, skus=["A"])))

    def silent(*_: object) -> tuple[int, dict[str, str], bytes]:
        with lock:
            open_[0] += 1
            most[0] = max(most[0], open_[0])
            if most[0] == planned:
                release.set()
        release.wait(PATIENCE)
        with lock:
            open_[0] -= 1
        return 400, {}, b"{}"

    with http_server(silent) as url:
        files = send(target(url, ["A"]), LOAD, 2, tmp_path, lambda _: None)
    samples = join_ledgers(files, tmp_path).measurements.samples
    assert (most[0], [sample.status for sample in samples]) == (planned, [400] * planned)
    # The first waited for the last: its latency is nearly the whole run.
    assert max(sample.latency for sample in samples) > 0.5 * LOAD.seconds


def test_a_worker_that_is_killed_fails_the_run_and_its_ledger_is_refused(
    platform: MemoryPlatform, tmp_path: Path
) -> None:
    killed: list[int] = []

    def kill(_: str) -> None:
        begun = sorted(tmp_path.glob("*/*-0of2.jsonl"))
        if begun and not killed and b"attempt" in begun[0].read_bytes():
            victim = next(p for p in locust_processes(tmp_path) if has_open(p, begun[0]))
            killed.append(victim.pid)
            victim.kill()

    with pytest.raises(CommandError, match="shard 0 of 2 is lost: its worker died") as raised:
        send(platform.target(), Load(profile("steady"), 3.0, 10.0, 1), 2, tmp_path, kill)
    assert raised.value.code is Exit.FAILED
    assert killed
    with pytest.raises(LedgerError, match="shard 0 of 2 did not come to its end"):
        join_ledgers(sorted(tmp_path.glob("*/*.jsonl")), tmp_path / "joined")


def test_an_interrupt_ends_every_process(platform: MemoryPlatform, tmp_path: Path) -> None:
    def interrupt(_: str) -> None:
        if any(b"attempt" in file.read_bytes() for file in tmp_path.glob("*/*.jsonl")):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        send(platform.target(), LONG, 2, tmp_path, interrupt)
    assert locust_processes(tmp_path) == []


def test_a_port_that_is_another_programs_is_an_error_and_leaves_no_process(
    platform: MemoryPlatform, tmp_path: Path
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken, pytest.raises(CommandError) as raised:
        send(platform.target(), LOAD, 1, tmp_path, lambda _: None, port=taken.getsockname()[1])
    assert "Address already in use" in str(raised.value)
    assert locust_processes(tmp_path) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--shop-profile", "none"], "invalid choice: 'none' (choose from"),
        (["--shop-skus", "A"], "--host: it is missing"),
        (["--host", "http://127.0.0.1:1"], "http://127.0.0.1:1 does not answer as a shop should"),
        (["--host", "http://127.0.0.1:1", "--shop-rate", "0"], "--shop-rate: 0.0 is no positive number"),
    ],
)
def test_bad_input_to_locust_itself_is_refused_before_anything_is_sent(
    environment: Path, tmp_path: Path, options: Sequence[str], message: str
) -> None:
    command = [str(environment / "bin" / "python"), "-m", "locust", "-f", str(LOCUSTFILE), "--headless", *options]
    log = tmp_path / "log"
    process = processes.start(command, environment={"HOME": str(tmp_path)}, directory=tmp_path, log=log)
    try:
        psutil.wait_procs([psutil.Process(process.pid)] if process.is_running else [], DEADLINE)
    finally:
        processes.stop(process, grace=1)
    text = log.read_text()
    assert message in text
    assert "Traceback" not in text
    assert not list(tmp_path.glob("ledgers/*"))


def test_too_many_workers_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--workers: 41 workers: a plan has 40 customers") as raised:
        send(target("http://127.0.0.1:1", ["A"]), LOAD, 41, tmp_path, lambda _: None)
    assert raised.value.code is Exit.USAGE


def test_an_environment_that_can_not_be_made_says_what_it_is_for(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(CommandError, match="the environment of the locust load generator can't be made") as raised:
        locust(lambda _: None, file)
    assert raised.value.code is Exit.ENVIRONMENT


def target(url: str, skus: Sequence[str]) -> ShopTarget:
    return ShopTarget(url, lambda *_, **__: {}, skus)


def locust_processes(directory: Path) -> list[psutil.Process]:
    """Locust's processes of the runs in a directory."""
    found = []
    for process in psutil.process_iter():
        try:
            home = process.environ().get("HOME", "")
            if Path(home).is_relative_to(directory) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def has_open(process: psutil.Process, file: Path) -> bool:
    return str(file) in [opened.path for opened in process.open_files()]
