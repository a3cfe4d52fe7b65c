"""Streams of the AWS plane: what is no behaviour of AWS, and what takes a plane of its own."""

import json
from pathlib import Path
from typing import Any

import pytest
from running_emulator import RunningEmulator, run_emulator, wait_until
from stream_consumers import (
    REPORT,
    await_keys,
    create_consumer,
    find_stream,
    map_stream,
    number_items,
    read_keys,
    read_records,
    write,
)

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


@pytest.fixture
def aws(emulator: RunningEmulator) -> RunningEmulator:
    return emulator


def figures(aws: RunningEmulator, mapping: str) -> dict[str, Any]:
    return aws.figures("streams")["mappings"].get(mapping, {})


def test_the_emulator_alone_still_loses_a_reported_failure(emulator_alone: RunningEmulator) -> None:
    """When this fails, the emulator has learnt it: see what of the supplement can go."""
    aws = emulator_alone
    table, function = aws.table("KEYS_ONLY"), create_consumer(aws, REPORT)
    map_stream(aws, table, function, BatchSize=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    write(aws, table, ["poison", "after"])
    assert read_keys(await_keys(aws, function, ["after"])) == ["poison", "after"]


def test_a_consumer_that_fails_at_random_loses_nothing(aws: RunningEmulator) -> None:
    table, function, bucket = aws.table("KEYS_ONLY"), aws.function(UNSTEADY), aws.bucket()
    keys = number_items(200)
    write(aws, table, keys)
    map_stream(
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

    wait_until(
        lambda: set(read_keys(read_records(aws, function))) | set(kept()) == set(keys), "every record here or there"
    )
    assert kept(), "some were to fail twice"


def test_a_slow_stream_handler_does_not_delay_a_queue(aws: RunningEmulator) -> None:
    table, slow, other, queue = aws.table("NEW_IMAGE"), create_consumer(aws, Timeout=30), aws.queue(), aws.queue()
    quick = aws.function(
        "import os, boto3\ndef handler(e, c):\n    for r in e['Records']:\n        boto3.client('sqs').send_message("
        "QueueUrl=os.environ['TO'], MessageBody=r['body'])",
        Environment={"Variables": {"TO": other}},
        Timeout=30,
    )
    aws.clients.lambda_.create_event_source_mapping(EventSourceArn=aws.arn_of(queue), FunctionName=quick, BatchSize=1)
    aws.send(queue, "warm")
    aws.collect_messages(other, 1)
    map_stream(aws, table, slow, BatchSize=1)
    write(aws, table, ["one"], sleep="6")
    for body in number_items(3):
        aws.send(queue, body)
        assert aws.collect_messages(other, 1) == [body]
    assert read_records(aws, slow) == [], "the queue's messages came while the slow handler was at work"


def test_status_says_how_far_a_mapping_is(aws: RunningEmulator) -> None:
    table, function = aws.table("KEYS_ONLY"), create_consumer(aws)
    write(aws, table, ["poison", "after"])
    id_ = map_stream(aws, table, function, BatchSize=1, ParallelizationFactor=3)
    wait_until(lambda: figures(aws, id_).get("retries", 0) > 1, "two retries")
    seen = figures(aws, id_)
    assert seen["table"] == table
    assert seen["function"] == function.split(":")[6]
    assert seen["parallel_batches"] == 3
    wait_until(lambda: figures(aws, id_)["iterator_age_seconds"] > 0, "an age")
    metrics = aws.clients.cloudwatch.list_metrics(Namespace="AWS/Lambda", MetricName="IteratorAge")["Metrics"]
    assert [{"Name": "FunctionName", "Value": seen["function"]}] in [metric["Dimensions"] for metric in metrics]


def test_what_no_destination_took_is_counted_and_logged(aws: RunningEmulator) -> None:
    table, function = aws.table("KEYS_ONLY"), create_consumer(aws)
    id_ = map_stream(aws, table, function, MaximumRetryAttempts=0)
    write(aws, table, ["poison"])
    wait_until(lambda: figures(aws, id_)["lost"] == 1, "a lost record")
    assert id_ in aws.log.read_text()


def test_a_mapping_of_a_deleted_function_goes_on_when_the_function_is_back(aws: RunningEmulator) -> None:
    table, function, lambda_ = aws.table("KEYS_ONLY"), create_consumer(aws), aws.clients.lambda_
    found = lambda_.get_function_configuration(FunctionName=function)
    id_ = map_stream(aws, table, function, MaximumRetryAttempts=0)
    lambda_.delete_function(FunctionName=function)
    write(aws, table, ["one"])
    wait_until(lambda: figures(aws, id_)["throttled"], "a batch without a function")
    other = lambda_.get_function(FunctionName=create_consumer(aws))
    code = aws.http("GET", other["Code"]["Location"]).content
    same = {name: found[name] for name in ("FunctionName", "Runtime", "Handler", "Role")}
    lambda_.create_function(**same, Code={"ZipFile": code})
    assert read_keys(await_keys(aws, function, ["one"])) == ["one"]


def test_what_was_written_before_a_stream_was_disabled_or_its_table_deleted_still_arrives(aws: RunningEmulator) -> None:
    lambda_, dynamodb = aws.clients.lambda_, aws.clients.dynamodb
    disabled, deleted = aws.table("KEYS_ONLY"), aws.table("KEYS_ONLY")
    functions = {table: create_consumer(aws) for table in (disabled, deleted)}
    mappings = [map_stream(aws, table, function, Enabled=False) for table, function in functions.items()]
    for table in functions:
        write(aws, table, number_items(3))
    dynamodb.update_table(TableName=disabled, StreamSpecification={"StreamEnabled": False})
    dynamodb.delete_table(TableName=deleted)
    for mapping in mappings:
        lambda_.update_event_source_mapping(UUID=mapping, Enabled=True)
    for function in functions.values():
        assert read_keys(await_keys(aws, function, number_items(3))) == number_items(3)


def test_records_and_checkpoints_survive_a_restart(tmp_path: Path) -> None:
    with run_emulator(tmp_path) as aws:
        table, function, waiting = aws.table("NEW_IMAGE"), create_consumer(aws), create_consumer(aws)
        stream, keys = find_stream(aws, table), number_items(40)
        write(aws, table, keys, sleep="0.05")
        id_ = map_stream(aws, table, function, BatchSize=1, ParallelizationFactor=2)
        idle = map_stream(aws, table, waiting, Enabled=False)
        await_keys(aws, function, keys[:6])
        aws.restart()
        aws.clients.lambda_.update_event_source_mapping(UUID=idle, Enabled=True)
        assert read_keys(await_keys(aws, waiting, keys)) == keys, "each once, in order"
        wait_until(lambda: figures(aws, id_)["iterator_age_seconds"] == 0, "the other mapping at its end")
        seen = read_keys(await_keys(aws, function, keys))
        assert len(seen) <= len(keys) + 2, f"more came twice than the two batches that were out: {seen}"
        write(aws, table, ["after"])
        await_keys(aws, waiting, ["after"])
        assert find_stream(aws, table) == stream


def test_a_plane_without_the_supplement_reads_streams_as_the_emulator_does(tmp_path: Path) -> None:
    with run_emulator(tmp_path, without="streams") as aws:
        table, function = aws.table("KEYS_ONLY"), create_consumer(aws)
        map_stream(aws, table, function)
        write(aws, table, ["one"])
        assert read_keys(await_keys(aws, function, ["one"])) == ["one"]
