"""Checkpoints, order and completeness of a shard's records, whatever fails."""

from collections.abc import Sequence
from itertools import pairwise

from aws_emulator.lambda_stream_mappings.batch_results import InvocationAnswer
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import StreamSettings
from aws_emulator.lambda_stream_mappings.shard import Shard
from hypothesis import given, settings
from hypothesis import strategies as st
from shard_unit import FAILED, THROTTLED, ShardRun, body, report_failures

ANSWERS = ("good", "good", "good", "error", "throttle", "partial", "unknown", "garbage")
MAPPINGS = st.builds(
    StreamSettings,
    batch_size=st.integers(1, 9),
    window_seconds=st.sampled_from([0, 0, 3]),
    patterns=st.sampled_from([(), (), ("a", "b")]),
    retries=st.one_of(st.none(), st.integers(0, 3)),
    age_seconds=st.sampled_from([60, 86_400]),
    bisect=st.booleans(),
    partial=st.booleans(),
    parallelization=st.integers(1, 10),
)


def answer_batch(kind: str, place: int, batch: Sequence[StreamRecord]) -> InvocationAnswer:
    position = batch[place % len(batch)].position
    if kind == "partial":
        return report_failures(position)
    return {
        "good": InvocationAnswer(),
        "error": FAILED,
        "throttle": THROTTLED,
        "unknown": InvocationAnswer(body={"batchItemFailures": [{"itemIdentifier": "nobody"}]}),
        "garbage": InvocationAnswer(body="garbage"),
    }[kind]


@settings(max_examples=300, deadline=None)
@given(
    items=st.lists(st.sampled_from("abcdef"), max_size=40),
    mapping=MAPPINGS,
    script=st.lists(st.tuples(st.sampled_from(ANSWERS), st.integers(0, 8)), max_size=60),
)
def test_every_record_is_handled_or_given_up_once_in_order_and_the_checkpoint_passes_no_other(
    items: list[str], mapping: StreamSettings, script: list[tuple[str, int]]
) -> None:
    bodies = [body(position, item) for position, item in enumerate(items)]
    steps = iter(script)

    def handler(batch: Sequence[StreamRecord]) -> InvocationAnswer:
        return answer_batch(*next(steps, ("good", 0)), batch)

    run = ShardRun(bodies, handler, mapping)
    settled: set[int] = set()
    while run.step():
        settled = {*run.list_settled(), *run.list_discarded()}
        passed = {p for p, item in enumerate(items) if not mapping.patterns or item in mapping.patterns}
        assert passed & set(range(run.shard.checkpoint)) <= settled, "the checkpoint passed an unfinished record"
    wanted = [p for p, item in enumerate(items) if not mapping.patterns or item in mapping.patterns]
    assert sorted(run.list_settled() + run.list_discarded()) == wanted, "each is finished once"
    assert run.shard.checkpoint == len(items)
    assert not run.shard.finished
    for item in set(items):
        finished = [r.position for r in run.handled if r.item == StreamRecord.of(0, body(0, item)).item]
        assert finished == sorted(finished), f"records of {item} out of order"


@settings(max_examples=100, deadline=None)
@given(bad=st.sets(st.integers(0, 99), max_size=10), queues=st.integers(1, 10), partial=st.booleans())
def test_exactly_the_poison_records_are_given_up(bad: set[int], queues: int, partial: bool) -> None:
    def handler(batch: Sequence[StreamRecord]) -> InvocationAnswer:
        first = next((record.position for record in batch if record.position in bad), None)
        return InvocationAnswer() if first is None else report_failures(first) if partial else FAILED

    mapping = StreamSettings(batch_size=100, retries=2, bisect=True, partial=partial, parallelization=queues)
    run = ShardRun([body(position) for position in range(100)], handler, mapping).finish()
    assert set(run.list_discarded()) == bad
    assert sorted(run.list_settled()) == sorted(set(range(100)) - bad)


def test_the_checkpoint_waits_for_a_batch_queue_that_is_stuck_and_the_others_go_on() -> None:
    bodies = [body(position, "stuck" if position == 0 else f"item-{position}") for position in range(50)]
    stuck = StreamRecord.of(0, bodies[0]).choose_queue(4)
    run = ShardRun(bodies, lambda _: InvocationAnswer(), StreamSettings(batch_size=5, parallelization=4))
    run.fill()
    for index, queue in enumerate(run.shard.queues):
        while index != stuck and (batch := queue.take(run.settings, 0)):
            run.settle(index, batch)
    assert run.shard.checkpoint == 0
    assert len(run.list_settled()) == sum(StreamRecord.of(p, b).choose_queue(4) != stuck for p, b in enumerate(bodies))
    again = Shard(run.shard.checkpoint, run.shard.finished)
    again.fill(run.read, run.matches, run.settings, 0, 100)
    left = [record.position for record in again._open.values()]
    assert sorted([*left, *run.list_settled()]) == list(range(50)), "a reader that goes on reads only what is left"


def test_records_of_an_item_go_through_one_batch_queue_and_items_spread() -> None:
    queues = {StreamRecord.of(p, body(p, f"item-{p}")).choose_queue(10) for p in range(400)}
    assert queues == set(range(10))
    assert len({StreamRecord.of(p, body(p, "one")).choose_queue(10) for p in range(9)}) == 1


def test_records_that_pass_no_filter_move_the_checkpoint() -> None:
    run = ShardRun([body(p, "other") for p in range(30)], lambda _: FAILED, StreamSettings(patterns=("wanted",)))
    run.fill()
    assert run.shard.checkpoint == 30
    assert run.shard.find_oldest() is None


def test_another_filter_holds_for_records_that_wait() -> None:
    bodies = [body(p, "a" if p % 2 else "b") for p in range(10)]
    run = ShardRun(bodies, lambda _: InvocationAnswer(), StreamSettings(batch_size=2, patterns=("a", "b")))
    run.step()
    run.settings = StreamSettings(batch_size=2, patterns=("b",))
    run.finish()
    assert run.list_settled() == [0, 1, 2, 4, 6, 8]
    assert run.shard.find_oldest() is None


def test_other_batch_queues_are_made_when_no_batch_is_out() -> None:
    run = ShardRun([body(p) for p in range(10)], lambda _: InvocationAnswer(), StreamSettings(batch_size=3))
    run.fill()
    batch = run.shard.queues[0].take(run.settings, 0)
    assert batch
    run.settings = StreamSettings(batch_size=3, parallelization=5)
    run.fill()
    assert len(run.shard.queues) == 1
    run.settle(0, batch)
    run.finish()
    assert len(run.shard.queues) == 5
    assert sorted(run.list_settled()) == list(range(10))


def test_records_that_expired_unread_are_passed_over() -> None:
    shard = Shard(2)
    more = shard.fill(lambda _at, _n: (5, [body(5), body(6)]), lambda *_: True, StreamSettings(), 0, 10)
    assert not more
    assert shard.checkpoint == 5
    assert [record.position for record in shard._open.values()] == [5, 6]


@given(st.permutations(range(12)))
def test_a_checkpoint_is_the_first_unfinished_record_in_whatever_order_they_finish(order: Sequence[int]) -> None:
    shard = Shard(0)
    shard.fill(lambda at, n: (at, [body(p) for p in range(12)][at : at + n]), lambda *_: True, StreamSettings(), 0, 100)
    records = dict(shard._open)
    seen = [0]
    for position in order:
        shard.finish([records[position]])
        seen.append(shard.checkpoint)
    left = [set(range(12)) - set(order[:done]) for done in range(13)]
    assert seen == [min(rest, default=12) for rest in left]
    assert all(before <= after for before, after in pairwise(seen))
