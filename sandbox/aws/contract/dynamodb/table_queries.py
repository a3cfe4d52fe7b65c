"""DynamoDB: queries, pages, indexes, streams of changes."""

from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.tables import API, GUIDE, INDEX, item, make_indexed_table, put_items, refusal_code
from sandbox.contract.behaviour import behaviour, expect

# A page of a shard may be empty although there are records behind it.
PAGES = 3


def order(day: int) -> dict[str, Any]:
    """An order that the index holds."""
    return {**item(f"order-{day}"), "customer_id": {"S": "c"}, "placed_at": {"S": f"2026-01-0{day}"}}


def make_customer_query(table: str, **more: Any) -> dict[str, Any]:
    """A query of the index."""
    return {
        "TableName": table,
        "IndexName": INDEX,
        "KeyConditionExpression": "customer_id = :c",
        "ExpressionAttributeValues": {":c": {"S": "c"}},
        **more,
    }


def list_sort_keys(found: dict[str, Any]) -> list[str]:
    """The sort keys of what was found."""
    return [made["sk"]["S"] for made in found["Items"]]


def wait_for_index(aws: AwsAccount, table: str, count: int) -> None:
    """Wait until the index, which follows its table, holds so many items."""
    scan = aws.clients.dynamodb.scan
    aws.wait_for(lambda: scan(TableName=table, IndexName=INDEX)["Count"] == count, f"{count} items in the index")


@behaviour(service="dynamodb", source=f"{GUIDE}/GSI.html")
def an_index_gives_its_items_in_order_and_in_pages(aws: AwsAccount) -> None:
    """An index is queried in the order of its sort key, backwards when asked, page by page."""
    table, query = make_indexed_table(aws), aws.clients.dynamodb.query
    put_items(aws, table, order(2), order(1), order(3))
    wait_for_index(aws, table, 3)
    request = make_customer_query(table, ScanIndexForward=False, Limit=2)
    first = query(**request)
    second = query(**request, ExclusiveStartKey=first["LastEvaluatedKey"])
    found = list_sort_keys(first) + list_sort_keys(second)
    expect(found == ["order-3", "order-2", "order-1"], f"order {found}")
    expect("LastEvaluatedKey" not in second, "the last page names another")


@behaviour(service="dynamodb", source=f"{GUIDE}/bp-indexes-general-sparse-indexes.html")
def an_index_holds_only_items_with_its_keys(aws: AwsAccount) -> None:
    """An item without an index's key attributes is not in that index, and leaves it when they are removed."""
    table = make_indexed_table(aws)
    put_items(aws, table, order(1), order(2), item("without-the-keys"))
    wait_for_index(aws, table, 2)
    aws.clients.dynamodb.update_item(
        TableName=table, Key=item("order-1"), UpdateExpression="REMOVE customer_id, placed_at"
    )
    wait_for_index(aws, table, 1)
    found = list_sort_keys(aws.clients.dynamodb.query(**make_customer_query(table)))
    expect(found == ["order-2"], f"the index holds {found}")


@behaviour(service="dynamodb", source=f"{GUIDE}/GSI.html")
def a_consistent_read_of_an_index_is_refused(aws: AwsAccount) -> None:
    """A global index gives no consistent reads."""
    refused = aws.refusal(
        aws.clients.dynamodb.query, **make_customer_query(make_indexed_table(aws), ConsistentRead=True)
    )
    expect(refusal_code(refused) == "ValidationException", f"code {refusal_code(refused)}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Query.FilterExpression.html")
def a_query_counts_what_it_read_and_what_passed_its_filter(aws: AwsAccount) -> None:
    """A query counts items before and after its filter apart."""
    table = aws.table()
    put_items(aws, table, *(item(f"o#{number}", odd=number % 2) for number in range(4)), item("x"))
    found = aws.clients.dynamodb.query(
        TableName=table,
        Select="COUNT",
        KeyConditionExpression="pk = :p AND begins_with(sk, :prefix)",
        FilterExpression="odd = :one",
        ExpressionAttributeValues={":p": {"S": "p"}, ":prefix": {"S": "o#"}, ":one": {"N": "1"}},
        ConsistentRead=True,
    )
    counts = (found["Count"], found["ScannedCount"])
    expect(counts == (2, 4), f"counts {counts}")


@behaviour(service="dynamodb", source=f"{API}/API_Query.html")
def a_page_is_limited_before_its_filter(aws: AwsAccount) -> None:
    """A limit counts what is read, so a page may hold fewer items and still have a next one."""
    table = aws.table()
    put_items(aws, table, *(item(str(number), odd=number % 2) for number in range(4)))
    found = aws.clients.dynamodb.query(
        TableName=table,
        KeyConditionExpression="pk = :p",
        FilterExpression="odd = :one",
        ExpressionAttributeValues={":p": {"S": "p"}, ":one": {"N": "1"}},
        Limit=3,
        ConsistentRead=True,
    )
    expect(list_sort_keys(found) == ["1"] and "LastEvaluatedKey" in found, f"{found}")


@behaviour(service="dynamodb", source=f"{API}/API_Query.html")
def a_query_needs_its_partition_key(aws: AwsAccount) -> None:
    """A query without an equality on the partition key is refused."""
    refused = aws.refusal(
        aws.clients.dynamodb.query,
        TableName=aws.table(),
        KeyConditionExpression="sk = :s",
        ExpressionAttributeValues={":s": {"S": "a"}},
    )
    expect(refusal_code(refused) == "ValidationException", f"code {refusal_code(refused)}")


@behaviour(service="dynamodb", source=f"{API}/API_BatchGetItem.html")
def a_batch_get_gives_what_is_there(aws: AwsAccount) -> None:
    """A batch of keys gives the items that exist; a key named twice is refused."""
    table, get = aws.table(), aws.clients.dynamodb.batch_get_item
    put_items(aws, table, item("a"), item("b"))
    keys = [item("a"), item("b"), item("none")]
    found = get(RequestItems={table: {"Keys": keys, "ConsistentRead": True}})["Responses"][table]
    expect(sorted(made["sk"]["S"] for made in found) == ["a", "b"], f"found {found}")
    code = refusal_code(aws.refusal(get, RequestItems={table: {"Keys": [item("a"), item("a")]}}))
    expect(code == "ValidationException", f"code {code}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Streams.html")
def a_stream_tells_each_change_of_an_item_in_order(aws: AwsAccount) -> None:
    """A stream has a record for each change of an item, in order, with both images if it is of that kind."""
    table = aws.table("NEW_AND_OLD_IMAGES")
    put_items(aws, table, item("a", version=1), item("a", version=2))
    put_items(aws, table, item("a", version=2))  # changes nothing: no record
    aws.clients.dynamodb.delete_item(TableName=table, Key=item("a"))
    records = aws.wait_for(lambda: _at_least(3, _records(aws, table)), "three records of the stream")
    kinds = [record["eventName"] for record in records]
    expect(kinds == ["INSERT", "MODIFY", "REMOVE"], f"records {kinds}")
    images = records[1]["dynamodb"]
    expect(images["OldImage"] == item("a", version=1), f"old image {images['OldImage']}")
    expect(images["NewImage"] == item("a", version=2), f"new image {images['NewImage']}")
    expect(images["Keys"] == item("a") and images["StreamViewType"] == "NEW_AND_OLD_IMAGES", f"{images}")
    expect("NewImage" not in records[2]["dynamodb"], "a removal has a new image")


def _records(aws: AwsAccount, table: str) -> list[dict[str, Any]]:
    """All records of a table's stream so far."""
    streams = aws.clients.dynamodbstreams
    arn = aws.clients.dynamodb.describe_table(TableName=table)["Table"]["LatestStreamArn"]
    found: list[dict[str, Any]] = []
    for shard in streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]:
        start = {"StreamArn": arn, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = streams.get_shard_iterator(**start)["ShardIterator"]
        for _ in range(PAGES):
            page = streams.get_records(ShardIterator=iterator)
            found += page["Records"]
            if not (iterator := page.get("NextShardIterator")):
                break
    return found


def _at_least(count: int, records: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
    return records if len(records) >= count else None
