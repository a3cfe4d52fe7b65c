"""DynamoDB: transactions."""

import uuid
from concurrent.futures import ThreadPoolExecutor

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.tables import (
    API,
    GUIDE,
    insertion,
    item,
    put_items,
    read_item,
    refusal_code,
    stock_update,
)
from sandbox.contract.behaviour import behaviour, expect

CANCELLED = "TransactionCanceledException"


@behaviour(service="dynamodb", source=f"{GUIDE}/transaction-apis.html")
def a_transaction_writes_all_or_nothing(aws: AwsAccount) -> None:
    """A transaction writes everything, or nothing when one condition fails."""
    table, write = aws.table(), aws.clients.dynamodb.transact_write_items
    put_items(aws, table, item("stock", available=1))
    too_many = [insertion(table, item("order")), {"Update": stock_update(table, "stock", 2)}]
    code = refusal_code(aws.refusal(write, TransactItems=too_many))
    expect(code == CANCELLED and read_item(aws, table, "order") is None, f"code {code}, or half of it was written")
    write(TransactItems=[insertion(table, item("order")), {"Update": stock_update(table, "stock", 1)}])
    found = [read_item(aws, table, name) for name in ("order", "stock")]
    expect(found == [item("order"), item("stock", available=0)], f"written: {found}")


@behaviour(service="dynamodb", source=f"{API}/API_TransactWriteItems.html")
def a_cancelled_transaction_gives_a_reason_for_each_write(aws: AwsAccount) -> None:
    """A cancelled transaction has a reason for each of its writes, in order, with the item when asked."""
    table = aws.table()
    put_items(aws, table, item("there", version=7))
    writes = [
        insertion(table, item("new")),
        insertion(table, item("there"), ReturnValuesOnConditionCheckFailure="ALL_OLD"),
    ]
    refused = aws.refusal(aws.clients.dynamodb.transact_write_items, TransactItems=writes)
    codes = [reason["Code"] for reason in refused["CancellationReasons"]]
    expect(codes == ["None", "ConditionalCheckFailed"], f"reasons {codes}")
    found = refused["CancellationReasons"][1].get("Item")
    expect(found == item("there", version=7), f"item {found}")
    expect("[None, ConditionalCheckFailed]" in refused["Error"]["Message"], refused["Error"]["Message"])


@behaviour(service="dynamodb", source=f"{GUIDE}/transaction-apis.html")
def a_transaction_with_the_same_token_is_applied_once(aws: AwsAccount) -> None:
    """A transaction repeated with its token succeeds and changes nothing; another with that token is refused."""
    table, token, write = aws.table(), uuid.uuid4().hex, aws.clients.dynamodb.transact_write_items
    put_items(aws, table, item("stock", available=9))
    for _ in range(2):
        write(TransactItems=[{"Update": stock_update(table, "stock", 2)}], ClientRequestToken=token)
    found = read_item(aws, table, "stock")
    expect(found == item("stock", available=7), f"stock {found}")
    other = [{"Update": stock_update(table, "stock", 3)}]
    code = refusal_code(aws.refusal(write, TransactItems=other, ClientRequestToken=token))
    expect(code == "IdempotentParameterMismatchException", f"code {code}")


@behaviour(service="dynamodb", source=f"{GUIDE}/transaction-apis.html")
def a_condition_check_takes_part_in_a_transaction(aws: AwsAccount) -> None:
    """A condition on an item that is not written can cancel a transaction."""
    table = aws.table()
    check = {"ConditionCheck": {"TableName": table, "Key": item("gone"), "ConditionExpression": "attribute_exists(pk)"}}
    refused = aws.refusal(
        aws.clients.dynamodb.transact_write_items, TransactItems=[insertion(table, item("order")), check]
    )
    expect(refusal_code(refused) == CANCELLED, f"code {refusal_code(refused)}")
    expect(read_item(aws, table, "order") is None, "the order was written")


@behaviour(service="dynamodb", source=f"{API}/API_TransactWriteItems.html")
def a_transaction_of_more_than_100_writes_is_refused(aws: AwsAccount) -> None:
    """A transaction of 101 writes is refused."""
    table = aws.table()
    writes = [insertion(table, item(str(number))) for number in range(101)]
    code = refusal_code(aws.refusal(aws.clients.dynamodb.transact_write_items, TransactItems=writes))
    expect(code == "ValidationException", f"code {code}")


@behaviour(service="dynamodb", source=f"{API}/API_TransactWriteItems.html")
def a_transaction_writes_an_item_once(aws: AwsAccount) -> None:
    """A transaction with two writes of one item is refused."""
    table = aws.table()
    writes = [insertion(table, item("same")), {"Update": stock_update(table, "same", 1)}]
    refused = aws.refusal(aws.clients.dynamodb.transact_write_items, TransactItems=writes)
    message = refused["Error"]["Message"]
    expect(refusal_code(refused) == "ValidationException" and "multiple operations on one item" in message, message)


@behaviour(service="dynamodb", source=f"{GUIDE}/transaction-apis.html")
def concurrent_transactions_never_sell_more_than_there_is(aws: AwsAccount) -> None:
    """Of 20 concurrent transactions that each take one of five, five succeed."""
    table = aws.table()
    put_items(aws, table, item("stock", available=5))

    def buy(number: int) -> bool:
        writes = [insertion(table, item(f"order-{number}")), {"Update": stock_update(table, "stock", 1)}]
        while True:
            try:
                aws.clients.dynamodb.transact_write_items(TransactItems=writes)
            except Exception as error:
                if CANCELLED not in str(error):
                    raise
                if "ConditionalCheckFailed" in str(error):
                    return False  # else it met another transaction, and is tried again
            return True

    with ThreadPoolExecutor(8) as pool:
        sold = sum(pool.map(buy, range(20)))
    found = read_item(aws, table, "stock")
    expect((sold, found) == (5, item("stock", available=0)), f"{sold} sold, stock {found}")


@behaviour(service="dynamodb", source=f"{API}/API_TransactGetItems.html")
def a_transaction_reads_several_items_at_once(aws: AwsAccount) -> None:
    """A reading transaction gives its items in order, an empty answer for what is not there."""
    table = aws.table()
    put_items(aws, table, item("a", n=1), item("b", n=2))
    gets = [{"Get": {"TableName": table, "Key": item(name)}} for name in ("b", "none", "a")]
    found = [r.get("Item") for r in aws.clients.dynamodb.transact_get_items(TransactItems=gets)["Responses"]]
    expect(found == [item("b", n=2), None, item("a", n=1)], f"items {found}")
