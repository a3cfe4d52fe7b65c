"""The log writer: never waited for, bounded, and complete as far as the emulator takes it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aws_emulator.lambda_runtime import logs
from aws_emulator.lambda_runtime.limits import BATCH_BYTES, BATCH_EVENTS
from aws_emulator.lambda_runtime.logs import LogWriter
from aws_emulator.lambda_runtime.output import LogRecord
from functions_unit import a_function
from running_emulator import wait_until


class NotThereError(Exception):
    pass


class ExistsError(Exception):
    pass


class FakeLogsApi:
    """Log groups in memory; it may hang or be gone."""

    class exceptions:  # noqa: N801 - as a client names it
        ResourceNotFoundException = NotThereError
        ResourceAlreadyExistsException = ExistsError

    def __init__(self) -> None:
        self.streams: dict[tuple[str, str], list[str]] = {}
        self.batches: list[list[dict[str, Any]]] = []
        self.groups: set[str] = set()
        self.gone, self.refused = False, 0
        self.free = threading.Event()
        self.free.set()

    def put_log_events(self, *, logGroupName: str, logStreamName: str, logEvents: list[dict[str, Any]]) -> None:  # noqa: N803
        self.free.wait()
        if self.gone:
            self.refused += 1
            raise ConnectionError
        if (logGroupName, logStreamName) not in self.streams:
            raise NotThereError
        self.batches.append(logEvents)
        self.streams[logGroupName, logStreamName] += [event["message"] for event in logEvents]

    def create_log_group(self, *, logGroupName: str) -> None:  # noqa: N803
        if logGroupName in self.groups:
            raise ExistsError
        self.groups.add(logGroupName)

    def create_log_stream(self, *, logGroupName: str, logStreamName: str) -> None:  # noqa: N803
        if logGroupName not in self.groups:
            raise NotThereError
        self.streams[logGroupName, logStreamName] = []


@contextmanager
def writing(api: FakeLogsApi) -> Iterator[LogWriter]:
    writer = LogWriter(api)
    try:
        yield writer
    finally:
        api.free.set()
        writer.stop()


def lines(*texts: str) -> list[LogRecord]:
    return [LogRecord(1, text) for text in texts]


FUNCTION = a_function("talks")
GROUP = "/aws/lambda/talks"


def test_groups_and_streams_are_made_when_they_are_missing() -> None:
    api = FakeLogsApi()
    with writing(api) as writer:
        writer.put(FUNCTION, "one", lines("a", "b"))
        writer.put(FUNCTION, "two", lines("c"))
    assert api.streams == {(GROUP, "one"): ["a", "b"], (GROUP, "two"): ["c"]}


def test_a_role_without_the_right_logs_nothing_and_the_others_go_on() -> None:
    api, silent = FakeLogsApi(), a_function("silent")
    writer = LogWriter(api, lambda function, action, _: function is FUNCTION or action != "logs:PutLogEvents")
    writer.put(silent, "one", lines("unheard"))
    writer.put(FUNCTION, "two", lines("heard"))
    writer.stop()
    assert api.streams == {(GROUP, "two"): ["heard"]}


def test_a_group_that_is_there_needs_no_right_to_make_one() -> None:
    api = FakeLogsApi()
    api.groups.add(GROUP)
    asked: list[tuple[str, str]] = []

    def may(_: object, action: str, resource: str) -> bool:
        asked.append((action, resource))
        return True

    writer = LogWriter(api, may)
    writer.put(FUNCTION, "one", lines("a"))
    writer.stop()
    stream = f"arn:aws:logs:{FUNCTION.region}:{FUNCTION.account}:log-group:{GROUP}:log-stream:one"
    assert asked == [("logs:PutLogEvents", stream), ("logs:CreateLogStream", stream)]


def test_what_waits_at_the_end_is_written() -> None:
    api = FakeLogsApi()
    writer = LogWriter(api)
    writer.put(FUNCTION, "one", lines("the last words"))
    writer.stop()
    assert api.streams[GROUP, "one"] == ["the last words"]


def test_an_emulator_that_is_gone_for_a_while_gets_everything_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "RETRY_SECONDS", 0.01)
    api = FakeLogsApi()
    api.gone = True
    with writing(api) as writer:
        writer.put(FUNCTION, "one", lines("before"))
        wait_until(lambda: api.refused, "an attempt")
        writer.put(FUNCTION, "one", lines("after"))
        api.gone = False
        wait_until(lambda: api.streams.get((GROUP, "one")) == ["before", "after"], "both lines")


def test_an_emulator_that_hangs_holds_nobody_up_and_what_is_too_much_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(logs, "BUFFERED_LOG_BYTES", 10_000)
    api = FakeLogsApi()
    api.free.clear()
    with writing(api) as writer:
        for number in range(1000):
            writer.put(FUNCTION, "one", lines(f"{number:04}" + "x" * 96))
        assert writer._bytes <= 10_000
        api.free.set()
        written = wait_until(
            lambda: [t for t in api.streams.get((GROUP, "one"), []) if t.startswith("LOGS_DROPPED")], "the count"
        )
    kept = len(api.streams[GROUP, "one"]) - len(written)
    assert sum(int(text.split()[1]) for text in written) == 1000 - kept


def test_a_batch_is_never_larger_than_the_service_takes() -> None:
    api = FakeLogsApi()
    with writing(api) as writer:
        writer.put(FUNCTION, "many", lines(*("y" for _ in range(BATCH_EVENTS + 5))))
        writer.put(FUNCTION, "large", lines(*("z" * 200_000 for _ in range(12))))
    assert max(map(len, api.batches)) == BATCH_EVENTS
    assert max(sum(len(e["message"]) + 26 for e in batch) for batch in api.batches) <= BATCH_BYTES
    assert len(api.streams[GROUP, "large"]) == 12
    assert len(api.streams[GROUP, "many"]) == BATCH_EVENTS + 5
