"""Firehose: buffers, partitions, compression, errors and limits of a stream to S3."""

import base64
import gzip
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.event_rules import make_rule
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/firehose/latest/dev"
API = "https://docs.aws.amazon.com/firehose/latest/APIReference"
# A stream takes a minute on a real account, and buffers longer than it says.
SECONDS = 300
SLOW = "dynamic partitioning buffers for minutes"
PREFIX = "events/type=!{partitionKeyFromQuery:type}/day=!{timestamp:yyyy-MM-dd}/"
ERRORS = "errors/!{firehose:error-output-type}/"
DELIMITED: Mapping[str, Any] = {"Type": "AppendDelimiterToRecord", "Parameters": []}
EXTRACTED: Mapping[str, Any] = {
    "Type": "MetadataExtraction",
    "Parameters": [
        {"ParameterName": "JsonParsingEngine", "ParameterValue": "JQ-1.6"},
        {"ParameterName": "MetadataExtractionQuery", "ParameterValue": '{type: ."detail-type"}'},
    ],
}
PARTITIONED: Mapping[str, Any] = {
    "Prefix": PREFIX,
    "ErrorOutputPrefix": ERRORS,
    "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 1},
    "DynamicPartitioningConfiguration": {"Enabled": True},
    "ProcessingConfiguration": {"Enabled": True, "Processors": [EXTRACTED, DELIMITED]},
}


def stream(aws: AwsAccount, bucket: str, seconds: int = 1, **settings: Any) -> str:
    """The name of a new stream to a bucket."""
    firehose, name = aws.clients.firehose, aws.name("stream")
    usual = {
        "RoleARN": aws.target.role(),
        "BucketARN": f"arn:aws:s3:::{bucket}",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": seconds},
    }
    firehose.create_delivery_stream(
        DeliveryStreamName=name,
        DeliveryStreamType="DirectPut",
        ExtendedS3DestinationConfiguration={**usual, **settings},
    )
    aws.undo(firehose.delete_delivery_stream, DeliveryStreamName=name)
    aws.wait_for(lambda: describe_stream(aws, name)["DeliveryStreamStatus"] == "ACTIVE", "the stream", seconds=180)
    return name


def describe_stream(aws: AwsAccount, name: str) -> dict[str, Any]:
    """What Firehose says of a stream."""
    return aws.clients.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def put(aws: AwsAccount, name: str, *records: bytes) -> None:
    """Put records by one request."""
    answer = aws.clients.firehose.put_record_batch(DeliveryStreamName=name, Records=[{"Data": r} for r in records])
    expect(answer["FailedPutCount"] == 0, f"records were not taken: {answer['RequestResponses']}")


def wait_for_objects(aws: AwsAccount, bucket: str, count: int = 1) -> dict[str, bytes]:
    """The objects of a bucket, by key, once there are so many."""
    s3 = aws.clients.s3

    def keys() -> list[str] | None:
        found = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        return found if len(found) >= count else None

    found = aws.wait_for(keys, f"{count} objects", seconds=240 if aws.endpoint is None else 15)
    return {key: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in found}


@behaviour(service="firehose", source=f"{GUIDE}/basic-deliver.html", seconds=SECONDS)
def records_are_collected_into_one_object(aws: AwsAccount) -> None:
    """Records that come within the buffering interval become one object, in their order and without a delimiter."""
    bucket = aws.bucket()
    name = stream(aws, bucket, seconds=2)
    put(aws, name, b"first ", b"second ")
    put(aws, name, b"third")
    found = wait_for_objects(aws, bucket)
    expect(list(found.values()) == [b"first second third"], f"objects {found}")


@behaviour(service="firehose", source=f"{GUIDE}/s3-object-name.html", seconds=SECONDS)
def an_object_is_named_after_time_stream_and_version(aws: AwsAccount) -> None:
    """Without a prefix an object is called YYYY/MM/dd/HH/stream-version-YYYY-MM-dd-HH-mm-ss-uuid."""
    bucket = aws.bucket()
    name = stream(aws, bucket)
    put(aws, name, b"x")
    (key,) = wait_for_objects(aws, bucket)
    form = rf"(\d{{4}})/(\d\d)/(\d\d)/(\d\d)/{re.escape(name)}-1-\1-\2-\3-\4-\d\d-\d\d-[0-9a-f-]{{36}}"
    expect(re.fullmatch(form, key), f"key {key}")
    expect(key.startswith(f"{datetime.now(UTC):%Y/%m/}"), f"key {key} is of another month")


@behaviour(service="firehose", source=f"{API}/API_ExtendedS3DestinationConfiguration.html", seconds=SECONDS)
def objects_are_compressed(aws: AwsAccount) -> None:
    """With GZIP an object is compressed and its name ends with .gz."""
    bucket = aws.bucket()
    name = stream(aws, bucket, CompressionFormat="GZIP")
    put(aws, name, b"a" * 1000, b"b" * 1000)
    ((key, body),) = wait_for_objects(aws, bucket).items()
    expect(key.endswith(".gz"), f"key {key}")
    expect(gzip.decompress(body) == b"a" * 1000 + b"b" * 1000, f"{len(body)} bytes of something else")


@behaviour(service="firehose", source=f"{API}/API_BufferingHints.html", seconds=SECONDS)
def a_buffer_is_written_when_its_size_is_reached(aws: AwsAccount) -> None:
    """A buffer is written when its size is reached, long before the interval has passed."""
    bucket = aws.bucket()
    name = stream(aws, bucket, seconds=900)
    for _ in range(2):
        put(aws, name, b"x" * 524_288)
    found = wait_for_objects(aws, bucket)
    expect(sum(map(len, found.values())) >= 524_288, f"objects of {[len(body) for body in found.values()]} bytes")


@behaviour(service="firehose", source=f"{GUIDE}/dynamic-partitioning-s3bucketprefix.html", cloud=SLOW)
def each_partition_has_an_object_of_its_own(aws: AwsAccount) -> None:
    """Records are grouped by keys that a query takes from them, which stand in the prefix."""
    bucket = aws.bucket()
    name = stream(aws, bucket, **PARTITIONED)
    records = [json.dumps({"detail-type": kind, "n": n}).encode() for n, kind in enumerate("aba")]
    put(aws, name, *records)
    found = {key.rsplit("/", 1)[0]: body for key, body in wait_for_objects(aws, bucket, 2).items()}
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    reported = {
        f"events/type=a/day={day}": records[0] + b"\n" + records[2] + b"\n",
        f"events/type=b/day={day}": records[1] + b"\n",
    }
    expect(found == reported, f"objects {found}")


@behaviour(service="firehose", source=f"{GUIDE}/dynamic-partitioning-error-handling.html", cloud=SLOW)
def a_record_without_its_partition_key_is_kept_under_the_error_prefix(aws: AwsAccount) -> None:
    """A record that has no partition key, or is no JSON, is kept with the error; the others are written as ever."""
    bucket = aws.bucket()
    name = stream(aws, bucket, **PARTITIONED)
    put(aws, name, b"no json", b'{"other": 1}', b'{"detail-type": "a"}')
    found = wait_for_objects(aws, bucket, 2)
    expect(sorted(key.split("/")[0] for key in found) == ["errors", "events"], f"keys {list(found)}")
    ((key, body),) = ((key, body) for key, body in found.items() if key.startswith("errors/"))
    expect(key.startswith("errors/processing-failed/"), f"key {key}")
    lines = [json.loads(line) for line in body.splitlines()]
    expect([base64.b64decode(line["rawData"]) for line in lines] == [b"no json", b'{"other": 1}'], f"lines {lines}")
    codes = {line["errorCode"] for line in lines}
    expect(codes == {"DynamicPartitioning.MetadataExtractionFailed"}, f"codes {codes}")
    parts = {"attemptsMade", "arrivalTimestamp", "errorMessage", "attemptEndingTimestamp"}
    expect(all(parts <= line.keys() for line in lines), f"lines {lines}")


@behaviour(service="firehose", source=f"{API}/API_Processor.html", seconds=SECONDS)
def a_delimiter_is_put_after_each_record(aws: AwsAccount) -> None:
    """AppendDelimiterToRecord puts a new line after each record."""
    bucket = aws.bucket()
    name = stream(aws, bucket, ProcessingConfiguration={"Enabled": True, "Processors": [DELIMITED]})
    put(aws, name, b"one", b"two")
    expect(list(wait_for_objects(aws, bucket).values()) == [b"one\ntwo\n"], "there is no new line after each record")


@behaviour(service="firehose", source=f"{GUIDE}/retry.html", cloud="Firehose tries again after minutes")
def records_are_kept_until_the_bucket_takes_them(aws: AwsAccount) -> None:
    """Records for a bucket that does not exist are kept, and written when it does."""
    bucket, s3 = aws.bucket(), aws.clients.s3
    name = stream(aws, bucket, seconds=0)
    s3.delete_bucket(Bucket=bucket)
    put(aws, name, b"kept")
    put(aws, name, b"kept too")
    s3.create_bucket(Bucket=bucket)
    found = b"".join(wait_for_objects(aws, bucket, 2).values())
    expect(sorted(found) == sorted(b"keptkept too"), f"objects {found!r}")


@behaviour(service="firehose", source=f"{GUIDE}/controlling-access.html", cloud="Firehose tries again after minutes")
def records_are_kept_until_the_role_may_write(aws: AwsAccount) -> None:
    """A stream whose role may not write to the bucket writes once it may."""
    bucket, iam = aws.bucket(), aws.clients.iam
    role = aws.role(service="firehose")
    name = stream(aws, bucket, seconds=0, RoleARN=role)
    put(aws, name, b"kept")
    found = aws.clients.s3.list_objects_v2(Bucket=bucket).get("KeyCount")
    expect(found == 0, "the role that may do nothing wrote")
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    who = role.rsplit("/", 1)[1]
    iam.put_role_policy(RoleName=who, PolicyName="late", PolicyDocument=policy)
    aws.undo(iam.delete_role_policy, RoleName=who, PolicyName="late")
    expect(list(wait_for_objects(aws, bucket).values()) == [b"kept"], "another record")


@behaviour(
    service="firehose",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html",
    seconds=SECONDS,
)
def a_rule_hands_events_to_a_stream_as_its_role(aws: AwsAccount) -> None:
    """A rule puts each event into a stream, as the target's role."""
    bucket, made = aws.bucket(), make_rule(aws)
    name = stream(aws, bucket)
    made.to({"Arn": describe_stream(aws, name)["DeliveryStreamARN"], "RoleArn": aws.target.role()})
    id_ = made.put(total=5)
    (body,) = wait_for_objects(aws, bucket).values()
    event = json.loads(body)
    expect((event["id"], event["detail"]) == (id_, {"total": 5}), f"the record is {event}")


@behaviour(
    service="firehose",
    source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-event-delivery.html",
    seconds=SECONDS,
)
def an_event_for_a_stream_that_the_role_may_not_use_is_a_dead_letter(aws: AwsAccount) -> None:
    """A target's role that may not put records fails without a retry."""
    made = make_rule(aws)
    name = stream(aws, aws.bucket())
    made.to({"Arn": describe_stream(aws, name)["DeliveryStreamARN"], "RoleArn": aws.role(service="events")})
    made.put()
    (letter,) = made.dead_letters()
    expect(letter["attributes"]["ERROR_CODE"] == "NO_PERMISSIONS", f"attributes {letter['attributes']}")


@behaviour(service="firehose", source=f"{API}/API_PutRecordBatch.html", seconds=SECONDS)
def a_batch_has_500_records_and_4_mib_at_most(aws: AwsAccount) -> None:
    """PutRecordBatch refuses 501 records, and records of more than 4 MiB together."""
    name = stream(aws, aws.bucket(), seconds=900)
    batch = aws.clients.firehose.put_record_batch
    for records in ([b"x"] * 501, [b"x" * 900_000] * 5):
        error = aws.refusal(batch, DeliveryStreamName=name, Records=[{"Data": record} for record in records])
        expect(error["Error"]["Code"] in ("ValidationException", "InvalidArgumentException"), f"{error}")


@behaviour(service="firehose", source=f"{API}/API_Record.html", seconds=SECONDS)
def a_record_has_1000_kib_at_most(aws: AwsAccount) -> None:
    """PutRecord takes a record of 1,000 KiB, and refuses one byte more."""
    bucket, single = aws.bucket(), aws.clients.firehose.put_record
    name = stream(aws, bucket, seconds=0)
    single(DeliveryStreamName=name, Record={"Data": b"x" * 1_024_000})
    expect([len(body) for body in wait_for_objects(aws, bucket).values()] == [1_024_000], "the record changed its size")
    error = aws.refusal(single, DeliveryStreamName=name, Record={"Data": b"x" * 1_024_001})
    expect(error["Error"]["Code"] == "ValidationException", f"{error}")


@behaviour(service="firehose", source=f"{API}/API_PutRecord.html")
def a_record_for_a_missing_stream_is_refused(aws: AwsAccount) -> None:
    """PutRecord refuses a stream that does not exist."""
    name = aws.name("missing")
    error = aws.refusal(aws.clients.firehose.put_record, DeliveryStreamName=name, Record={"Data": b"x"})
    expect(error["Error"]["Code"] == "ResourceNotFoundException", f"{error}")
