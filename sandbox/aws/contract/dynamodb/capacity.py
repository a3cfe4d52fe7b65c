"""DynamoDB: what reads and writes consume, and what happens when nothing is left."""

from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
API = "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference"
UNITS = f"{GUIDE}/read-write-operations.html"
BURST = "AWS may keep unused capacity for bursts, so that a new table may throttle later"
KB = 1024
ALL = {"ReturnConsumedCapacity": "INDEXES"}


@behaviour(service="dynamodb", source=UNITS)
def a_write_costs_a_unit_for_each_kb(aws: AwsAccount) -> None:
    """A write consumes one unit for each KB of the item, rounded up."""
    table = aws.table()
    for size, units in ((1, 1), (1_200, 2), (3 * KB, 4)):
        reported = aws.clients.dynamodb.put_item(TableName=table, Item=item(size=size), **ALL)["ConsumedCapacity"]
        expect(
            reported["CapacityUnits"] == units,
            f"{size} bytes and the rest of the item: {reported['CapacityUnits']} units",
        )


@behaviour(service="dynamodb", source=UNITS)
def an_update_costs_the_larger_of_the_item_before_and_after(aws: AwsAccount) -> None:
    """Making a large item small costs what the large one would."""
    table, dynamodb = aws.table(), aws.clients.dynamodb
    dynamodb.put_item(TableName=table, Item=item(size=5_000))
    reported = dynamodb.put_item(TableName=table, Item=item(), **ALL)["ConsumedCapacity"]
    expect(reported["CapacityUnits"] == 5, f"{reported['CapacityUnits']} units")


@behaviour(service="dynamodb", source=UNITS)
def deleting_what_is_not_there_costs_a_unit(aws: AwsAccount) -> None:
    """A delete of an item that does not exist consumes one unit."""
    reported = aws.clients.dynamodb.delete_item(TableName=aws.table(), Key=key(), **ALL)["ConsumedCapacity"]
    expect(reported["CapacityUnits"] == 1, f"{reported['CapacityUnits']} units")


@behaviour(service="dynamodb", source=UNITS)
def a_read_costs_a_unit_for_each_4_kb_and_half_if_it_may_be_old(aws: AwsAccount) -> None:
    """A consistent read of 9 KB consumes three units, one that may be out of date half of that."""
    table, get = aws.table(), aws.clients.dynamodb.get_item
    aws.clients.dynamodb.put_item(TableName=table, Item=item(size=9_000))
    seen = [
        get(TableName=table, Key=key(), ConsistentRead=consistent, **ALL)["ConsumedCapacity"]["CapacityUnits"]
        for consistent in (True, False)
    ]
    expect(seen == [3, 1.5], f"units {seen}")


@behaviour(service="dynamodb", source=UNITS)
def a_read_of_nothing_costs_the_least(aws: AwsAccount) -> None:
    """Reading an item that does not exist consumes half a unit, or one where it is consistent."""
    table, get = aws.table(), aws.clients.dynamodb.get_item
    seen = [
        get(TableName=table, Key=key(), ConsistentRead=consistent, **ALL)["ConsumedCapacity"]["CapacityUnits"]
        for consistent in (True, False)
    ]
    expect(seen == [1, 0.5], f"units {seen}")


@behaviour(service="dynamodb", source=f"{GUIDE}/transaction-apis.html")
def a_transaction_costs_twice_as_much(aws: AwsAccount) -> None:
    """A write in a transaction consumes two units for each KB, a read two for each 4 KB."""
    table, dynamodb = aws.table(), aws.clients.dynamodb
    put = [{"Put": {"TableName": table, "Item": item(size=1_200)}}]
    wrote = dynamodb.transact_write_items(TransactItems=put, **ALL)["ConsumedCapacity"][0]["CapacityUnits"]
    get = [{"Get": {"TableName": table, "Key": key()}}]
    read = dynamodb.transact_get_items(TransactItems=get, **ALL)["ConsumedCapacity"][0]["CapacityUnits"]
    expect((wrote, read) == (4, 2), f"wrote {wrote}, read {read} units")


@behaviour(service="dynamodb", source=f"{GUIDE}/GSI.html")
def a_write_costs_each_index_that_it_touches(aws: AwsAccount) -> None:
    """An index is charged for the items that are in it, and for no others."""
    table = make_table_with_index(aws)
    put = aws.clients.dynamodb.put_item
    in_index = put(TableName=table, Item=item("a", day="monday"), **ALL)["ConsumedCapacity"]
    outside = put(TableName=table, Item=item("b"), **ALL)["ConsumedCapacity"]
    found = in_index.get("GlobalSecondaryIndexes", {}).get("by-day", {}).get("CapacityUnits")
    expect((in_index["CapacityUnits"], found) == (2, 1), f"in the index {in_index}")
    expect(outside["CapacityUnits"] == 1, f"outside {outside}")


@behaviour(service="dynamodb", source=f"{GUIDE}/GSI.html")
def an_item_that_moves_in_an_index_is_written_twice(aws: AwsAccount) -> None:
    """Changing the key of an item in an index consumes a delete and a put there."""
    table, put = make_table_with_index(aws), aws.clients.dynamodb.put_item
    put(TableName=table, Item=item(day="monday"))
    reported = put(TableName=table, Item=item(day="tuesday"), **ALL)["ConsumedCapacity"]
    units = reported["GlobalSecondaryIndexes"]["by-day"]["CapacityUnits"]
    expect((reported["CapacityUnits"], units) == (3, 2), f"consumed {reported}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Query.html")
def a_query_adds_sizes_before_it_rounds(aws: AwsAccount) -> None:
    """Items that a query reads are added up first: six of 1.5 KB are 9 KB, which is three units."""
    table = make_filled_table(aws)
    reported = aws.clients.dynamodb.query(**query(table), ConsistentRead=True, **ALL)["ConsumedCapacity"]
    expect(reported["CapacityUnits"] == 3, f"{reported['CapacityUnits']} units")


@behaviour(service="dynamodb", source=f"{GUIDE}/Query.FilterExpression.html")
def a_filter_saves_nothing(aws: AwsAccount) -> None:
    """A query consumes what it reads, whatever its filter or projection leaves."""
    table = make_filled_table(aws)
    asked = query(table, **{":none": {"S": "none"}})
    answer = aws.clients.dynamodb.query(
        **asked, FilterExpression="note = :none", ProjectionExpression="pk", ConsistentRead=True, **ALL
    )
    seen = answer["Count"], answer["ConsumedCapacity"]["CapacityUnits"]
    expect(seen == (0, 3), f"items and units {seen}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Scan.html")
def a_scan_consumes_what_it_reads(aws: AwsAccount) -> None:
    """A scan consumes half a unit for each 4 KB of the page."""
    reported = aws.clients.dynamodb.scan(TableName=make_filled_table(aws), **ALL)["ConsumedCapacity"]
    expect(reported["CapacityUnits"] == 1.5, f"{reported['CapacityUnits']} units")


@behaviour(service="dynamodb", source=f"{GUIDE}/provisioned-capacity-mode.html", cloud=BURST)
def a_table_throttles_above_its_provisioned_units(aws: AwsAccount) -> None:
    """A write that costs more than is left of the provisioned units is refused, and tells why and where."""
    table = make_small_table(aws)
    answer = aws.refusal(aws.clients.dynamodb.put_item, TableName=table, Item=item(size=40 * KB))
    code, reasons = answer["Error"]["Code"], answer.get("ThrottlingReasons", [{}])
    expect(code == "ProvisionedThroughputExceededException", f"code {code}")
    expect(reasons[0].get("reason") == "TableWriteProvisionedThroughputExceeded", f"reasons {reasons}")
    found = aws.clients.dynamodb.get_item(TableName=table, Key=key())
    expect("Item" not in found, "the item was written")


@behaviour(service="dynamodb", source=f"{GUIDE}/on-demand-capacity-mode-max-throughput.html", cloud=BURST)
def a_table_throttles_above_its_maximum_on_demand(aws: AwsAccount) -> None:
    """Of a batch, a table on demand writes what its maximum allows and gives the rest back."""
    table = aws.table(OnDemandThroughput={"MaxReadRequestUnits": 3, "MaxWriteRequestUnits": 3})
    left = aws.clients.dynamodb.batch_write_item(RequestItems={table: make_put_requests(25)})["UnprocessedItems"].get(
        table, []
    )
    expect(0 < len(left) < 25, f"{len(left)} of 25 were left")


@behaviour(service="dynamodb", source=f"{API}/API_BatchWriteItem.html", cloud=BURST)
def a_batch_names_what_it_could_not_write(aws: AwsAccount) -> None:
    """A batch writes as much as the table takes and gives the rest back, to be sent again."""
    table = make_small_table(aws, 3)
    left = aws.clients.dynamodb.batch_write_item(RequestItems={table: make_put_requests(25)})["UnprocessedItems"].get(
        table, []
    )
    expect(0 < len(left) < 25, f"{len(left)} of 25 were left")


@behaviour(service="dynamodb", source=f"{API}/API_BatchWriteItem.html", cloud=BURST)
def a_batch_of_which_nothing_fits_is_refused(aws: AwsAccount) -> None:
    """A batch of which no item can be written is refused as a whole."""
    asked = {make_small_table(aws): make_put_requests(2, 40 * KB)}
    code = aws.refusal(aws.clients.dynamodb.batch_write_item, RequestItems=asked)["Error"]["Code"]
    expect(code == "ProvisionedThroughputExceededException", f"code {code}")


@behaviour(service="dynamodb", source=f"{API}/API_TransactWriteItems.html", cloud=BURST)
def a_transaction_that_does_not_fit_is_cancelled(aws: AwsAccount) -> None:
    """A transaction that costs more than there is does nothing, and gives that as its reason."""
    table = make_small_table(aws)
    actions = [{"Put": {"TableName": table, "Item": item(str(number), 20 * KB)}} for number in range(2)]
    answer = aws.refusal(aws.clients.dynamodb.transact_write_items, TransactItems=actions)
    codes = {reason["Code"] for reason in answer.get("CancellationReasons", [])}
    expect(answer["Error"]["Code"] == "TransactionCanceledException", f"code {answer['Error']['Code']}")
    expect("ProvisionedThroughputExceeded" in codes, f"reasons {codes}")


@behaviour(service="dynamodb", source=f"{GUIDE}/GSI.html", cloud=BURST)
def an_index_without_units_stops_the_writes_of_its_table(aws: AwsAccount) -> None:
    """A write that an index has no units for is refused by the table."""
    units = {"ReadCapacityUnits": 50, "WriteCapacityUnits": 50}
    table = make_table_with_index(aws, BillingMode="PROVISIONED", ProvisionedThroughput=units)
    answer = aws.refusal(aws.clients.dynamodb.put_item, TableName=table, Item=item(size=40 * KB, day="monday"))
    reasons = answer.get("ThrottlingReasons", [{}])
    expect(answer["Error"]["Code"] == "ProvisionedThroughputExceededException", f"code {answer['Error']['Code']}")
    expect(reasons[0].get("reason") == "IndexWriteProvisionedThroughputExceeded", f"reasons {reasons}")


def item(sort: str = "a", size: int = 1, **more: str) -> dict[str, Any]:
    """An item with a text of some bytes."""
    return {name: {"S": text} for name, text in {"pk": "one", "sk": sort, "text": "x" * size, **more}.items()}


def make_put_requests(count: int, size: int = 1) -> list[dict[str, Any]]:
    """Requests of a batch that puts such items."""
    return [{"PutRequest": {"Item": item(str(number), size)}} for number in range(count)]


def key(sort: str = "a") -> dict[str, Any]:
    """The key of such an item."""
    return {"pk": {"S": "one"}, "sk": {"S": sort}}


def query(table: str, **values: Any) -> dict[str, Any]:
    """A query for all of them."""
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :one",
        "ExpressionAttributeValues": {":one": {"S": "one"}, **values},
    }


def make_filled_table(aws: AwsAccount) -> str:
    """A table with six items of 1.5 KB."""
    table = aws.table()
    for number in range(6):
        aws.clients.dynamodb.put_item(TableName=table, Item=item(str(number), 1_500))
    return table


def make_small_table(aws: AwsAccount, units: int = 1) -> str:
    """A table with few provisioned units."""
    throughput = {"ReadCapacityUnits": units, "WriteCapacityUnits": units}
    return aws.table(BillingMode="PROVISIONED", ProvisionedThroughput=throughput)


def make_table_with_index(aws: AwsAccount, **settings: Any) -> str:
    """A table with an index by day; where its units are provisioned, the index has one of each."""
    provisioned = {"ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}}
    index = {
        "IndexName": "by-day",
        "KeySchema": [{"AttributeName": "day", "KeyType": "HASH"}],
        "Projection": {"ProjectionType": "ALL"},
        **(provisioned if settings else {}),
    }
    attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "day")]
    return aws.table(GlobalSecondaryIndexes=[index], AttributeDefinitions=attributes, **settings)
