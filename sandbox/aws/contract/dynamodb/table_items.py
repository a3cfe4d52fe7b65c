"""DynamoDB: conditions, updates, limits of items."""

import time

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.tables import API, GUIDE, item, put_items, read_item, refusal_code, stock_update
from sandbox.contract.behaviour import behaviour, expect

KIB = 1024


@behaviour(service="dynamodb", source=f"{API}/API_UpdateItem.html")
def a_failed_condition_returns_the_item(aws: AwsAccount) -> None:
    """A write whose condition fails is refused by name, and returns the item when asked."""
    table = aws.table()
    put_items(aws, table, item("a", available=1))
    refused = aws.refusal(
        aws.clients.dynamodb.update_item, **stock_update(table, "a", 2), ReturnValuesOnConditionCheckFailure="ALL_OLD"
    )
    expect(refusal_code(refused) == "ConditionalCheckFailedException", f"code {refusal_code(refused)}")
    expect(refused.get("Item") == item("a", available=1), f"item {refused.get('Item')}")
    expect(read_item(aws, table, "a") == item("a", available=1), "the item was changed")


@behaviour(service="dynamodb", source=f"{GUIDE}/Expressions.ConditionExpressions.html")
def a_put_can_be_bound_to_a_new_key(aws: AwsAccount) -> None:
    """A put with `attribute_not_exists` succeeds once for each key."""
    table, put_item = aws.table(), aws.clients.dynamodb.put_item
    request = {"TableName": table, "ConditionExpression": "attribute_not_exists(pk)"}
    put_item(Item=item("a", version=1), **request)
    code = refusal_code(aws.refusal(put_item, Item=item("a", version=2), **request))
    expect(code == "ConditionalCheckFailedException", f"code {code}")
    expect(read_item(aws, table, "a") == item("a", version=1), "the second put came through")


@behaviour(service="dynamodb", source=f"{GUIDE}/Expressions.UpdateExpressions.html")
def an_update_makes_its_item_and_counts(aws: AwsAccount) -> None:
    """An update of a missing item makes it; ADD counts from 0, and the new values are returned when asked."""
    table = aws.table()
    for wanted in ("2", "4"):
        found = aws.clients.dynamodb.update_item(
            TableName=table,
            Key=item("counter"),
            UpdateExpression="ADD seen :two SET made = if_not_exists(made, :two)",
            ExpressionAttributeValues={":two": {"N": "2"}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        expect((found["seen"], found["made"]) == ({"N": wanted}, {"N": "2"}), f"attributes {found}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Expressions.UpdateExpressions.html")
def an_update_appends_to_a_list_and_removes_an_attribute(aws: AwsAccount) -> None:
    """`list_append` keeps the order of a list, REMOVE deletes an attribute."""
    table = aws.table()
    put_items(aws, table, {**item("order", gone=1), "events_seen": {"L": [{"S": "a"}]}})
    aws.clients.dynamodb.update_item(
        TableName=table,
        Key=item("order"),
        UpdateExpression="SET events_seen = list_append(events_seen, :more) REMOVE gone",
        ExpressionAttributeValues={":more": {"L": [{"S": "b"}]}},
    )
    found = read_item(aws, table, "order")
    expect(found == {**item("order"), "events_seen": {"L": [{"S": "a"}, {"S": "b"}]}}, f"item {found}")


@behaviour(service="dynamodb", source=f"{GUIDE}/HowItWorks.NamingRulesDataTypes.html")
def a_number_keeps_38_digits(aws: AwsAccount) -> None:
    """A number keeps 38 digits exactly; one more is refused."""
    table, digits = aws.table(), "1234567890123456789012345678901234567.8"
    put_items(aws, table, {**item("a"), "n": {"N": digits}})
    found = (read_item(aws, table, "a") or {}).get("n")
    expect(found == {"N": digits}, f"number {found}")
    longer = {**item("a"), "n": {"N": digits + "9"}}
    code = refusal_code(aws.refusal(aws.clients.dynamodb.put_item, TableName=table, Item=longer))
    expect(code == "ValidationException", f"code {code}")


@behaviour(service="dynamodb", source=f"{GUIDE}/ReservedWords.html")
def a_reserved_word_needs_a_name_of_its_own(aws: AwsAccount) -> None:
    """An expression with a reserved word, `status` say, is refused unless it goes by a placeholder."""
    update, request = aws.clients.dynamodb.update_item, {"TableName": aws.table(), "Key": item("a")}
    values = {":s": {"S": "PLACED"}}
    refused = aws.refusal(update, **request, UpdateExpression="SET status = :s", ExpressionAttributeValues=values)
    expect(refusal_code(refused) == "ValidationException" and "reserved" in str(refused), f"{refused['Error']}")
    update(
        **request,
        UpdateExpression="SET #status = :s",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues=values,
    )


@behaviour(service="dynamodb", source=f"{API}/API_PutItem.html")
def a_value_that_no_expression_uses_is_refused(aws: AwsAccount) -> None:
    """A value that the expression does not use is refused."""
    refused = aws.refusal(
        aws.clients.dynamodb.put_item,
        TableName=aws.table(),
        Item=item("a"),
        ConditionExpression="attribute_not_exists(pk)",
        ExpressionAttributeValues={":unused": {"N": "1"}},
    )
    expect(refusal_code(refused) == "ValidationException", f"code {refusal_code(refused)}")


@behaviour(service="dynamodb", source=f"{GUIDE}/HowItWorks.NamingRulesDataTypes.html")
def a_key_attribute_is_neither_empty_nor_of_another_type(aws: AwsAccount) -> None:
    """An item whose key is empty, missing or of another type than the table's is refused."""
    table, whole = aws.table(), item("a")
    for wrong in ({**whole, "sk": {"S": ""}}, {**whole, "sk": {"N": "1"}}, {"pk": whole["pk"]}):
        code = refusal_code(aws.refusal(aws.clients.dynamodb.put_item, TableName=table, Item=wrong))
        expect(code == "ValidationException", f"{wrong}: code {code}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Constraints.html")
def an_item_is_at_most_400_kb(aws: AwsAccount) -> None:
    """An item above 400 KB, names of attributes included, is refused."""
    table = aws.table()
    put_items(aws, table, {**item("a"), "text": {"S": "x" * (399 * KIB)}})
    larger = {**item("a"), "text": {"S": "x" * (400 * KIB)}}
    refused = aws.refusal(aws.clients.dynamodb.put_item, TableName=table, Item=larger)
    expect(refusal_code(refused) == "ValidationException" and "size" in str(refused["Error"]), f"{refused['Error']}")


@behaviour(service="dynamodb", source=f"{API}/API_BatchWriteItem.html")
def a_batch_writes_at_most_25_items(aws: AwsAccount) -> None:
    """A batch of 25 items is written, one of 26 is refused."""
    table, write = aws.table(), aws.clients.dynamodb.batch_write_item
    writes = [{"PutRequest": {"Item": item(str(number))}} for number in range(26)]
    left = write(RequestItems={table: writes[:25]})["UnprocessedItems"]
    expect(not left, f"unprocessed: {left}")
    code = refusal_code(aws.refusal(write, RequestItems={table: writes}))
    expect(code == "ValidationException", f"code {code}")


@behaviour(service="dynamodb", source=f"{GUIDE}/time-to-live-ttl-how-to.html")
def a_time_to_live_names_its_attribute(aws: AwsAccount) -> None:
    """A table has one time-to-live attribute; an item whose time has not come is there."""
    table, dynamodb = aws.table(), aws.clients.dynamodb
    dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True})
    put_items(aws, table, item("later", ttl=int(time.time()) + 3600))
    found = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    # ENABLING may last an hour: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    expect(found["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}, f"status {found['TimeToLiveStatus']}")
    expect(found["AttributeName"] == "ttl" and read_item(aws, table, "later"), f"{found}")


@behaviour(service="dynamodb", source=f"{GUIDE}/WorkingWithTables.Basics.html")
def a_table_with_deletion_protection_is_not_deleted(aws: AwsAccount) -> None:
    """A table with deletion protection is not deleted until that is switched off."""
    dynamodb, table = aws.clients.dynamodb, aws.table(DeletionProtectionEnabled=True)
    aws.undo(dynamodb.update_table, TableName=table, DeletionProtectionEnabled=False)
    code = refusal_code(aws.refusal(dynamodb.delete_table, TableName=table))
    expect(code == "ValidationException", f"code {code}")
    status = dynamodb.describe_table(TableName=table)["Table"]["TableStatus"]
    expect(status == "ACTIVE", f"status {status}")


@behaviour(service="dynamodb", source=f"{GUIDE}/Programming.Errors.html")
def a_table_that_does_not_exist_is_named_as_such(aws: AwsAccount) -> None:
    """A read of a table that does not exist is refused by name."""
    code = refusal_code(aws.refusal(aws.clients.dynamodb.get_item, TableName=aws.name("none"), Key=item("a")))
    expect(code == "ResourceNotFoundException", f"code {code}")
