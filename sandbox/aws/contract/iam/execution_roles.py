"""IAM: what a function's role lets it do."""

import functools

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.role_callers import ALLOWED, allow, make_caller
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_evaluation-logic.html")
def what_no_policy_allows_is_denied(aws: AwsAccount) -> None:
    """A call that no policy allows is denied, and the message names action and role."""
    queue = aws.queue()
    said = make_caller(aws)("sqs", "send_message", QueueUrl=queue, MessageBody="x")
    expect(said.startswith(("AccessDenied", "AWS.SimpleQueueService.AccessDenied")), said)
    expect("sqs:sendmessage" in said.lower() and "not authorized to perform" in said, said)
    expect(not aws.take(queue), "the message was sent all the same")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_elements_resource.html")
def a_statement_reaches_its_resource_alone(aws: AwsAccount) -> None:
    """A statement allows its action on its resource and on no other."""
    ours, other = aws.queue(), aws.queue()
    send = functools.partial(make_caller(aws, allow("sqs:SendMessage", aws.arn_of(ours))), "sqs", "send_message")
    said = [send(QueueUrl=queue, MessageBody="x") for queue in (ours, other)]
    expect(said[0] == ALLOWED and "AccessDenied" in said[1], f"{said}")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_elements_action.html")
def a_statement_allows_its_actions_alone(aws: AwsAccount) -> None:
    """A statement allows the actions that it names, with wildcards, and no others."""
    table = aws.table()
    arn = aws.clients.dynamodb.describe_table(TableName=table)["Table"]["TableArn"]
    call = make_caller(aws, allow("dynamodb:Get*", arn))
    key = {"pk": {"S": "p"}, "sk": {"S": "a"}}
    said = [
        call("dynamodb", "get_item", TableName=table, Key=key),
        call("dynamodb", "put_item", TableName=table, Item=key),
    ]
    expect(said[0] == ALLOWED and said[1].startswith("AccessDenied"), f"{said}")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_evaluation-logic.html")
def a_denial_goes_before_what_is_allowed(aws: AwsAccount) -> None:
    """A statement that denies goes before every one that allows."""
    queue = aws.queue()
    deny = {"Effect": "Deny", "Action": "sqs:SendMessage", "Resource": aws.arn_of(queue)}
    said = make_caller(aws, allow("sqs:*", "*"), deny)("sqs", "send_message", QueueUrl=queue, MessageBody="x")
    expect("AccessDenied" in said and "explicit deny" in said, said)


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_elements_condition.html")
def a_condition_bounds_its_statement(aws: AwsAccount) -> None:
    """A statement whose condition does not hold allows nothing."""
    queue = aws.queue()
    for region, allowed in ((aws.region, True), ("eu-south-9", False)):
        condition = {"StringEquals": {"aws:RequestedRegion": region}}
        call = make_caller(aws, allow("sqs:SendMessage", aws.arn_of(queue), Condition=condition))
        said = call("sqs", "send_message", QueueUrl=queue, MessageBody="x")
        expect((said == ALLOWED) is allowed, f"in {region}: {said}")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_iam-condition-keys.html")
def a_role_that_has_policies_is_not_deleted(aws: AwsAccount) -> None:
    """A role is not deleted while it has policies."""
    role = aws.role(allow("sqs:SendMessage", "*")).rpartition("/")[2]
    code = aws.refusal(aws.clients.iam.delete_role, RoleName=role)["Error"]["Code"]
    expect(code == "DeleteConflict", f"code {code}")


@behaviour(service="iam", source=f"{GUIDE}/reference_policies_grammar.html")
def a_policy_that_is_not_valid_is_refused(aws: AwsAccount) -> None:
    """A policy document that is not valid is refused."""
    role = aws.role().rpartition("/")[2]
    for document in ("{not json", '{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}'):
        put = aws.clients.iam.put_role_policy
        code = aws.refusal(put, RoleName=role, PolicyName="bad", PolicyDocument=document)["Error"]["Code"]
        expect(code == "MalformedPolicyDocument", f"{document}: code {code}")
