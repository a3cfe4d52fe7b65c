"""Policies of resources: whom they let in, and what they deny to those whom a role's policy allows."""

import json

from sandbox.aws.contract.fixtures.account import AwsAccount
from sandbox.aws.contract.fixtures.event_rules import DeliveryRule, make_rule
from sandbox.aws.contract.fixtures.role_callers import ALLOWED, allow, make_caller
from sandbox.aws.contract.fixtures.target import policy_document
from sandbox.contract.behaviour import behaviour, expect

IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
FUNCTIONS = "https://docs.aws.amazon.com/lambda/latest/dg"
DENIED = "AccessDenied"
TELLS = "def handler(event, context):\n    return event"


def deny(action: str, resource: str) -> str:
    """A resource's policy that denies an action to everybody."""
    return policy_document({"Effect": "Deny", "Principal": "*", "Action": action, "Resource": resource})


def permit(aws: AwsAccount, function: str, service: str, source: str, **more: str) -> None:
    """Let a service call a function for one source."""
    aws.permit(function, service, SourceArn=source, **more)
    aws.wait_for_propagation()


def refusal(made: DeliveryRule) -> str:
    """What the dead letter of a rule's next event says of the reason."""
    made.put()
    (letter,) = made.dead_letters()
    return str(letter["attributes"].get("ERROR_CODE"))


@behaviour(
    service="sqs",
    source="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html",
)
def a_queues_policy_alone_lets_a_role_of_its_account_in(aws: AwsAccount) -> None:
    """In one account a queue's policy that names a role is enough; the role's own policies need not allow it."""
    queue, role = aws.queue(), aws.role()
    arn = aws.arn_of(queue)
    opened = {"Effect": "Allow", "Principal": {"AWS": role}, "Action": "sqs:SendMessage", "Resource": arn}
    aws.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": policy_document(opened)})
    source = """
        import boto3
        def handler(event, context):
            sent = boto3.client("sqs").send_message(QueueUrl=event, MessageBody="x")
            return sent["ResponseMetadata"]["HTTPStatusCode"]
    """
    function = aws.function(source, Role=role, Timeout=15)
    found = aws.wait_for(lambda: aws.invoke(function, queue)["payload"] == 200, "a message by the queue's policy")
    expect(found, "it may not send")


@behaviour(service="sqs", source=f"{IAM}/reference_policies_evaluation-logic.html")
def what_a_queues_policy_denies_no_role_may_do(aws: AwsAccount) -> None:
    """A denial in a queue's policy goes before what a role's policy allows."""
    queue = aws.queue()
    arn = aws.arn_of(queue)
    call = make_caller(aws, allow("sqs:*", arn))
    aws.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": deny("sqs:SendMessage", arn)})
    aws.wait_for_propagation()
    said = call("sqs", "send_message", QueueUrl=queue, MessageBody="x")
    expect(DENIED in said and "explicit deny" in said, said)


@behaviour(service="s3", source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html")
def what_a_buckets_policy_denies_no_role_may_do(aws: AwsAccount) -> None:
    """A denial in a bucket's policy goes before what a role's policy allows."""
    bucket = aws.bucket()
    arn = f"arn:aws:s3:::{bucket}/*"
    call = make_caller(aws, allow("s3:*", arn))
    aws.clients.s3.put_bucket_policy(Bucket=bucket, Policy=deny("s3:PutObject", arn))
    said = call("s3", "put_object", Bucket=bucket, Key="k", Body="x")
    expect(DENIED in said, said)


@behaviour(service="sns", source="https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html")
def what_a_topics_policy_denies_no_role_may_do(aws: AwsAccount) -> None:
    """A denial in a topic's policy goes before what a role's policy allows."""
    topic = aws.topic()
    call = make_caller(aws, allow("sns:Publish", topic))
    expect(call("sns", "publish", TopicArn=topic, Message="x") == ALLOWED, "the role may not publish at all")
    put, policy = aws.clients.sns.set_topic_attributes, deny("sns:Publish", topic)
    put(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    aws.wait_for(lambda: call("sns", "publish", TopicArn=topic, Message="x") != ALLOWED, "a refusal")


@behaviour(
    service="secretsmanager",
    source="https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html",
)
def what_a_secrets_policy_denies_no_role_may_do(aws: AwsAccount) -> None:
    """A denial in a secret's policy goes before what a role's policy allows."""
    secrets = aws.clients.secretsmanager
    arn = secrets.create_secret(Name=aws.name("secret"), SecretString="x")["ARN"]
    aws.undo(secrets.delete_secret, SecretId=arn, ForceDeleteWithoutRecovery=True)
    call = make_caller(aws, allow("secretsmanager:GetSecretValue", arn))
    expect(call("secretsmanager", "get_secret_value", SecretId=arn) == ALLOWED, "the role may not read at all")
    secrets.put_resource_policy(SecretId=arn, ResourcePolicy=deny("secretsmanager:GetSecretValue", "*"))
    aws.undo(secrets.delete_resource_policy, SecretId=arn)
    aws.wait_for(lambda: call("secretsmanager", "get_secret_value", SecretId=arn) != ALLOWED, "a refusal")


@behaviour(service="lambda", source=f"{FUNCTIONS}/access-control-resource-based.html")
def a_rule_calls_no_function_that_does_not_permit_it(aws: AwsAccount) -> None:
    """A function without a permission for the rule is not called; the event is kept with the dead letters."""
    made = make_rule(aws)
    made.to({"Arn": aws.function(TELLS)})
    found = refusal(made)
    expect(found == "NO_PERMISSIONS", f"ERROR_CODE {found}")


@behaviour(service="lambda", source=f"{FUNCTIONS}/permissions-function-services.html")
def a_permission_is_for_its_source_alone(aws: AwsAccount) -> None:
    """A permission with a source ARN lets no other source in, though it is of the same service."""
    made, function = make_rule(aws), aws.function(TELLS)
    permit(aws, function, "events", f"{made.arn}-another")
    made.to({"Arn": function})
    found = refusal(made)
    expect(found == "NO_PERMISSIONS", f"ERROR_CODE {found}")


@behaviour(service="lambda", source=f"{FUNCTIONS}/permissions-function-services.html")
def a_permission_is_for_its_service_alone(aws: AwsAccount) -> None:
    """A permission for one service lets no other in."""
    made, function = make_rule(aws), aws.function(TELLS)
    permit(aws, function, "sns", made.arn)
    made.to({"Arn": function})
    found = refusal(made)
    expect(found == "NO_PERMISSIONS", f"ERROR_CODE {found}")


@behaviour(service="lambda", source=f"{FUNCTIONS}/permissions-function-services.html")
def a_permission_for_an_alias_is_for_the_alias_alone(aws: AwsAccount) -> None:
    """A permission with a qualifier lets callers of that alias in, and not callers of the function."""
    api, function, made = aws.clients.lambda_, aws.function(TELLS), make_rule(aws)
    version = api.publish_version(FunctionName=function)["Version"]
    alias = api.create_alias(FunctionName=function, Name="live", FunctionVersion=version)["AliasArn"]
    permit(aws, function, "events", made.arn, Qualifier="live")
    policy = json.loads(api.get_policy(FunctionName=function, Qualifier="live")["Policy"])
    resources = [statement["Resource"] for statement in policy["Statement"]]
    expect(resources == [alias], f"the statement is about {resources}, not about {alias}")
    made.to({"Arn": function})
    found = refusal(made)
    expect(found == "NO_PERMISSIONS", f"ERROR_CODE {found}")


@behaviour(service="lambda", source=f"{FUNCTIONS}/permissions-source-account.html")
def a_statement_of_a_function_has_a_name_that_is_its_own(aws: AwsAccount) -> None:
    """A second permission under the same statement's id is refused, and one that is gone is not found."""
    api, function = aws.clients.lambda_, aws.function(TELLS)
    request = {"FunctionName": function, "StatementId": "once"}
    permission = {**request, "Action": "lambda:InvokeFunction", "Principal": "sns.amazonaws.com"}
    api.add_permission(**permission)
    again = aws.refusal(api.add_permission, **permission)["Error"]["Code"]
    api.remove_permission(**request)
    gone = aws.refusal(api.remove_permission, **request)["Error"]["Code"]
    expect((again, gone) == ("ResourceConflictException", "ResourceNotFoundException"), f"{again}, {gone}")


@behaviour(
    service="s3",
    source="https://docs.aws.amazon.com/AmazonS3/latest/userguide/NotificationHowTo.html",
    gap="the notification is taken, and the function is not called",
)
def a_bucket_notifies_no_function_that_does_not_permit_it(aws: AwsAccount) -> None:
    """A notification of a function without a permission for the bucket is refused."""
    bucket, function = aws.bucket(), aws.function(TELLS)
    configuration = {
        "LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}]
    }
    put = aws.clients.s3.put_bucket_notification_configuration
    code = aws.refusal(put, Bucket=bucket, NotificationConfiguration=configuration)["Error"]["Code"]
    expect(code == "InvalidArgument", f"code {code}")
