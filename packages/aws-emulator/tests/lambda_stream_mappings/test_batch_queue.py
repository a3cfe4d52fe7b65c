"""How batches of a stream are made, tried again, split and given up."""

from collections.abc import Sequence

import pytest
from aws_emulator.lambda_stream_mappings import batch_queue
from aws_emulator.lambda_stream_mappings.batch_queue import EXHAUSTED, TOO_OLD
from aws_emulator.lambda_stream_mappings.batch_results import InvocationAnswer
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from aws_emulator.lambda_stream_mappings.settings import RETENTION_SECONDS, StreamSettings
from shard_unit import FAILED, THROTTLED, ShardRun, body, report_failures

GOOD = InvocationAnswer(body="done")


def records(count: int) -> list[dict[str, object]]:
    return [body(position) for position in range(count)]


def poison(*bad: int, answer: InvocationAnswer = FAILED) -> "object":
    def handler(batch: Sequence[StreamRecord]) -> InvocationAnswer:
        return answer if {record.position for record in batch} & set(bad) else GOOD

    return handler


def test_a_batch_is_as_large_as_it_may_be() -> None:
    run = ShardRun(records(25), lambda _: GOOD, StreamSettings(batch_size=10)).finish()
    assert [len(call) for call in run.calls] == [10, 10, 5]


def test_a_batch_waits_for_its_window_unless_it_is_full() -> None:
    run = ShardRun(records(3), lambda _: GOOD, StreamSettings(batch_size=10, window_seconds=5))
    run.fill()
    queue = run.shard.queues[0]
    assert queue.take(run.settings, 4.9) is None
    assert queue.find_due(run.settings) == 5
    run.bodies += records(10)[3:]
    run.fill()
    assert queue.find_due(run.settings) == 0


def test_the_next_window_begins_when_the_batch_is_done() -> None:
    run = ShardRun(records(2), lambda _: GOOD, StreamSettings(batch_size=2, window_seconds=5))
    run.fill()
    queue = run.shard.queues[0]
    batch = queue.take(run.settings, 0)
    assert batch
    run.bodies += records(3)[2:]
    run.now = 3
    run.fill()
    run.settle(0, batch)
    assert queue.find_due(run.settings) == 8


def test_an_event_stays_below_six_megabytes() -> None:
    large = [{**body(position), "filler": "x" * 2_000_000} for position in range(4)]
    run = ShardRun(large, lambda _: GOOD, StreamSettings(batch_size=100, window_seconds=300))
    run.fill()
    assert run.shard.queues[0].find_due(run.settings) == 0, "a batch is due when it is as large as an event may be"
    run.finish()
    assert run.calls == [[0, 1, 2], [3]]


def test_one_record_larger_than_an_event_goes_alone() -> None:
    large = [{**body(position), "filler": "x" * batch_queue.EVENT_BYTES} for position in range(2)]
    assert ShardRun(large, lambda _: GOOD, StreamSettings()).finish().calls == [[0], [1]]


def test_a_failed_batch_is_tried_as_often_as_the_mapping_says_and_then_given_up_whole() -> None:
    run = ShardRun(records(6), poison(1), StreamSettings(batch_size=3, retries=2)).finish()
    assert run.calls == [[0, 1, 2]] * 3 + [[3, 4, 5]]
    assert [(d.condition, d.invocations, len(d.records)) for d in run.discards] == [(EXHAUSTED, 3, 3)]
    assert run.list_settled() == [3, 4, 5]


def test_no_retries_give_a_batch_up_at_once() -> None:
    run = ShardRun(records(2), poison(0), StreamSettings(batch_size=2, retries=0)).finish()
    assert run.calls == [[0, 1]]
    assert run.list_discarded() == [0, 1]


def test_each_retry_waits_twice_as_long_up_to_a_limit() -> None:
    run = ShardRun(records(1), poison(0), StreamSettings(retries=8))
    waits = []
    while run.step():
        due = run.shard.queues[0].find_due(run.settings)
        if due and due > run.now:
            waits.append(due - run.now)
    assert waits == pytest.approx([0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10])


def test_a_batch_without_a_limit_of_retries_is_given_up_when_its_records_expire() -> None:
    run = ShardRun(records(1), poison(0), StreamSettings()).finish()
    assert [discard.condition for discard in run.discards] == [TOO_OLD]
    assert run.now > RETENTION_SECONDS


def test_records_that_are_too_old_are_given_up_before_the_function_is_called() -> None:
    old, new = body(0, created=0), body(1, created=100)
    run = ShardRun([old, new], lambda _: GOOD, StreamSettings(age_seconds=60))
    run.now = 110
    run.finish()
    assert run.calls == [[1]]
    assert [(d.condition, d.invocations, d.answer) for d in run.discards] == [(TOO_OLD, 0, None)]
    assert run.shard.checkpoint == 2


def test_a_record_that_grows_too_old_while_it_is_tried_again_leaves_the_others() -> None:
    bodies = [body(0, created=0), body(1, created=50)]
    run = ShardRun(bodies, poison(0), StreamSettings(age_seconds=60)).finish()
    assert [(discard.condition, discard.invocations > 1) for discard in run.discards] == [(TOO_OLD, True)]
    assert run.list_discarded() == [0]
    assert run.list_settled() == [1]


def test_a_poison_record_of_a_hundred_is_isolated() -> None:
    run = ShardRun(records(100), poison(37), StreamSettings(batch_size=100, retries=1, bisect=True)).finish()
    assert run.list_discarded() == [37]
    assert run.discards[0].invocations == 8, "batches of 100, 50, 25, 13, 6, 3, and 1 twice"
    assert run.list_settled() == [position for position in range(100) if position != 37]


def test_splitting_uses_no_retry_up_and_does_not_wait() -> None:
    run = ShardRun(records(8), poison(5), StreamSettings(batch_size=8, retries=0, bisect=True))
    while run.shard.checkpoint < 8:
        run.step()
        assert run.now == 0
    assert run.list_discarded() == [5]


def test_a_throttled_function_uses_no_retry_up() -> None:
    answers = [THROTTLED] * 5 + [FAILED, GOOD]
    run = ShardRun(records(2), lambda _: answers.pop(0), StreamSettings(retries=1, bisect=False)).finish()
    assert not run.discards
    assert run.list_settled() == [0, 1]


def test_a_throttled_batch_is_not_split() -> None:
    answers = [THROTTLED] * 2 + [GOOD]
    run = ShardRun(records(4), lambda _: answers.pop(0), StreamSettings(retries=0, bisect=True)).finish()
    assert run.calls == [[0, 1, 2, 3]] * 3


def test_reported_failures_are_tried_again_from_the_lowest_on() -> None:
    answers = [report_failures(4, 2), GOOD]
    settings = StreamSettings(batch_size=6, retries=1, partial=True)
    run = ShardRun(records(6), lambda _: InvocationAnswer() if len(answers) == 0 else answers.pop(0), settings)
    run.step()
    assert run.shard.checkpoint == 2
    assert run.list_settled() == [0, 1]
    answers[:] = [InvocationAnswer(body={"batchItemFailures": []})]
    run.finish()
    assert run.calls == [[0, 1, 2, 3, 4, 5], [2, 3, 4, 5]]


def test_reported_failures_without_bisecting_give_up_the_rest_of_the_batch() -> None:
    def handler(batch: Sequence[StreamRecord]) -> InvocationAnswer:
        return report_failures(2) if any(record.position == 2 for record in batch) else InvocationAnswer()

    run = ShardRun(records(5), handler, StreamSettings(batch_size=5, retries=1, partial=True)).finish()
    assert run.calls == [[0, 1, 2, 3, 4], [2, 3, 4]]
    assert run.list_discarded() == [2, 3, 4]


def test_reported_failures_with_bisecting_split_at_the_number_and_isolate_the_record() -> None:
    def handler(batch: Sequence[StreamRecord]) -> InvocationAnswer:
        return report_failures(2) if any(record.position == 2 for record in batch) else InvocationAnswer()

    run = ShardRun(records(5), handler, StreamSettings(batch_size=5, retries=1, partial=True, bisect=True)).finish()
    assert run.calls == [[0, 1, 2, 3, 4], [2, 3, 4], [2], [2], [3, 4]]
    assert run.list_discarded() == [2]
    assert run.list_settled() == [0, 1, 3, 4]


def test_a_batch_that_is_out_keeps_its_queue_closed() -> None:
    run = ShardRun(records(4), lambda _: GOOD, StreamSettings(batch_size=2))
    run.fill()
    queue = run.shard.queues[0]
    batch = queue.take(run.settings, 0)
    assert batch
    assert queue.busy
    assert queue.take(run.settings, 0) is None
    assert queue.find_due(run.settings) is None
    run.settle(0, batch)
    assert not queue.busy
