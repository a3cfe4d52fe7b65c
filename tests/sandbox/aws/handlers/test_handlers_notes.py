"""What the catalog says of a type is what the plane does: what it calls stored has no effect here.

When one of these fails after a version bump, the plane enforces more than before: correct the note.
"""

import json

import pytest
from botocore.exceptions import ClientError
from handler_lab import Lab, document
from plane_fixture import AwsPlane, named

from sandbox.aws.catalog import REGISTRY
from sandbox.handler import CatalogEntry

pytestmark = pytest.mark.plane
ECHO = "def handler(event, context):\n    print('runs')\n    return {'statusCode': 200, 'body': 'ok'}"

TRUST = document(
    {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}, resource=None
)
TRIES_BOTH = """
    import boto3
    from botocore.exceptions import ClientError

    def attempt(call, **arguments):
        try:
            call(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "done"

    def handler(event, context):
        print("tries")
        put = {"TableName": event["table"], "Item": {"pk": {"S": "1"}}}
        return {
            "send": attempt(boto3.client("sqs").send_message, QueueUrl=event["queue"], MessageBody="sent"),
            "put": attempt(boto3.client("dynamodb").put_item, **put),
        }
"""


@pytest.fixture(scope="module")
def lab(aws_plane: AwsPlane) -> Lab:
    return Lab(aws_plane)


@pytest.mark.parametrize("entry", REGISTRY.catalog(), ids=lambda entry: entry.token.split(":")[1])
def test_a_note_of_a_recorded_type_says_what_aws_would_do(entry: CatalogEntry) -> None:
    assert entry.enforcement == "acts" or "AWS would" in entry.note


def test_a_queue_policy_that_denies_stops_a_sender(lab: Lab) -> None:
    queue = lab.queue()
    deny = document({"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage"}, resource=queue["arn"])
    lab.make("aws:sqs/queuePolicy:QueuePolicy", {"queueUrl": queue.id, "policy": deny})
    with pytest.raises(ClientError, match="AccessDenied"):
        lab.clients.sqs.send_message(QueueUrl=queue.id, MessageBody="sent")


def test_a_function_may_do_what_its_roles_policy_says_and_nothing_else(lab: Lab) -> None:
    table, queue = named("table"), lab.plane.queue()
    lab.clients.dynamodb.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    role = lab.clients.iam.create_role(RoleName=named("role"), AssumeRolePolicyDocument=TRUST)["Role"]
    send = document({"Effect": "Allow", "Action": "sqs:SendMessage"}, resource=lab.plane.arn_of(queue))
    lab.clients.iam.put_role_policy(RoleName=role["RoleName"], PolicyName="send", PolicyDocument=send)
    function = lab.plane.function(TRIES_BOTH, Role=role["Arn"], Timeout=30)
    found = lab.plane.invoke(function, {"queue": queue, "table": table})["payload"]
    assert found == {"send": "done", "put": "AccessDeniedException"}


def test_a_redrive_allow_policy_that_denies_does_not_stop_a_dead_letter(lab: Lab) -> None:
    dead = lab.queue()
    lab.make(
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy",
        {"queueUrl": dead.id, "redriveAllowPolicy": '{"redrivePermission": "denyAll"}'},
    )
    queue = lab.plane.queue(
        VisibilityTimeout=0, RedrivePolicy=json.dumps({"deadLetterTargetArn": dead["arn"], "maxReceiveCount": 1})
    )
    lab.clients.sqs.send_message(QueueUrl=queue, MessageBody="dead")
    lab.clients.sqs.receive_message(QueueUrl=queue)
    assert "Messages" not in lab.clients.sqs.receive_message(QueueUrl=queue)
    assert lab.plane.taken(dead.id) == ["dead"]


def test_a_bucket_policy_that_denies_does_not_stop_a_reader(lab: Lab) -> None:
    bucket = lab.bucket()
    lab.clients.s3.put_object(Bucket=bucket.id, Key="page", Body=b"read")
    deny = document({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject"}, resource=f"{bucket['arn']}/*")
    lab.make("aws:s3/bucketPolicy:BucketPolicy", {"bucket": bucket.id, "policy": deny})
    assert lab.clients.s3.get_object(Bucket=bucket.id, Key="page")["Body"].read() == b"read"
