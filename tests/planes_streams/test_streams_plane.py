"""Streams of the AWS plane: what is no behaviour of AWS, and what takes a plane of its own."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from plane_fixture import AwsPlane, changed_plane, eventually

from sandbox.aws.contract.fixtures.account import Account
from sandbox.aws.contract.fixtures.streams import (
    REPORT,
    consumer,
    heard,
    keys_of,
    mapped,
    numbered,
    stream_of,
    told,
    written,
)
from sandbox.aws.contract.fixtures.target import AwsTarget
from sandbox.aws.plane import PLANE
from sandbox.host import Sandbox

pytestmark = pytest.mark.plane

# Handles a record or fails its batch, at random; says what it handled.
UNSTEADY = """
import json, random
def handler(event, context):
    done = []
    for record in event["Records"]:
        if random.random() < 0.3:
            print("HEARD " + json.dumps({"keys": done, "began": 0}))
            if random.random() < 0.5:
                raise RuntimeError("at random")
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        done.append(record["dynamodb"]["Keys"]["sk"]["S"])
    print("HEARD " + json.dumps({"keys": done, "began": 0}))
"""


def account(plane: AwsPlane) -> Account:
    return Account(AwsTarget(plane.clients, plane.endpoint))


@pytest.fixture
def aws(aws_plane: AwsPlane) -> Iterator[Account]:
    """An account of the module's plane; what a test made is removed."""
    found = account(aws_plane)
    yield found
    assert found.close() == []


def figures(plane: AwsPlane, mapping: str) -> dict[str, Any]:
    supplements = plane.http("GET", "/_sandbox/status").json()["supplements"]
    (streams,) = [one for one in supplements if one["name"] == "streams"]
    return streams["figures"]["mappings"].get(mapping, {})


def test_the_emulator_alone_still_loses_a_reported_failure(emulator_alone: AwsPlane) -> None:
    """When this fails, the emulator has learnt it: see what of the supplement can go."""
    aws = account(emulator_alone)
    table, function = aws.table("KEYS_ONLY"), consumer(aws, REPORT)
    mapped(aws, table, function, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    written(aws, table, ["poison", "after"])
    assert keys_of(told(aws, function, ["after"])) == ["poison", "after"]


def test_a_consumer_that_fails_at_random_loses_nothing(aws: Account) -> None:
    table, function, bucket = aws.table("KEYS_ONLY"), aws.function(UNSTEADY), aws.bucket()
    keys = numbered(200)
    written(aws, table, keys)
    mapped(
        aws,
        table,
        function,
        BatchSize=10,
        ParallelizationFactor=4,
        BisectBatchOnFunctionError=True,
        MaximumRetryAttempts=1,
        FunctionResponseTypes=["ReportBatchItemFailures"],
        DestinationConfig={"OnFailure": {"Destination": f"arn:aws:s3:::{bucket}"}},
    )
    s3 = aws.clients.s3

    def kept() -> list[str]:
        found = [o["Key"] for o in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
        documents = [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in found]
        events = [json.loads(document["payload"]) for document in documents]
        return [record["dynamodb"]["Keys"]["sk"]["S"] for event in events for record in event["Records"]]

    eventually(lambda: set(keys_of(heard(aws, function))) | set(kept()) == set(keys), "every record here or there")
    assert kept(), "some were to fail twice"


def test_a_slow_stream_handler_does_not_delay_a_queue(aws: Account) -> None:
    table, slow, other, queue = aws.table("NEW_IMAGE"), consumer(aws, Timeout=30), aws.queue(), aws.queue()
    quick = aws.function(
        "import os, boto3\ndef handler(e, c):\n    for r in e['Records']:\n        boto3.client('sqs').send_message("
        "QueueUrl=os.environ['TO'], MessageBody=r['body'])",
        Environment={"Variables": {"TO": other}},
        Timeout=30,
    )
    made = aws.clients.lambda_.create_event_source_mapping(
        EventSourceArn=aws.arn_of(queue), FunctionName=quick, BatchSize=1
    )
    aws.undo(aws.clients.lambda_.delete_event_source_mapping, UUID=made["UUID"])
    aws.send(queue, "warm")
    aws.collected(other, 1)
    mapped(aws, table, slow, BatchSize=1)
    written(aws, table, ["one"], sleep="6")
    for body in numbered(3):
        aws.send(queue, body)
        assert aws.collected(other, 1) == [body]
    assert heard(aws, slow) == [], "the queue's messages came while the slow handler was at work"


def test_status_says_how_far_a_mapping_is(aws: Account, aws_plane: AwsPlane) -> None:
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    written(aws, table, ["poison", "after"])
    id_ = mapped(aws, table, function, BatchSize=1, ParallelizationFactor=3)
    eventually(lambda: figures(aws_plane, id_).get("retries", 0) > 1, "two retries")
    seen = figures(aws_plane, id_)
    assert seen["table"] == table
    assert seen["function"] == function.split(":")[6]
    assert seen["lanes"] == 3
    eventually(lambda: figures(aws_plane, id_)["iterator_age_seconds"] > 0, "an age")
    metrics = aws.clients.cloudwatch.list_metrics(Namespace="AWS/Lambda", MetricName="IteratorAge")["Metrics"]
    assert [{"Name": "FunctionName", "Value": seen["function"]}] in [metric["Dimensions"] for metric in metrics]


def test_what_no_destination_took_is_counted_and_logged(aws: Account, aws_plane: AwsPlane) -> None:
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    id_ = mapped(aws, table, function, MaximumRetryAttempts=0)
    written(aws, table, ["poison"])
    eventually(lambda: figures(aws_plane, id_)["lost"] == 1, "a lost record")
    assert id_ in aws_plane.log.read_text()


def test_a_mapping_of_a_deleted_function_goes_on_when_the_function_is_back(aws: Account, aws_plane: AwsPlane) -> None:
    table, function, lambda_ = aws.table("KEYS_ONLY"), consumer(aws), aws.clients.lambda_
    found = lambda_.get_function_configuration(FunctionName=function)
    id_ = mapped(aws, table, function, MaximumRetryAttempts=0)
    lambda_.delete_function(FunctionName=function)
    written(aws, table, ["one"])
    eventually(lambda: figures(aws_plane, id_)["throttled"], "a batch without a function")
    other = lambda_.get_function(FunctionName=consumer(aws))
    code = aws.http("GET", other["Code"]["Location"]).content
    same = {name: found[name] for name in ("FunctionName", "Runtime", "Handler", "Role")}
    lambda_.create_function(**same, Code={"ZipFile": code})
    assert keys_of(told(aws, function, ["one"])) == ["one"]


def test_what_was_written_before_a_stream_was_disabled_or_its_table_deleted_still_arrives(aws: Account) -> None:
    lambda_, dynamodb = aws.clients.lambda_, aws.clients.dynamodb
    disabled, deleted = aws.table("KEYS_ONLY"), aws.table("KEYS_ONLY")
    functions = {table: consumer(aws) for table in (disabled, deleted)}
    mappings = [mapped(aws, table, function, Enabled=False) for table, function in functions.items()]
    for table in functions:
        written(aws, table, numbered(3))
    dynamodb.update_table(TableName=disabled, StreamSpecification={"StreamEnabled": False})
    dynamodb.delete_table(TableName=deleted)
    for mapping in mappings:
        lambda_.update_event_source_mapping(UUID=mapping, Enabled=True)
    for function in functions.values():
        assert keys_of(told(aws, function, numbered(3))) == numbered(3)


def test_records_and_checkpoints_survive_a_restart(tmp_path: Path) -> None:
    sandbox = Sandbox(tmp_path, [PLANE])
    try:
        sandbox.start("aws")
        plane = AwsPlane(sandbox, tmp_path)
        aws = account(plane)
        table, function, waiting = aws.table("NEW_IMAGE"), consumer(aws), consumer(aws)
        stream, keys = stream_of(aws, table), numbered(40)
        written(aws, table, keys, sleep="0.05")
        id_ = mapped(aws, table, function, BatchSize=1, ParallelizationFactor=2)
        idle = mapped(aws, table, waiting, Enabled=False)
        told(aws, function, keys[:6])
        sandbox.stop()
        sandbox.start("aws")
        aws = account(plane)
        aws.clients.lambda_.update_event_source_mapping(UUID=idle, Enabled=True)
        assert keys_of(told(aws, waiting, keys)) == keys, "each once, in order"
        eventually(lambda: figures(plane, id_)["iterator_age_seconds"] == 0, "the other mapping at its end")
        seen = keys_of(told(aws, function, keys))
        assert len(seen) <= len(keys) + 2, f"more came twice than the two batches that were out: {seen}"
        written(aws, table, ["after"])
        told(aws, waiting, ["after"])
        assert stream_of(aws, table) == stream
    finally:
        sandbox.stop()


def test_a_plane_without_the_supplement_reads_streams_as_the_emulator_does(tmp_path: Path) -> None:
    with changed_plane(tmp_path, without="streams") as plane:
        aws = account(plane)
        table, function = aws.table("KEYS_ONLY"), consumer(aws)
        mapped(aws, table, function)
        written(aws, table, ["one"])
        assert keys_of(told(aws, function, ["one"])) == ["one"]
