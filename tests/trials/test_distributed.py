"""One plan among many workers, and their ledgers as one: nothing is sent twice or left out, nor judged in part."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trials import ledger, trial
from trials.customers import Customers, ShopAnswer, ShopRequest, Wait
from trials.distributed.assignments import ShardAssignments
from trials.distributed.joining import JoinedRun, join_ledgers
from trials.distributed.shards import (
    PlanShard,
    ShardError,
    WrittenMeasurements,
    plan_whole,
    split_plan,
    write_begin,
    write_end,
)
from trials.figures import figures
from trials.ledger import LedgerError, LedgerWriter, TrialRun
from trials.load_plan import UnknownProfileError, profiles

WHOLE = PlanShard("run", "http://127.0.0.1:1", "flash-sale", 5.0, 4.0, 7, ("HOT", "B", "C"), index=0, of=1)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(profiles())), st.integers(0, 10**6), st.integers(1, 40))
def test_all_shards_together_are_the_plan_and_no_two_share_a_customer_or_a_key(name: str, seed: int, of: int) -> None:
    whole = replace(WHOLE, profile=name, seed=seed)
    parts = [list(shard.orders()) for shard in split_plan(whole, of)]
    assert sorted((order for part in parts for order in part), key=lambda order: order.at) == list(plan_whole(whole))
    for names in ([{order.customer for order in part} for part in parts], [{order.key for order in p} for p in parts]):
        assert len(set().union(*names)) == sum(len(of_one) for of_one in names), "two have a name in common"


def test_two_workers_have_about_half_of_the_orders_each_and_do_not_wait_in_step() -> None:
    parts = split_plan(replace(WHOLE, seconds=60.0), 2)
    counts = [len(list(shard.orders())) for shard in parts]
    assert min(counts) > 0.4 * sum(counts)
    assert parts[0].jitter != parts[1].jitter


@pytest.mark.parametrize("of", [-1, 0, 41])
def test_a_plan_for_no_worker_or_more_than_customers_is_refused(of: int) -> None:
    with pytest.raises(ShardError, match="it takes 1 to 40 workers"):
        split_plan(WHOLE, of)


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownProfileError, match="there is no profile 'none'; there are: double-peak"):
        replace(WHOLE, profile="none")


# -- ledgers --------------------------------------------------------------------------------------------------------


@pytest.fixture
def ledgers(tmp_path: Path) -> Sequence[Path]:
    return [write(shard, tmp_path) for shard in split_plan(WHOLE, 2)]


def write(shard: PlanShard, directory: Path, *, ended: bool = True) -> Path:
    """A worker's ledger, of a shop that answers everything at once."""
    file = directory / f"{shard.name}.jsonl"
    with LedgerWriter(file, TrialRun(shard.run, shard.seed, shard.target, 1_000.0 + shard.index)) as opened:
        write_begin(opened, shard)
        measurements, orders = WrittenMeasurements(opened), shard.orders()
        for order in orders:
            customers = Customers(opened, measurements, lambda at=order.at: at + 0.25, seed=shard.jitter)
            carry_out(customers.buy(order))
        if ended:
            write_end(opened, orders, measurements)
    return file


def carry_out(steps: object) -> None:
    answer = None
    while True:
        try:
            step = steps.send(answer)  # type: ignore[attr-defined]
        except StopIteration:
            return
        answer = None if isinstance(step, Wait) else answer_request(step)


def answer_request(request: ShopRequest) -> ShopAnswer:
    if request.method == "GET":
        return ShopAnswer(200, {}, b'{"state": "CONFIRMED"}')
    found = {"order_id": f"of-{request.headers.get('Idempotency-Key', '')}"}
    return ShopAnswer(202, {}, json.dumps(found).encode())


def join(files: Sequence[Path]) -> JoinedRun:
    return join_ledgers(files, files[0].parent / "joined")


def test_the_joined_ledger_is_one_that_the_checker_reads_with_every_order_of_the_plan(ledgers: Sequence[Path]) -> None:
    found, planned = join(ledgers), list(plan_whole(WHOLE))
    facts = trial.read_ledger(found.ledger)
    assert facts.keys.keys() == {(order.customer, order.key) for order in planned}
    assert facts.outcomes["accepted"] == len(planned) + sum(order.again for order in planned)
    assert (facts.outcomes["ambiguous"], facts.disordered, facts.backwards) == (0, 0, [])
    assert facts.facts == []
    assert ledger.read_run(found.ledger) == TrialRun("run", 7, WHOLE.target, 1_000.0)
    assert (found.load.profile.name, found.load.seconds, found.load.rate, found.load.seed) == ("flash-sale", 5, 4, 7)


def test_latencies_count_from_when_an_order_was_due_on_whichever_worker(ledgers: Sequence[Path]) -> None:
    found, planned = join(ledgers), list(plan_whole(WHOLE))
    assert [sample.due for sample in found.measurements.samples] == [round(order.at, 4) for order in planned]
    assert (figures(found.measurements).accepted, figures(found.measurements).p99_ms) == (
        len(planned),
        pytest.approx(250),
    )
    assert len(found.measurements.ends) == sum(order.followed or order.cancelled for order in planned)


def test_the_order_in_which_ledgers_are_given_does_not_matter(ledgers: Sequence[Path]) -> None:
    first = join(ledgers).ledger.read_text()
    assert join(ledgers[::-1]).ledger.read_text() == first


Spoil = Callable[[Sequence[Path]], Sequence[Path]]


def none(_: Sequence[Path]) -> Sequence[Path]:
    return []


def one_left_out(files: Sequence[Path]) -> Sequence[Path]:
    return files[:1]


def one_twice(files: Sequence[Path]) -> Sequence[Path]:
    return [*files, files[0].parent / shutil.copy(files[0], files[0].with_name("copy.jsonl"))]


def one_that_is_not_there(files: Sequence[Path]) -> Sequence[Path]:
    return [files[0], files[0].with_name("gone.jsonl")]


def one_cut_in_a_line(files: Sequence[Path]) -> Sequence[Path]:
    files[0].write_bytes(files[0].read_bytes()[:-9])
    return files


def one_whose_worker_died(files: Sequence[Path]) -> Sequence[Path]:
    files[0].write_text("".join(files[0].read_text().splitlines(keepends=True)[:-1]))
    return files


def one_of_another_seed(files: Sequence[Path]) -> Sequence[Path]:
    other = files[0].parent / "other"
    return [files[0], write(split_plan(replace(WHOLE, seed=8), 2)[1], other)]


def one_that_planned_differently(files: Sequence[Path]) -> Sequence[Path]:
    files[1].write_text(files[1].read_text().replace('"plan":"', '"plan":"0'))
    return files


def one_of_a_run_without_workers(files: Sequence[Path]) -> Sequence[Path]:
    file = files[0].with_name("alone.jsonl")
    with LedgerWriter(file, TrialRun("alone", 1, WHOLE.target, 0.0)) as opened:
        opened.write_state("order", "PENDING")
    return [file]


def one_whose_answer_has_no_attempt(files: Sequence[Path]) -> Sequence[Path]:
    lines = files[0].read_text().splitlines(keepends=True)
    lines.remove(next(line for line in lines if '"attempt"' in line))
    files[0].write_text("".join(lines))
    return files


def one_whose_line_lacks_its_time(files: Sequence[Path]) -> Sequence[Path]:
    files[0].write_text(files[0].read_text() + '{"line":"seen","order":"o","state":"PENDING"}\n')
    return files


BAD: Sequence[tuple[Spoil, str]] = [
    (none, "no ledger was given"),
    (one_left_out, "1 of 2 ledgers of run run are missing: run-1of2.jsonl"),
    (one_twice, "are both of shard 0; give each worker's ledger once"),
    (one_that_is_not_there, "gone.jsonl can't be read: No such file"),
    (one_cut_in_a_line, "the ledger is cut short in this line"),
    (one_whose_worker_died, "run-0of2.jsonl: the worker of shard 0 of 2 did not come to its end"),
    (one_of_another_seed, "its seed is 8, not 7; give the ledgers of one run"),
    (one_that_planned_differently, "the workers did not send one plan"),
    (one_of_a_run_without_workers, "alone.jsonl:2: this is no worker's ledger"),
    (one_whose_answer_has_no_attempt, "attempt 1 is answered, but was not made"),
    (one_whose_line_lacks_its_time, "a line lacks what its kind has"),
]


@pytest.mark.parametrize(("spoil", "message"), BAD, ids=[spoil.__name__ for spoil, _ in BAD])
def test_ledgers_that_are_not_whole_are_refused_and_leave_no_joined_one(
    ledgers: Sequence[Path], spoil: Spoil, message: str
) -> None:
    with pytest.raises(LedgerError, match=message):
        join_ledgers(spoil(ledgers), ledgers[0].parent / "joined")
    assert not list((ledgers[0].parent / "joined").glob("*"))


# -- what the master knows ---------------------------------------------------------------------------------------------


def assign(*workers: str) -> ShardAssignments:
    assignments = ShardAssignments()
    assignments.whole = WHOLE
    assignments.assign(workers)
    return assignments


def test_a_run_is_complete_when_every_shard_came_to_a_good_end() -> None:
    assignments = assign("a", "b")
    assignments.record_end(0, "")
    assert (assignments.is_over, assignments.is_complete) == (False, False)
    assignments.record_end(1, "")
    assert (assignments.is_over, assignments.is_complete, assignments.problems()) == (True, True, [])


def test_a_worker_that_dies_ends_its_shard_and_nobody_takes_it_over() -> None:
    assignments = assign("a", "b")
    assignments.record_workers({"b", "late"})
    assignments.record_end(1, "")
    assert (assignments.is_over, assignments.is_complete) == (True, False)
    assert assignments.problems() == ["shard 0 of 2 is lost: its worker died"]
    assert assignments.assign(["late"]) == {}


def test_a_worker_that_left_after_its_end_is_not_lost() -> None:
    assignments = assign("a")
    assignments.record_end(0, "")
    assignments.record_workers(set())
    assert (assignments.is_complete, assignments.problems()) == (True, [])


def test_a_shard_that_failed_says_why() -> None:
    assignments = assign("a")
    assignments.record_end(0, "LedgerError: the disk is full")
    assert (assignments.is_over, assignments.is_complete) == (True, False)
    assert assignments.problems() == ["shard 0 of 1 failed: LedgerError: the disk is full"]


def test_more_workers_than_customers_end_the_run_before_anything_is_sent() -> None:
    assignments = ShardAssignments()
    assignments.whole = WHOLE
    with pytest.raises(ShardError):
        assignments.assign([str(number) for number in range(41)])
    assert (assignments.is_over, assignments.is_complete) == (True, False)
