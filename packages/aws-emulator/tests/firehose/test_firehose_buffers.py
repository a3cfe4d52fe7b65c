"""What a stream collects, and what it writes."""

import gzip
import json
from typing import Any

import pytest
from aws_emulator.firehose import objects
from aws_emulator.firehose.buffers import Buffers, DeliveryStream, ObjectBatch, OutputPartition
from aws_emulator.firehose.settings import MIB, BufferSettings, parse_settings
from aws_emulator.firehose.validation import validate_request
from hypothesis import given
from hypothesis import strategies as st

STREAM = DeliveryStream("000000000000", "us-east-1", "lake")
WHOLE = OutputPartition()
DELIMITER = {"Type": "AppendDelimiterToRecord", "Parameters": []}


def settings(size: int = 100, seconds: float = 60, *, zipped: bool = False) -> BufferSettings:
    return BufferSettings(size=size, seconds=seconds, gzip=zipped, delimiter=b"", partitioned=False)


def batch(
    now: float, place: OutputPartition = WHOLE, given: BufferSettings | None = None, **config: Any
) -> ObjectBatch:
    return ObjectBatch(STREAM, place, 1, config, given or settings(), now)


def add(buffers: Buffers, now: float, record: bytes, place: OutputPartition = WHOLE, **bounds: Any) -> bool:
    return buffers.add(batch(now, place, settings(**bounds)), record)


def bodies(batches: list[ObjectBatch]) -> list[bytes]:
    return [b"".join(found.records) for found in batches]


def test_records_wait_until_the_oldest_is_as_old_as_the_interval() -> None:
    buffers = Buffers()
    assert add(buffers, 10, b"a")
    assert not add(buffers, 69, b"b")
    assert (buffers.take(69.9), buffers.find_next_due()) == ([], 70)
    assert bodies(buffers.take(70)) == [b"ab"]
    assert buffers.find_next_due() is None


def test_a_buffer_is_due_when_it_is_full() -> None:
    buffers = Buffers()
    add(buffers, 0, b"x" * 60)
    assert add(buffers, 1, b"y" * 40)
    assert bodies(buffers.take(1)) == [b"x" * 60 + b"y" * 40]


def test_a_record_that_does_not_fit_opens_the_next_buffer() -> None:
    buffers = Buffers()
    add(buffers, 0, b"x" * 60)
    assert add(buffers, 30, b"y" * 60)
    assert bodies(buffers.take(30)) == [b"x" * 60]
    assert buffers.find_next_due() == 90


def test_an_interval_of_zero_is_due_at_once() -> None:
    buffers = Buffers()
    assert add(buffers, 5, b"a", seconds=0)
    assert bodies(buffers.take(5)) == [b"a"]


def test_each_partition_has_a_buffer_of_its_own() -> None:
    buffers, a, b = Buffers(), OutputPartition((("type", "a"),)), OutputPartition((("type", "b"),))
    add(buffers, 0, b"1", a)
    add(buffers, 1, b"2", b)
    add(buffers, 2, b"3", a)
    assert buffers.count_partitions(STREAM, OutputPartition((("type", "c"),))) == 3
    assert bodies(buffers.take(100)) == [b"13", b"2"]


def test_a_stream_that_goes_writes_what_it_has() -> None:
    buffers = Buffers()
    add(buffers, 0, b"a")
    buffers.close(DeliveryStream("000000000000", "us-east-1", "other"))
    assert buffers.take(0) == []
    buffers.close(STREAM)
    assert bodies(buffers.take(0)) == [b"a"]


def test_a_batch_that_could_not_be_written_waits_for_its_time() -> None:
    buffers = Buffers()
    add(buffers, 0, b"a", seconds=0)
    (failed,) = buffers.take(0)
    failed.attempts, failed.due = 1, 8.0
    buffers.put_back(failed)
    add(buffers, 1, b"b")
    assert (buffers.take(7), buffers.find_next_due()) == ([], 8.0)
    assert bodies(buffers.take(8)) == [b"a"]


@given(
    st.lists(st.tuples(st.binary(max_size=80), st.sampled_from("abc"), st.integers(0, 50)), max_size=40),
    st.sets(st.integers(0, 40)),
)
def test_every_record_is_in_one_object_in_order_over_restarts(
    records: list[tuple[bytes, str, int]], restarts: set[int]
) -> None:
    buffers, written, now = Buffers(), dict.fromkeys("abc", b""), 0
    sent = dict.fromkeys("abc", b"")
    for number, (record, kind, pause) in enumerate(records):
        if number in restarts:
            saved = json.loads(json.dumps([found.dump() for found in buffers.list_batches()]))
            buffers = Buffers()
            buffers.load(ObjectBatch.load(found, settings()) for found in saved)
        add(buffers, now, record, OutputPartition((("type", kind),)))
        sent[kind] += record
        now += pause
        for found in buffers.take(now):
            assert sum(map(len, found.records)) == found.size <= 100
            written[dict(found.partition.keys)["type"]] += b"".join(found.records)
    for found in buffers.take(now + 1000):
        written[dict(found.partition.keys)["type"]] += b"".join(found.records)
    assert (written, buffers.list_batches()) == (sent, [])


def build_key(made: ObjectBatch) -> str:
    def evaluate(template: str, at: float, keys: dict[str, str], error: str) -> str:
        return f"<{template}|{at:g}|{keys}|{error}>"

    return objects.build_key(made, evaluate, lambda pattern, at: f"[{pattern}@{at:g}]")


def test_an_object_is_named_after_the_oldest_record() -> None:
    made = batch(7, OutputPartition((("type", "a"),)), settings(zipped=True), Prefix="p/")
    made.records = [b"one", b"two"]
    assert build_key(made).startswith("<p/|7|{'type': 'a'}|>lake-1-[yyyy-MM-dd-HH-mm-ss@7]-")
    assert build_key(made).endswith(".gz")
    assert gzip.decompress(objects.build_body(made)) == b"onetwo"


def test_a_file_extension_replaces_the_one_of_the_compression() -> None:
    assert build_key(batch(0, given=settings(zipped=True), FileExtension=".json.gz")).endswith(".json.gz")


def test_records_that_failed_are_kept_as_they_are_under_the_error_prefix() -> None:
    made = batch(0, OutputPartition(error="processing-failed"), settings(zipped=True), ErrorOutputPrefix="errors/")
    made.records = [objects.build_failed_record(b"\xff", "Code", "why", 1.5)]
    assert build_key(made).startswith("<errors/|0|{}|processing-failed>lake")
    assert not build_key(made).endswith(".gz")
    assert json.loads(objects.build_body(made)) == {
        "attemptsMade": 1,
        "arrivalTimestamp": 1500,
        "errorCode": "Code",
        "errorMessage": "why",
        "attemptEndingTimestamp": 1500,
        "rawData": "/w==",
    }


def test_without_a_prefix_for_errors_they_are_beside_the_data() -> None:
    made = batch(0, OutputPartition(error="processing-failed"), Prefix="p/!{partitionKeyFromQuery:type}/")
    assert build_key(made).startswith("<p/processing-failed/|")


def test_a_destination_that_says_nothing_has_five_mebibytes_and_five_minutes() -> None:
    assert parse_settings({}) == BufferSettings(5 * MIB, 300, gzip=False, delimiter=b"", partitioned=False)


@pytest.mark.parametrize(("parameter", "delimiter"), [(None, b"\n"), ("\\n", b"\n"), ("\\t", b"\t"), ("|", b"|")])
def test_a_delimiter_is_what_the_processor_says(parameter: str | None, delimiter: bytes) -> None:
    given_ = [{"ParameterName": "Delimiter", "ParameterValue": parameter}] if parameter else []
    processing = {"Enabled": True, "Processors": [{**DELIMITER, "Parameters": given_}]}
    found = parse_settings({"ProcessingConfiguration": processing})
    assert found is not None
    assert found.delimiter == delimiter


def test_processors_that_are_off_change_nothing() -> None:
    found = parse_settings(
        {"ProcessingConfiguration": {"Enabled": False, "Processors": [DELIMITER, {"Type": "Lambda"}]}}
    )
    assert found is not None
    assert found.delimiter == b""


@pytest.mark.parametrize(
    "config",
    [
        {"CompressionFormat": "Snappy"},
        {"DataFormatConversionConfiguration": {"Enabled": True}},
        {"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}},
    ],
)
def test_what_is_not_done_here_is_left_to_the_emulator(config: dict[str, Any]) -> None:
    assert parse_settings(config) is None


def encode(size: int) -> dict[str, str]:
    return {"Data": "AAAA" * (size // 3) + {0: "", 1: "AA==", 2: "AAA="}[size % 3]}


@pytest.mark.parametrize(
    ("action", "data", "code"),
    [
        ("PutRecord", {"Record": encode(1_024_000)}, None),
        ("PutRecord", {"Record": encode(1_024_001)}, "ValidationException"),
        ("PutRecord", {"Record": {"Data": "no base64!"}}, "SerializationException"),
        ("PutRecord", {}, "SerializationException"),
        ("PutRecordBatch", {"Records": [encode(0)] * 500}, None),
        ("PutRecordBatch", {"Records": [encode(1)] * 501}, "ValidationException"),
        ("PutRecordBatch", {"Records": []}, "ValidationException"),
        ("PutRecordBatch", {"Records": [encode(1_024_000)] * 4}, None),
        ("PutRecordBatch", {"Records": [encode(1_024_000)] * 5}, "InvalidArgumentException"),
        ("DescribeDeliveryStream", {}, None),
    ],
)
def test_records_beyond_the_limits_are_refused(action: str, data: dict[str, Any], code: str | None) -> None:
    found = validate_request(action, data)
    assert (found[0] if found else None) == code
