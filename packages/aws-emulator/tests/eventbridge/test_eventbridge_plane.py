"""What is no behaviour of AWS: state over a restart, figures, and the emulator without it all."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from running_emulator import ACCOUNT, REGION, ROLE, RunningEmulator, make_name, run_emulator, wait_until

pytestmark = pytest.mark.plane


def bus_to(plane: RunningEmulator, *targets: dict[str, Any]) -> str:
    """A bus whose rule passes everything of the shop."""
    bus, events = make_name("bus"), plane.clients.events
    events.create_event_bus(Name=bus)
    events.put_rule(Name="rule", EventBusName=bus, EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="rule", EventBusName=bus, Targets=[{"Id": str(n), **t} for n, t in enumerate(targets)])
    return bus


def put(plane: RunningEmulator, bus: str, **detail: Any) -> None:
    entry = {"EventBusName": bus, "Source": "shop", "DetailType": "placed", "Detail": json.dumps(detail)}
    assert plane.clients.events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def stream_to_bucket(plane: RunningEmulator, seconds: int) -> tuple[str, str]:
    """The ARN of a stream, and its bucket."""
    plane.allow_everything()
    bucket = make_name("lake")
    plane.clients.s3.create_bucket(Bucket=bucket)
    made = plane.clients.firehose.create_delivery_stream(
        DeliveryStreamName=make_name("stream"),
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": seconds},
        },
    )
    return str(made["DeliveryStreamARN"]), bucket


def objects(plane: RunningEmulator, bucket: str) -> list[bytes]:
    s3 = plane.clients.s3
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]


def test_a_lost_event_is_counted_and_said_in_the_log(emulator: RunningEmulator) -> None:
    missing = emulator.arn_of(emulator.queue()) + "-missing"
    bus, before = bus_to(emulator, {"Arn": missing}), emulator.figures("eventbridge")["lost"]
    put(emulator, bus)
    assert emulator.figures("eventbridge")["lost"] == before + 1
    assert f"to {missing} after 0 retries: NO_RESOURCE" in emulator.log.read_text()


def test_a_deleted_stream_writes_what_it_has_collected(emulator: RunningEmulator) -> None:
    arn, bucket = stream_to_bucket(emulator, seconds=900)
    name = arn.rsplit("/", 1)[1]
    emulator.clients.firehose.put_record(DeliveryStreamName=name, Record={"Data": b"kept"})
    assert objects(emulator, bucket) == []
    emulator.clients.firehose.delete_delivery_stream(DeliveryStreamName=name)
    assert wait_until(lambda: objects(emulator, bucket), "the object") == [b"kept"]


def count_waiting(plane: RunningEmulator, queue: str, *, due: float, **detail: Any) -> dict[str, Any]:
    """A delivery to a queue that failed before, as the supplement saves it."""
    body = json.dumps({"detail": detail})
    rule = {"Name": "rule", "Arn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/bus/rule", "EventBusName": "bus"}
    delivery = {
        "account": ACCOUNT,
        "region": REGION,
        "rule": rule,
        "target": {"Id": "t", "Arn": plane.arn_of(queue)},
        "event": {"EventId": "e"},
        "body": body,
        "payload": body,
        "accepted": time.time(),
        "retries": 1,
    }
    return {"due": due, "delivery": delivery}


def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "data" / "supplements" / "eventbridge.json"
    with run_emulator(tmp_path) as plane:
        queue = plane.queue()
        plane.open_to(queue, "events")
        stream, bucket = stream_to_bucket(plane, seconds=3)
        put(plane, bus_to(plane, {"Arn": stream, "RoleArn": ROLE}), total=3)
        assert plane.figures("firehose")["buffered_records"] == 1
        later = count_waiting(plane, queue, due=time.time() + 3600, total=5)
        failed = [count_waiting(plane, queue, due=time.time(), total=4), later]
    file.write_text(json.dumps(failed))
    with run_emulator(tmp_path) as plane:
        url = plane.clients.sqs.get_queue_url(QueueName=queue.rsplit("/", 1)[1])["QueueUrl"]
        (body,) = wait_until(lambda: plane.take_messages(url, wait=1), "the event that was due")
        (record,) = wait_until(lambda: objects(plane, bucket), "the object")
        assert (plane.figures("eventbridge")["waiting"], plane.figures("eventbridge")["delivered"]) == (1, 1)
    assert (json.loads(body)["detail"], json.loads(record)["detail"]) == ({"total": 4}, {"total": 3})
    assert json.loads(file.read_text()) == [later]


def test_the_emulator_alone_has_no_dead_letters_and_no_streams_as_targets(emulator_alone: RunningEmulator) -> None:
    dead = emulator_alone.queue()
    emulator_alone.open_to(dead, "events")
    stream, bucket = stream_to_bucket(emulator_alone, seconds=0)
    letters = {"DeadLetterConfig": {"Arn": emulator_alone.arn_of(dead)}}
    missing = {"Arn": emulator_alone.arn_of(dead) + "-missing", **letters}
    bus = bus_to(emulator_alone, missing, {"Arn": stream, "RoleArn": ROLE, **letters})
    put(emulator_alone, bus)
    assert (emulator_alone.take_messages(dead), objects(emulator_alone, bucket)) == ([], [])


def test_the_emulator_alone_writes_each_record_by_itself(emulator_alone: RunningEmulator) -> None:
    stream, bucket = stream_to_bucket(emulator_alone, seconds=900)
    records = [{"Data": b"a"}, {"Data": b"b"}]
    emulator_alone.clients.firehose.put_record_batch(DeliveryStreamName=stream.rsplit("/", 1)[1], Records=records)
    wait_until(lambda: len(objects(emulator_alone, bucket)) == 2, "two objects")
    assert sorted(objects(emulator_alone, bucket)) == [b"a", b"b"]


def test_the_emulator_alone_accepts_entries_that_aws_refuses(emulator_alone: RunningEmulator) -> None:
    entry = {"Source": "shop", "DetailType": "placed", "Detail": "no json"}
    assert emulator_alone.clients.events.put_events(Entries=[entry])["FailedEntryCount"] == 0
