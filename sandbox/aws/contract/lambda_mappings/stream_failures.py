"""Event source mappings of a table's stream: what happens to records that a function can't handle."""

import json
import re
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.stream_consumers import (
    EMPTY,
    REPORT,
    consumer,
    keys_of,
    list_calls,
    map_stream,
    put_items,
    sort_keys,
    stream_of,
    wait_for_batches,
    wait_for_keys,
)
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"
ERRORS = f"{GUIDE}/services-dynamodb-errors.html"
PARTIAL = f"{GUIDE}/services-ddb-batchfailurereporting.html"
KEY = r"aws/lambda/{uuid}/shardId-[^/]+/\d{{4}}/\d\d/\d\d/\d{{4}}-\d\d-\d\dT\d\d\.\d\d\.\d\d-[0-9a-f-]{{36}}"


def on_failure(arn: str) -> dict[str, Any]:
    """Settings of a mapping that sends what it gives up to a destination."""
    return {"DestinationConfig": {"OnFailure": {"Destination": arn}}}


def objects(aws: AwsAccount, bucket: str) -> dict[str, dict[str, Any]]:
    """All documents of a bucket, by key."""
    s3 = aws.clients.s3
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=bucket).get("Contents", ())]
    return {key: json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys}


def payload_keys(documents: dict[str, dict[str, Any]]) -> list[str]:
    """The sort keys of all records in documents of a bucket."""
    events = [json.loads(document["payload"]) for document in documents.values()]
    return [record["dynamodb"]["Keys"]["sk"]["S"] for event in events for record in event["Records"]]


@behaviour(service="lambda", source=ERRORS)
def a_failed_batch_is_tried_again_and_then_reported_to_a_queue(aws: AwsAccount) -> None:
    """A failed batch is tried again as often as the mapping says; then a queue gets its place in the stream alone."""
    table, function, dead = aws.table("KEYS_ONLY"), consumer(aws), aws.queue()
    put_items(aws, table, ["poison", "fine"])
    map_stream(aws, table, function, BatchSize=1, MaximumRetryAttempts=2, **on_failure(aws.arn_of(dead)))
    document = json.loads(aws.collect(dead, 1)[0])
    batches = wait_for_keys(aws, function, ["fine"])
    expect(keys_of(batches) == ["poison"] * 3 + ["fine"], f"{keys_of(batches)}")
    context, batch = document["requestContext"], document["DDBStreamBatchInfo"]
    seen = context["condition"], context["functionArn"], context["approximateInvokeCount"]
    expect(seen == ("RetryAttemptsExhausted", function, 3), f"{context}")
    response = document["responseContext"]
    expect(response == {"statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled"}, f"{response}")
    number = batches[0]["first"]["dynamodb"]["SequenceNumber"]
    expect(batch["startSequenceNumber"] == batch["endSequenceNumber"] == number, f"{batch}, but the record is {number}")
    expect((batch["batchSize"], batch["streamArn"]) == (1, stream_of(aws, table)), f"{batch}")
    expect("payload" not in document, "the queue got the records too")


@behaviour(service="lambda", source=ERRORS)
def a_failed_batch_is_kept_whole_in_a_bucket(aws: AwsAccount) -> None:
    """A bucket gets the whole event of a batch that is given up, under the mapping's id, shard and time."""
    table, function, bucket = aws.table("NEW_IMAGE"), consumer(aws), aws.bucket()
    put_items(aws, table, ["poison"], color="red")
    id_ = map_stream(aws, table, function, MaximumRetryAttempts=0, **on_failure(f"arn:aws:s3:::{bucket}"))
    found = aws.wait_for(lambda: objects(aws, bucket), "an object")
    key, document = next(iter(found.items()))
    expect(re.fullmatch(KEY.format(uuid=id_), key), f"key {key}")
    record = json.loads(document["payload"])["Records"][0]
    expect(record["dynamodb"]["NewImage"]["color"] == {"S": "red"}, f"payload {record}")
    expect(document["requestContext"]["condition"] == "RetryAttemptsExhausted", f"{document['requestContext']}")


@behaviour(service="lambda", source=ERRORS)
def a_failed_batch_is_reported_to_a_topic(aws: AwsAccount) -> None:
    """A topic gets the place of a batch that is given up."""
    table, function, topic, queue = aws.table("KEYS_ONLY"), consumer(aws), aws.topic(), aws.queue()
    aws.allow_sender(queue, "sns")
    attributes = {"RawMessageDelivery": "true"}
    aws.clients.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=aws.arn_of(queue), Attributes=attributes)
    put_items(aws, table, ["poison"])
    map_stream(aws, table, function, MaximumRetryAttempts=0, **on_failure(topic))
    document = json.loads(aws.collect(queue, 1)[0])
    expect(document["DDBStreamBatchInfo"]["batchSize"] == 1, f"{document}")


@behaviour(service="lambda", source=ERRORS)
def bisecting_isolates_a_poison_record_of_a_hundred(aws: AwsAccount) -> None:
    """A batch of 100 with one poison record is split until that one is alone; the other 99 are handled once each."""
    table, function, bucket = aws.table("NEW_IMAGE"), consumer(aws), aws.bucket()
    keys = sort_keys(100)
    keys[37] = "poison"
    put_items(aws, table, keys)
    settings = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 1, **on_failure(f"arn:aws:s3:::{bucket}")}
    map_stream(aws, table, function, BatchSize=100, **settings)
    found = aws.wait_for(lambda: objects(aws, bucket), "an object")
    others = [key for key in keys if key != "poison"]

    def handled() -> list[str] | None:
        good = keys_of(list_calls(aws, function), good=True)
        return good if len(good) >= len(others) else None

    expect(aws.wait_for(handled, "99 handled records") == others, "a record was handled twice, or out of order")
    expect(payload_keys(found) == ["poison"], f"the bucket has {payload_keys(found)}")


@behaviour(service="lambda", source=ERRORS)
def splitting_a_batch_uses_no_retry_up(aws: AwsAccount) -> None:
    """Splitting a batch uses no retry up: without retries the poison record still ends alone."""
    table, function, bucket = aws.table("KEYS_ONLY"), consumer(aws), aws.bucket()
    put_items(aws, table, ["000", "001", "poison", "003"])
    settings = {"BisectBatchOnFunctionError": True, "MaximumRetryAttempts": 0, **on_failure(f"arn:aws:s3:::{bucket}")}
    map_stream(aws, table, function, **settings)
    wait_for_keys(aws, function, ["003"])
    found = aws.wait_for(lambda: objects(aws, bucket), "an object")
    expect(payload_keys(found) == ["poison"], f"the bucket has {payload_keys(found)}")


@behaviour(service="lambda", source=PARTIAL)
def reported_failures_are_tried_again_from_the_first_one_on(aws: AwsAccount) -> None:
    """With ReportBatchItemFailures the records before the first reported one are not tried again."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws, REPORT)
    keys = ["000", "001", "poison", "003", "poison2"]
    put_items(aws, table, keys)
    map_stream(aws, table, function, MaximumRetryAttempts=2, FunctionResponseTypes=["ReportBatchItemFailures"])
    first, *more = [batch["keys"] for batch in wait_for_batches(aws, function, 3)]
    expect(first == keys and more == [keys[2:]] * len(more), f"batches {first}, {more}")


@behaviour(service="lambda", source=PARTIAL)
def a_reported_failure_without_an_id_fails_the_whole_batch(aws: AwsAccount) -> None:
    """A reported failure with an empty id fails the whole batch."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws, EMPTY)
    put_items(aws, table, ["000", "poison"])
    map_stream(aws, table, function, MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    batches = wait_for_batches(aws, function, 2)
    expect([batch["keys"] for batch in batches] == [["000", "poison"]] * 2, f"{[batch['keys'] for batch in batches]}")


@behaviour(service="lambda", source=PARTIAL)
def reported_failures_are_not_read_unless_the_mapping_asks(aws: AwsAccount) -> None:
    """Without ReportBatchItemFailures a returned report counts as success."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws, REPORT)
    put_items(aws, table, ["poison"])
    map_stream(aws, table, function, BatchSize=1)
    put_items(aws, table, ["after"])
    expect(keys_of(wait_for_keys(aws, function, ["after"])) == ["poison", "after"], "the batch was tried again")


@behaviour(service="lambda", source=ERRORS)
def a_throttled_function_uses_no_retry_up(aws: AwsAccount) -> None:
    """Records of a throttled function are kept and tried again, whatever the mapping's retries."""
    table, function, lambda_, dead = aws.table("KEYS_ONLY"), consumer(aws), aws.clients.lambda_, aws.queue()
    lambda_.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    put_items(aws, table, ["000"])
    id_ = map_stream(aws, table, function, MaximumRetryAttempts=0, **on_failure(aws.arn_of(dead)))

    def has_failed() -> bool:
        return lambda_.get_event_source_mapping(UUID=id_)["LastProcessingResult"].startswith("PROBLEM")

    aws.wait_for(has_failed, "a refused batch")
    lambda_.delete_function_concurrency(FunctionName=function)
    wait_for_keys(aws, function, ["000"])
    expect(not aws.take(dead, 0), "the record was given up")


@behaviour(service="lambda", source=ERRORS)
def records_are_dropped_when_the_destination_is_gone(aws: AwsAccount) -> None:
    """What is given up is dropped when its destination is gone, and the stream goes on."""
    table, function, dead = aws.table("KEYS_ONLY"), consumer(aws), aws.queue()
    gone = on_failure(aws.arn_of(dead))
    id_ = map_stream(aws, table, function, BatchSize=1, MaximumRetryAttempts=0, **gone)
    aws.clients.sqs.delete_queue(QueueUrl=dead)
    put_items(aws, table, ["poison", "after"])
    expect(keys_of(wait_for_keys(aws, function, ["after"])) == ["poison", "after"], "another order")
    read = aws.clients.lambda_.get_event_source_mapping
    aws.wait_for(lambda: read(UUID=id_)["LastProcessingResult"] == "OK", "the last result OK")


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb.html#events-dynamodb-simultaneous-readers")
def a_failing_stream_mapping_does_not_hold_another_one_up(aws: AwsAccount) -> None:
    """A mapping whose batch fails, or is slow, does not hold up another one of the same stream."""
    table, failing, other = (
        aws.table("NEW_IMAGE"),
        consumer(aws, 'time.sleep(3); raise ValueError("no")'),
        consumer(aws),
    )
    map_stream(aws, table, failing, BatchSize=1)
    map_stream(aws, table, other, BatchSize=1)
    put_items(aws, table, sort_keys(10))
    batches = wait_for_keys(aws, other, sort_keys(10))
    expect(keys_of(batches) == sort_keys(10), f"order {keys_of(batches)}")
    expect(set(keys_of(list_calls(aws, failing))) <= {"000"}, "the failing mapping went past its failed record")


@behaviour(service="lambda", source=f"{GUIDE}/services-dynamodb-errors.html")
def the_last_result_of_a_stream_mapping_tells_of_a_failure(aws: AwsAccount) -> None:
    """A mapping's last result is OK after a batch that was handled, and a problem after one that failed."""
    table, function, lambda_ = aws.table("KEYS_ONLY"), consumer(aws), aws.clients.lambda_
    id_ = map_stream(aws, table, function)

    def result() -> str:
        return str(lambda_.get_event_source_mapping(UUID=id_)["LastProcessingResult"])

    expect(result() == "No records processed", f"at first {result()}")
    put_items(aws, table, ["fine"])
    aws.wait_for(lambda: result() == "OK", "the result OK")
    put_items(aws, table, ["poison"])
    aws.wait_for(lambda: result() == "PROBLEM: Function call failed", "the result of a failure")
