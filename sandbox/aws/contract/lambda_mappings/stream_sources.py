"""Event source mappings of a table's stream: what a function is given, when, and in which order."""

import json
from itertools import pairwise

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.stream_consumers import (
    consumer,
    keys_of,
    map_stream,
    put_items,
    sort_keys,
    stream_of,
    wait_for_batches,
    wait_for_keys,
)
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg"


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb.html")
def a_stream_record_has_keys_images_and_a_sequence_number(aws: AwsAccount) -> None:
    """A function gets stream records with keys, images, size, sequence number and the stream's ARN."""
    table, function = aws.table("NEW_AND_OLD_IMAGES"), consumer(aws)
    map_stream(aws, table, function)
    put_items(aws, table, ["one"], color="red")
    batches = wait_for_batches(aws, function, 1)
    record = batches[0]["first"]
    outer = {name: record[name] for name in ("eventName", "eventSource", "eventVersion", "awsRegion", "eventSourceARN")}
    wanted = ("INSERT", "aws:dynamodb", "1.1", aws.region, stream_of(aws, table))
    expect(tuple(outer.values()) == wanted, f"{outer}")
    change = record["dynamodb"]
    expect(change["Keys"] == {"pk": {"S": "one"}, "sk": {"S": "one"}}, f"keys {change['Keys']}")
    expect(change["NewImage"]["color"] == {"S": "red"}, f"new image {change['NewImage']}")
    expect("OldImage" not in change, "a new item has an old image")
    expect(change["StreamViewType"] == "NEW_AND_OLD_IMAGES", f"view type {change['StreamViewType']}")
    # Keys: pk, sk, one, one; the image: the same and color, red.
    expect(change["SizeBytes"] == 10 + 18, f"SizeBytes {change['SizeBytes']}")
    expect(change["SequenceNumber"].isdigit() and record["eventID"], f"{record}")


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb.html#dyanmo-db-stream-poll")
def trim_horizon_reads_what_was_written_before(aws: AwsAccount) -> None:
    """A mapping that starts at TRIM_HORIZON reads what was written before it was made."""
    table, function = aws.table("NEW_IMAGE"), consumer(aws)
    put_items(aws, table, sort_keys(5))
    map_stream(aws, table, function)
    expect(keys_of(wait_for_keys(aws, function, sort_keys(5))) == sort_keys(5), "another order")


@behaviour(
    service="lambda",
    source=f"{GUIDE}/with-ddb.html#dyanmo-db-stream-poll",
    cloud="where LATEST is takes AWS minutes to settle, and records of those are missed",
)
def latest_reads_what_is_written_afterwards(aws: AwsAccount) -> None:
    """A mapping that starts at LATEST reads only what is written after it."""
    table, function = aws.table("NEW_IMAGE"), consumer(aws)
    put_items(aws, table, ["before"])
    map_stream(aws, table, function, StartingPosition="LATEST")
    put_items(aws, table, ["after"])
    expect(keys_of(wait_for_keys(aws, function, ["after"])) == ["after"], "it read what was there before")


@behaviour(service="lambda", source=f"{GUIDE}/services-ddb-params.html")
def a_batch_of_a_stream_has_at_most_its_size(aws: AwsAccount) -> None:
    """A batch has at most as many records as the mapping says, 100 by default."""
    table, function, other = aws.table("KEYS_ONLY"), consumer(aws), consumer(aws)
    put_items(aws, table, sort_keys(25))
    map_stream(aws, table, function, BatchSize=10)
    map_stream(aws, table, other)
    sizes = [len(batch["keys"]) for batch in wait_for_keys(aws, function, sort_keys(25))]
    expect(max(sizes) <= 10, f"batches of {sizes}")
    expect(len(wait_for_keys(aws, other, sort_keys(25))) == 1, "more than one batch where 100 fit")


@behaviour(
    service="lambda", source=f"{GUIDE}/invocation-eventsourcemapping.html#invocation-eventsourcemapping-batching"
)
def a_batching_window_gathers_records(aws: AwsAccount) -> None:
    """With a batching window records that come one by one reach the function together."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    map_stream(aws, table, function, MaximumBatchingWindowInSeconds=2, BatchSize=100)
    put_items(aws, table, sort_keys(6))
    batches = wait_for_keys(aws, function, sort_keys(6))
    expect(len(batches) <= 2, f"{len(batches)} batches of 6 records within a window")


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb-filtering.html")
def a_filter_of_a_stream_lets_matching_records_pass(aws: AwsAccount) -> None:
    """A filter lets records pass whose keys, images and event name match; the others are not seen again."""
    table, function = aws.table("NEW_IMAGE"), consumer(aws)
    wanted = {"dynamodb": {"NewImage": {"color": {"S": [{"prefix": "re"}]}}, "Keys": {"sk": {"S": [{"exists": True}]}}}}
    patterns = [{**wanted, "eventName": ["INSERT"]}, {"dynamodb": {"Keys": {"sk": {"S": ["also"]}}}}]
    filters = [{"Pattern": json.dumps(pattern)} for pattern in patterns]
    map_stream(aws, table, function, FilterCriteria={"Filters": filters})
    put_items(aws, table, ["blue"], color="blue")
    put_items(aws, table, ["red"], color="red")
    put_items(aws, table, ["red"], color="reddish")
    put_items(aws, table, ["also"], color="blue")
    expect(
        keys_of(wait_for_keys(aws, function, ["red", "also"])) == ["red", "also"], "records that do not match came too"
    )


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb.html#dynamodb-polling-and-batching")
def batches_of_a_shard_come_one_after_the_other(aws: AwsAccount) -> None:
    """Without a parallelization factor the next batch waits for the one before, and order is kept."""
    table, function = aws.table("NEW_IMAGE"), consumer(aws)
    put_items(aws, table, sort_keys(5), sleep="0.2")
    map_stream(aws, table, function, BatchSize=1)
    batches = wait_for_keys(aws, function, sort_keys(5))
    expect(keys_of(batches) == sort_keys(5), f"order {keys_of(batches)}")
    overlaps = [after["keys"] for before, after in pairwise(batches) if after["began"] < before["ended"]]
    expect(not overlaps, f"{overlaps} began before the batch before had ended")


@behaviour(service="lambda", source=f"{GUIDE}/with-ddb.html#dynamodb-polling-and-batching")
def a_parallelization_factor_keeps_the_order_of_an_item(aws: AwsAccount) -> None:
    """With a parallelization factor batches of a shard overlap, and each item's records stay in order."""
    table, function = aws.table("NEW_IMAGE"), consumer(aws)
    items = sort_keys(8)
    for turn in range(3):
        put_items(aws, table, items, sleep="0.2", turn=str(turn))
    map_stream(aws, table, function, BatchSize=1, ParallelizationFactor=8)
    batches = wait_for_batches(aws, function, 24)
    expect(any(b["began"] < a["ended"] for a, b in pairwise(batches)), "no two batches overlap")
    for item in items:
        turns = [b["first"]["dynamodb"]["NewImage"]["turn"]["S"] for b in batches if b["keys"] == [item]]
        expect(turns == ["0", "1", "2"], f"item {item} came in the order {turns}")


@behaviour(service="dynamodb", source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html")
def a_write_that_changes_nothing_makes_no_stream_record(aws: AwsAccount) -> None:
    """A write that leaves the item as it was makes no stream record."""
    table, function = aws.table("KEYS_ONLY"), consumer(aws)
    for key in ("one", "one", "two"):
        put_items(aws, table, [key])
    map_stream(aws, table, function)
    expect(
        keys_of(wait_for_keys(aws, function, ["two"])) == ["one", "two"],
        "the second write of the same item made a record",
    )
