"""Several mappings side by side: none stops another, and each goes on where it ended."""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aws_emulator.lambda_stream_mappings.batch_queue import DiscardedRecords, StreamBatch
from aws_emulator.lambda_stream_mappings.batch_results import BatchOutcome, InvocationAnswer
from aws_emulator.lambda_stream_mappings.ports import StreamMapping
from aws_emulator.lambda_stream_mappings.scheduler import StreamScheduler
from aws_emulator.lambda_stream_mappings.settings import StreamSettings
from shard_unit import FAILED, body


def source(name: str, **settings: Any) -> StreamMapping:
    stream = f"arn:aws:dynamodb:us-east-1:1:table/{name}/stream/now"
    function = f"arn:aws:lambda:us-east-1:1:function:{name}"
    return StreamMapping("1", "us-east-1", name, stream, function, enabled=True, settings=StreamSettings(**settings))


@dataclass
class FakePorts:
    """Streams, functions and destinations in memory."""

    mappings: dict[str, StreamMapping]
    streams: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    handlers: dict[str, Callable[[StreamBatch], InvocationAnswer]] = field(default_factory=dict)
    deliver_to: Callable[[DiscardedRecords], bool] = lambda _: True
    waiting: list[Callable[[], None]] = field(default_factory=list)
    calls: list[tuple[str, list[int]]] = field(default_factory=list)
    checkpoints: dict[str, int] = field(default_factory=dict)
    results: dict[str, BatchOutcome] = field(default_factory=dict)
    beside: bool = False

    def list_mappings(self) -> Iterable[StreamMapping]:
        return list(self.mappings.values())

    def find_start(self, source: StreamMapping) -> int:
        return self.checkpoints.get(source.id, 0)

    def read(self, source: StreamMapping, position: int, limit: int) -> tuple[int, Sequence[Mapping[str, Any]]]:
        return position, self.streams[source.table][position : position + limit]

    def matches(self, patterns: Sequence[str], body: Mapping[str, Any]) -> bool:
        raise AssertionError(patterns, body)

    def call(self, source: StreamMapping, batch: StreamBatch) -> InvocationAnswer:
        self.calls.append((source.id, [record.position for record in batch.records]))
        return self.handlers.get(source.id, lambda _: InvocationAnswer())(batch)

    def deliver(self, source: StreamMapping, discard: DiscardedRecords) -> bool:
        return self.deliver_to(discard)

    def save_checkpoint(self, source: StreamMapping, position: int) -> None:
        self.checkpoints[source.id] = position

    def record_result(self, source: StreamMapping, outcome: BatchOutcome) -> None:
        self.results[source.id] = outcome

    def spawn(self, work: Callable[[], None]) -> None:
        if self.beside:
            threading.Thread(target=work, daemon=True).start()
        else:
            self.waiting.append(work)

    def work(self) -> None:
        """Do what waits, in order."""
        while self.waiting:
            self.waiting.pop(0)()


def make_ports(*sources: StreamMapping, count: int = 3) -> FakePorts:
    streams = {one.table: [body(position) for position in range(count)] for one in sources}
    return FakePorts({one.id: one for one in sources}, streams)


def run(scheduler: StreamScheduler, ports: FakePorts, passes: int = 5) -> None:
    for _ in range(passes):
        scheduler.advance()
        ports.work()


def test_two_mappings_of_one_stream_are_independent() -> None:
    first, second = source("one"), replace(source("one"), id="other", function="arn:aws:lambda:us-east-1:1:function:f")
    ports = make_ports(first, second)
    ports.handlers["one"] = lambda _: FAILED
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    run(scheduler, ports)
    assert ports.checkpoints == {"other": 3}
    assert ports.results == {"one": BatchOutcome.FAILED, "other": BatchOutcome.HANDLED}


def test_a_mapping_whose_stream_cannot_be_read_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    ports = make_ports(source("broken"), source("whole"))
    del ports.streams["broken"]
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    with caplog.at_level(logging.ERROR):
        run(scheduler, ports)
    assert ports.checkpoints == {"whole": 3}
    assert "mapping broken" in caplog.text


def test_a_function_that_cannot_be_called_keeps_its_records() -> None:
    ports, now = make_ports(source("one", retries=0)), [0.0]

    def gone(_: StreamBatch) -> InvocationAnswer:
        raise ConnectionError

    ports.handlers["one"] = gone
    scheduler = StreamScheduler(ports, clock=lambda: now[0])
    run(scheduler, ports)
    assert scheduler.collect_figures()["one"]["throttled"] == 1
    ports.handlers.clear()
    now[0] = 1.0
    run(scheduler, ports)
    assert ports.checkpoints == {"one": 3}


def test_a_destination_that_fails_is_counted_and_said(caplog: pytest.LogCaptureFixture) -> None:
    ports = make_ports(source("one", retries=0, batch_size=2, destination="arn:aws:sqs:us-east-1:1:gone"))
    ports.handlers["one"] = lambda batch: FAILED if batch.records[0].position == 0 else InvocationAnswer()
    outcomes = iter([False])
    ports.deliver_to = lambda _: next(outcomes)
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    with caplog.at_level(logging.ERROR):
        run(scheduler, ports)
    assert (scheduler.collect_figures()["one"]["lost"], scheduler.collect_figures()["one"]["sent_to_on_failure"]) == (
        2,
        0,
    )
    assert "arn:aws:sqs:us-east-1:1:gone" in caplog.text
    assert ports.checkpoints == {"one": 3}, "the stream goes on"


def test_the_checkpoint_stays_until_the_destination_has_answered() -> None:
    ports = make_ports(source("one", retries=0), count=1)
    ports.handlers["one"] = lambda _: FAILED
    seen = []
    ports.deliver_to = lambda _: not seen.append(dict(ports.checkpoints))
    run(StreamScheduler(ports, clock=lambda: 0.0), ports)
    assert seen == [{}]
    assert ports.checkpoints == {"one": 1}


def test_a_disabled_mapping_is_not_called_and_goes_on_later() -> None:
    ports = make_ports(source("one", batch_size=1))
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    run(scheduler, ports, passes=1)
    ports.mappings["one"] = replace(ports.mappings["one"], enabled=False)
    run(scheduler, ports)
    assert ports.calls == [("one", [0])]
    ports.mappings["one"] = replace(ports.mappings["one"], enabled=True)
    run(scheduler, ports)
    assert ports.calls == [("one", [0]), ("one", [1]), ("one", [2])]


def test_changed_settings_hold_for_the_batch_that_is_out() -> None:
    ports = make_ports(source("one"), count=1)
    ports.handlers["one"] = lambda _: FAILED
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    scheduler.advance()
    ports.mappings["one"] = source("one", retries=0)
    scheduler.advance()
    ports.work()
    assert scheduler.collect_figures()["one"]["sent_to_on_failure"] == 1


def test_a_deleted_mapping_is_given_nothing_more() -> None:
    ports = make_ports(source("one", retries=0))
    ports.handlers["one"] = lambda _: FAILED
    delivered: list[DiscardedRecords] = []
    ports.deliver_to = lambda discard: not delivered.append(discard)
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    scheduler.advance()
    del ports.mappings["one"]
    scheduler.advance()
    ports.work()
    assert (ports.checkpoints, ports.results, delivered, scheduler.collect_figures()) == ({}, {}, [], {})


def test_another_run_goes_on_where_one_ended_and_skips_what_was_finished() -> None:
    ports = make_ports(source("one", batch_size=1, parallelization=3), count=12)
    first = StreamScheduler(ports, clock=lambda: 0.0)
    first.advance()
    ports.waiting.pop()()  # of three batches one is done
    ports.waiting.clear()
    (done,) = [positions[0] for _, positions in ports.calls]
    second = StreamScheduler(ports, clock=lambda: 0.0)
    second.load(first.save())
    run(second, ports, passes=20)
    assert sorted(positions[0] for _, positions in ports.calls) == list(range(12))
    assert done in [positions[0] for _, positions in ports.calls]


def test_what_was_saved_of_another_stream_is_not_used() -> None:
    ports = make_ports(source("one"))
    scheduler = StreamScheduler(ports, clock=lambda: 0.0)
    scheduler.load({"1/us-east-1/one": {"stream": "another", "checkpoint": 2, "finished": []}})
    run(scheduler, ports)
    assert ports.calls == [("one", [0, 1, 2])]


def test_the_thread_wakes_for_a_record_and_ends_when_it_is_stopped() -> None:
    ports = make_ports(source("one"), count=0)
    ports.beside, arrived = True, threading.Event()
    ports.handlers["one"] = lambda _: (arrived.set(), InvocationAnswer())[1]
    scheduler = StreamScheduler(ports)
    scheduler.start()
    try:
        ports.streams["one"].append(body(0, created=2**40))
        scheduler.wake()
        assert arrived.wait(10)
    finally:
        scheduler.stop(10)
    assert ports.checkpoints == {"one": 1}
    ports.streams["one"].append(body(1, created=2**40))
    scheduler.wake()
    assert not scheduler._thread.is_alive()  # pyright: ignore[reportOptionalMemberAccess]


def test_a_stop_waits_for_the_batch_that_is_out_but_not_for_ever() -> None:
    ports = make_ports(source("one"), count=0)
    ports.beside, begun, done = True, threading.Event(), threading.Event()
    ports.handlers["one"] = lambda _: (begun.set(), done.wait(30), InvocationAnswer())[2]
    scheduler = StreamScheduler(ports)
    ports.streams["one"].append(body(0, created=2**40))
    scheduler.start()
    assert begun.wait(10)
    scheduler.stop(0.01)
    assert scheduler.save()["1/us-east-1/one"]["checkpoint"] == 0
    done.set()
