"""IAM: where a right comes from, what bounds it, and which resource of a service it names."""

import json
from typing import Any

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.role_callers import ALLOWED, allow, caller_of_role, make_caller
from sandbox.aws.contract.fixtures.target import policy_document
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
TABLES = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
DENIED = "AccessDenied"
KEY = {"pk": {"S": "p"}, "sk": {"S": "a"}}


def table_arn(aws: AwsAccount, table: str) -> str:
    """The ARN of a table."""
    return str(aws.clients.dynamodb.describe_table(TableName=table)["Table"]["TableArn"])


def policy(aws: AwsAccount, *statements: dict[str, Any]) -> str:
    """The ARN of a new managed policy."""
    iam = aws.clients.iam
    made = iam.create_policy(PolicyName=aws.name("policy"), PolicyDocument=policy_document(*statements))
    aws.undo(iam.delete_policy, PolicyArn=made["Policy"]["Arn"])
    return str(made["Policy"]["Arn"])


@behaviour(service="iam", source=f"{GUIDE}/access_policies_boundaries.html")
def a_boundary_bounds_what_a_role_may_do(aws: AwsAccount) -> None:
    """A role may do what its policies and its permissions boundary both allow."""
    queue, iam = aws.queue(), aws.clients.iam
    role = aws.role(allow("sqs:*", aws.arn_of(queue)))
    name, boundary = role.rpartition("/")[2], policy(aws, allow("sqs:SendMessage", "*"))
    iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    aws.undo(iam.delete_role_permissions_boundary, RoleName=name)
    call = caller_of_role(aws, role)
    said = [
        call("sqs", "send_message", QueueUrl=queue, MessageBody="x"),
        call("sqs", "get_queue_attributes", QueueUrl=queue),
    ]
    expect(said[0] == ALLOWED and DENIED in said[1], f"{said}")


@behaviour(service="iam", source=f"{GUIDE}/access_policies_manage-attach-detach.html")
def a_managed_policy_gives_its_rights_while_it_is_attached(aws: AwsAccount) -> None:
    """A managed policy's rights come when it is attached and go when it is detached, for a running function too."""
    queue, iam = aws.queue(), aws.clients.iam
    role, arn = aws.role(), policy(aws, allow("sqs:SendMessage", "*"))
    call, place = caller_of_role(aws, role), {"RoleName": role.rpartition("/")[2], "PolicyArn": arn}

    def sends() -> bool:
        return bool(call("sqs", "send_message", QueueUrl=queue, MessageBody="x") == ALLOWED)

    expect(not sends(), "it may send before the policy is attached")
    iam.attach_role_policy(**place)
    try:
        aws.wait_for(sends, "the right to send")
    finally:
        iam.detach_role_policy(**place)
    aws.wait_for(lambda: not sends(), "the end of the right to send")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html")
def a_function_acts_as_a_session_of_its_role(aws: AwsAccount) -> None:
    """A function's credentials are a session of its execution role, named like the function."""
    role = aws.role()
    source = "import boto3\ndef handler(event, context):\n    return boto3.client('sts').get_caller_identity()['Arn']"
    function = aws.function(source, Role=role, Timeout=15)
    found = aws.invoke(function)["payload"]
    wanted = f"arn:aws:sts::{aws.id}:assumed-role/{role.rpartition('/')[2]}/{function.rpartition(':')[2]}"
    expect(found == wanted, f"it acts as {found}, not as {wanted}")


@behaviour(service="lambda", source="https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html")
def a_function_without_the_right_to_log_runs_and_logs_nothing(aws: AwsAccount) -> None:
    """A function whose role may not write logs runs all the same, and its lines are nowhere."""
    source = "def handler(event, context):\n    print('a line')\n    return 'ran'"
    silent, loud = aws.function(source, Role=aws.role()), aws.function(source)
    ran = [aws.invoke(function)["payload"] for function in (silent, loud)]
    expect(ran == ["ran", "ran"], f"answers {ran}")
    groups = [f"/aws/lambda/{function.rpartition(':')[2]}" for function in (silent, loud)]

    def lines(group: str) -> bool:
        try:
            return bool(aws.clients.logs.filter_log_events(logGroupName=group, filterPattern="line")["events"])
        except aws.clients.logs.exceptions.ResourceNotFoundException:
            return False

    aws.wait_for(lambda: lines(groups[1]), "the lines of the function that may log")
    expect(not lines(groups[0]), "the lines of the function that may not log are there")


@behaviour(service="dynamodb", source=f"{TABLES}/transaction-apis-iam.html")
def a_transaction_needs_the_right_of_each_of_its_parts(aws: AwsAccount) -> None:
    """A transaction that puts and updates needs the rights to put and to update; it has none of its own."""
    table = aws.table()
    put = {"Put": {"TableName": table, "Item": {**KEY, "sk": {"S": "b"}}}}
    update = {"Update": {"TableName": table, "Key": KEY, "UpdateExpression": "REMOVE note"}}
    call = make_caller(aws, allow("dynamodb:PutItem", table_arn(aws, table)))
    alone, both = (call("dynamodb", "transact_write_items", TransactItems=parts) for parts in ([put], [put, update]))
    expect(alone == ALLOWED, f"the put alone: {alone}")
    expect(DENIED in both and "dynamodb:UpdateItem" in both, f"put and update: {both}")


@behaviour(service="dynamodb", source=f"{TABLES}/using-identity-based-policies.html")
def an_index_is_a_resource_of_its_own(aws: AwsAccount) -> None:
    """A query of an index needs a right on the index; the table's does not do."""
    table = aws.table(
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "due")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    arn = table_arn(aws, table)
    query = {
        "TableName": table,
        "IndexName": "due",
        "KeyConditionExpression": "due = :d",
        "ExpressionAttributeValues": {":d": {"S": "x"}},
    }
    said = [
        make_caller(aws, allow("dynamodb:Query", resource))("dynamodb", "query", **query)
        for resource in (arn, f"{arn}/index/due")
    ]
    expect(DENIED in said[0] and said[1] == ALLOWED, f"with the table's right {said[0]}, with the index's {said[1]}")


@behaviour(service="dynamodb", source=f"{TABLES}/api-permissions-reference.html")
def a_batch_needs_a_right_of_its_own(aws: AwsAccount) -> None:
    """The right to get an item is not the right to get a batch of them."""
    table = aws.table()
    call = make_caller(aws, allow("dynamodb:GetItem", table_arn(aws, table)))
    said = [
        call("dynamodb", "get_item", TableName=table, Key=KEY),
        call("dynamodb", "batch_get_item", RequestItems={table: {"Keys": [KEY]}}),
    ]
    expect(said[0] == ALLOWED and DENIED in said[1], f"{said}")


@behaviour(
    service="events", source="https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html"
)
def each_bus_of_a_call_must_be_allowed(aws: AwsAccount) -> None:
    """PutEvents is refused as a whole when one of its entries names a bus that the role may not publish to."""
    ours, other = aws.bus(), aws.bus()
    arn = aws.clients.events.describe_event_bus(Name=ours)["Arn"]
    call = make_caller(aws, allow("events:PutEvents", arn))
    usual = {"Source": "tests", "DetailType": "t", "Detail": "{}"}
    said = [
        call("events", "put_events", Entries=[{**usual, "EventBusName": bus} for bus in buses])
        for buses in ((ours,), (ours, other))
    ]
    expect(said[0] == ALLOWED and DENIED in said[1], f"{said}")


@behaviour(
    service="s3", source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/security_iam_service-with-iam.html"
)
def a_bucket_and_its_objects_are_two_resources(aws: AwsAccount) -> None:
    """A right on a bucket's ARN does not reach its objects, and one on its objects does not list it."""
    bucket = aws.bucket()
    arn = f"arn:aws:s3:::{bucket}"
    on_bucket, on_objects = make_caller(aws, allow("s3:*", arn)), make_caller(aws, allow("s3:*", f"{arn}/*"))
    found = {
        "bucket's right, put": on_bucket("s3", "put_object", Bucket=bucket, Key="k", Body="x"),
        "objects' right, list": on_objects("s3", "list_objects_v2", Bucket=bucket),
    }
    expect(all(DENIED in said for said in found.values()), f"{found}")
    both = [
        on_bucket("s3", "list_objects_v2", Bucket=bucket),
        on_objects("s3", "put_object", Bucket=bucket, Key="k", Body="x"),
    ]
    expect(both == [ALLOWED, ALLOWED], f"{both}")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_elements_notaction.html")
def what_a_statement_leaves_out_is_allowed_without_it(aws: AwsAccount) -> None:
    """A statement with NotAction allows everything on its resource but that."""
    queue = aws.queue()
    statement = {"Effect": "Allow", "NotAction": "sqs:SendMessage", "Resource": aws.arn_of(queue)}
    call = make_caller(aws, statement)
    said = [
        call("sqs", "get_queue_attributes", QueueUrl=queue),
        call("sqs", "send_message", QueueUrl=queue, MessageBody="x"),
    ]
    expect(said[0] == ALLOWED and DENIED in said[1], f"{said}")


@behaviour(service="iam", source=f"{GUIDE}/access_policies_testing-policies.html")
def a_simulation_says_what_a_role_may_do(aws: AwsAccount) -> None:
    """The policy simulator says what a role's policies allow, deny and leave open."""
    deny = {"Effect": "Deny", "Action": "sqs:PurgeQueue", "Resource": "*"}
    role = aws.role(allow("sqs:SendMessage", "*"), deny)
    actions = ["sqs:SendMessage", "sqs:PurgeQueue", "sqs:ReceiveMessage"]
    answer = aws.clients.iam.simulate_principal_policy(PolicySourceArn=role, ActionNames=actions)
    found = {result["EvalActionName"]: result["EvalDecision"] for result in answer["EvaluationResults"]}
    expect(found == dict(zip(actions, ("allowed", "explicitDeny", "implicitDeny"), strict=True)), json.dumps(found))
