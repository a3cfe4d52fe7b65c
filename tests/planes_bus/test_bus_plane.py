"""What is no behaviour of AWS: state over a restart, figures, faults on demand, and the emulator without it all."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from plane_fixture import ROLE, AwsPlane, changed_plane, eventually, named

pytestmark = pytest.mark.plane

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Service": ["lambda.amazonaws.com", "events.amazonaws.com", "firehose.amazonaws.com"]},
        }
    ],
}


def ask(plane: AwsPlane, method: str, path: str, body: Any = None) -> httpx.Response:
    return plane.http(method, f"/_sandbox/{path}", headers={"X-Sandbox": "1"}, json=body)


def figures(plane: AwsPlane, name: str) -> dict[str, Any]:
    found = ask(plane, "GET", "status").json()["supplements"]
    return next(supplement["figures"] for supplement in found if supplement["name"] == name)


def bus_to(plane: AwsPlane, *targets: dict[str, Any]) -> str:
    """A bus whose rule passes everything of the shop."""
    bus, events = named("bus"), plane.clients.events
    events.create_event_bus(Name=bus)
    events.put_rule(Name="rule", EventBusName=bus, EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="rule", EventBusName=bus, Targets=[{"Id": str(n), **t} for n, t in enumerate(targets)])
    return bus


def put(plane: AwsPlane, bus: str, **detail: Any) -> None:
    entry = {"EventBusName": bus, "Source": "shop", "DetailType": "placed", "Detail": json.dumps(detail)}
    assert plane.clients.events.put_events(Entries=[entry])["FailedEntryCount"] == 0


def open_queue(plane: AwsPlane, *queues: str) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "sqs:SendMessage",
        "Principal": {"Service": "events.amazonaws.com"},
        "Resource": "*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for queue in queues:
        plane.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy})


def stream_to_bucket(plane: AwsPlane, seconds: int) -> tuple[str, str]:
    """The ARN of a stream, and its bucket."""
    plane.allow_everything()
    plane.clients.iam.update_assume_role_policy(RoleName="any", PolicyDocument=json.dumps(TRUST))
    bucket = named("lake")
    plane.clients.s3.create_bucket(Bucket=bucket)
    made = plane.clients.firehose.create_delivery_stream(
        DeliveryStreamName=named("stream"),
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": f"arn:aws:s3:::{bucket}",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": seconds},
        },
    )
    return str(made["DeliveryStreamARN"]), bucket


def objects(plane: AwsPlane, bucket: str) -> list[bytes]:
    s3 = plane.clients.s3
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    return [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys]


def test_a_target_that_fails_for_a_while_gets_its_event_after_it(aws_plane: AwsPlane) -> None:
    broken, whole = aws_plane.queue(), aws_plane.queue()
    open_queue(aws_plane, broken, whole)
    bus = bus_to(aws_plane, {"Arn": aws_plane.arn_of(broken)}, {"Arn": aws_plane.arn_of(whole)})
    before = figures(aws_plane, "bus")
    fault = {"target": aws_plane.arn_of(broken), "seconds": 600}
    assert ask(aws_plane, "POST", "bus/faults", fault).status_code == 200
    put(aws_plane, bus)
    assert len(aws_plane.taken(whole)) == 1  # before PutEvents answered, whatever the other one does
    assert figures(aws_plane, "bus")["waiting"] == before["waiting"] + 1
    assert figures(aws_plane, "bus")["faults"] == {fault["target"]: "THROTTLING"}
    ask(aws_plane, "POST", "bus/faults", {**fault, "seconds": 0})
    assert len(eventually(lambda: aws_plane.taken(broken, wait=1), "the event")) == 1
    assert figures(aws_plane, "bus")["waiting"] == before["waiting"]


def test_a_fault_that_makes_no_sense_is_refused_with_its_fix(aws_plane: AwsPlane) -> None:
    answer = ask(aws_plane, "POST", "bus/faults", {"target": "orders", "seconds": 5})
    assert (answer.status_code, answer.json()["message"]) == (400, "target is 'orders'; give the ARN of a target")


def test_a_lost_event_is_counted_and_said_in_the_log(aws_plane: AwsPlane) -> None:
    missing = aws_plane.arn_of(aws_plane.queue()) + "-missing"
    bus, before = bus_to(aws_plane, {"Arn": missing}), figures(aws_plane, "bus")["lost"]
    put(aws_plane, bus)
    assert figures(aws_plane, "bus")["lost"] == before + 1
    assert f"to {missing} after 0 retries: NO_RESOURCE" in aws_plane.log.read_text()


def test_a_deleted_stream_writes_what_it_has_collected(aws_plane: AwsPlane) -> None:
    arn, bucket = stream_to_bucket(aws_plane, seconds=900)
    name = arn.rsplit("/", 1)[1]
    aws_plane.clients.firehose.put_record(DeliveryStreamName=name, Record={"Data": b"kept"})
    assert objects(aws_plane, bucket) == []
    aws_plane.clients.firehose.delete_delivery_stream(DeliveryStreamName=name)
    assert eventually(lambda: objects(aws_plane, bucket), "the object") == [b"kept"]


def test_what_waits_survives_a_restart(tmp_path: Path) -> None:
    with changed_plane(tmp_path) as plane:
        queue = plane.queue()
        open_queue(plane, queue)
        stream, bucket = stream_to_bucket(plane, seconds=3)
        bus = bus_to(plane, {"Arn": plane.arn_of(queue)}, {"Arn": stream, "RoleArn": ROLE})
        ask(plane, "POST", "bus/faults", {"target": plane.arn_of(queue), "seconds": 3600})
        put(plane, bus, total=3)
        assert figures(plane, "bus")["waiting"] == 1
        assert figures(plane, "firehose")["buffered_records"] == 1
    with changed_plane(tmp_path) as plane:
        url = plane.clients.sqs.get_queue_url(QueueName=queue.rsplit("/", 1)[1])["QueueUrl"]
        (body,) = eventually(lambda: plane.taken(url, wait=1), "the event, now that the fault is forgotten")
        (record,) = eventually(lambda: objects(plane, bucket), "the object")
    assert json.loads(body) == json.loads(record)
    assert json.loads(body)["detail"] == {"total": 3}


def test_the_emulator_alone_has_no_dead_letters_and_no_streams_as_targets(emulator_alone: AwsPlane) -> None:
    dead = emulator_alone.queue()
    open_queue(emulator_alone, dead)
    stream, bucket = stream_to_bucket(emulator_alone, seconds=0)
    letters = {"DeadLetterConfig": {"Arn": emulator_alone.arn_of(dead)}}
    missing = {"Arn": emulator_alone.arn_of(dead) + "-missing", **letters}
    bus = bus_to(emulator_alone, missing, {"Arn": stream, "RoleArn": ROLE, **letters})
    put(emulator_alone, bus)
    assert (emulator_alone.taken(dead), objects(emulator_alone, bucket)) == ([], [])


def test_the_emulator_alone_writes_each_record_by_itself(emulator_alone: AwsPlane) -> None:
    stream, bucket = stream_to_bucket(emulator_alone, seconds=900)
    records = [{"Data": b"a"}, {"Data": b"b"}]
    emulator_alone.clients.firehose.put_record_batch(DeliveryStreamName=stream.rsplit("/", 1)[1], Records=records)
    eventually(lambda: len(objects(emulator_alone, bucket)) == 2, "two objects")
    assert sorted(objects(emulator_alone, bucket)) == [b"a", b"b"]


def test_the_emulator_alone_accepts_entries_that_aws_refuses(emulator_alone: AwsPlane) -> None:
    entry = {"Source": "shop", "DetailType": "placed", "Detail": "no json"}
    assert emulator_alone.clients.events.put_events(Entries=[entry])["FailedEntryCount"] == 0
