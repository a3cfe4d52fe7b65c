"""Secrets Manager: rotation by a function."""

from typing import Any

from sandbox.aws.contract.fixtures.account import Account
from sandbox.contract.behaviour import behaviour, expect

GUIDE = "https://docs.aws.amazon.com/secretsmanager/latest/userguide"
API = "https://docs.aws.amazon.com/secretsmanager/latest/apireference"
SECONDS = 90.0
ROTATES = """
    import os, boto3

    def handler(event, context):
        secrets, arn, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
        if event["Step"] == os.environ.get("FAILS"):
            raise RuntimeError("the database does not answer")
        if event["Step"] == "createSecret":
            try:
                secrets.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
            except secrets.exceptions.ResourceNotFoundException:
                steps = "createSecret"
                secrets.put_secret_value(
                    SecretId=arn, ClientRequestToken=token, SecretString=steps, VersionStages=["AWSPENDING"]
                )
        else:
            tag = {"Key": event["Step"], "Value": "called"}
            secrets.tag_resource(SecretId=arn, Tags=[tag])
        if event["Step"] == "finishSecret":
            stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
            current = next(v for v, labels in stages.items() if "AWSCURRENT" in labels)
            secrets.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )
"""


@behaviour(service="secretsmanager", source=f"{GUIDE}/rotate-secrets_lambda-functions.html", seconds=SECONDS)
def a_rotation_calls_its_function_for_each_step(aws: Account) -> None:
    """A rotation calls the function to create, set, test and finish, and the new value is the current one."""
    secret, function = rotating(aws)
    rotate(aws, secret, function)
    aws.eventually(lambda: value(aws, secret) == "createSecret", "the new value", seconds=60)
    expect(value(aws, secret, "AWSPREVIOUS") == "old", "the old value is not the previous one")
    tags = {tag["Key"] for tag in described(aws, secret).get("Tags", []) if tag["Value"] == "called"}
    expect(tags == {"setSecret", "testSecret", "finishSecret"}, f"called for {sorted(tags)}")


@behaviour(service="secretsmanager", source=f"{GUIDE}/troubleshoot_rotation.html", seconds=SECONDS)
def a_rotation_that_fails_leaves_the_secret_as_it_was(aws: Account) -> None:
    """The version of a rotation that fails stays pending, the current one is the old one, and no other begins."""
    secret, function = rotating(aws, FAILS="setSecret")
    rotate(aws, secret, function)
    aws.eventually(lambda: value(aws, secret, "AWSPENDING") == "createSecret", "the pending value", seconds=60)
    expect(value(aws, secret) == "old", "the current value is another one")
    again = aws.refused(aws.clients.secretsmanager.rotate_secret, SecretId=secret)["Error"]
    expect(again["Code"] == "InvalidRequestException", f"code {again['Code']}")
    expect("previous rotation isn" in again["Message"], f"text {again['Message']!r}")


@behaviour(service="secretsmanager", source=f"{API}/API_RotateSecret.html", seconds=SECONDS)
def a_rotation_can_be_set_up_for_later(aws: Account) -> None:
    """A rotation that is not to begin at once tests the function and makes no version."""
    secret, function = rotating(aws)
    rotate(aws, secret, function, RotateImmediately=False)
    aws.eventually(lambda: "testSecret" in tagged(aws, secret), "the test of the function", seconds=60)
    aws.eventually(lambda: len(described(aws, secret)["VersionIdsToStages"]) == 1, "one version", seconds=30)
    expect(value(aws, secret) == "old", "the current value is another one")
    expect(tagged(aws, secret) == {"testSecret"}, f"called for {sorted(tagged(aws, secret))}")


@behaviour(service="secretsmanager", source=f"{API}/API_DescribeSecret.html", seconds=SECONDS)
def a_secret_tells_its_rotation(aws: Account) -> None:
    """A secret tells its function, its schedule and its next date."""
    secret, function = rotating(aws)
    rotate(aws, secret, function, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 30})
    found = described(aws, secret)
    seen = found.get("RotationEnabled"), found.get("RotationLambdaARN"), found["RotationRules"]
    expect(seen == (True, function, {"AutomaticallyAfterDays": 30}), f"seen {seen}")
    expect("NextRotationDate" in found, "no next date")


@behaviour(service="secretsmanager", source=f"{API}/API_CancelRotateSecret.html", seconds=SECONDS)
def a_rotation_can_be_turned_off(aws: Account) -> None:
    """A secret whose rotation is cancelled is not rotated by schedule any more."""
    secret, function = rotating(aws)
    rotate(aws, secret, function, RotateImmediately=False, RotationRules={"AutomaticallyAfterDays": 30})
    aws.clients.secretsmanager.cancel_rotate_secret(SecretId=secret)
    found = described(aws, secret)
    expect(not found.get("RotationEnabled"), "it is still on")
    expect("NextRotationDate" not in found, f"next date {found.get('NextRotationDate')}")


@behaviour(service="secretsmanager", source=f"{API}/API_RotateSecret.html")
def a_rotation_needs_a_function(aws: Account) -> None:
    """A secret without a function is not rotated."""
    error = aws.refused(aws.clients.secretsmanager.rotate_secret, SecretId=secret_of(aws))["Error"]
    expect(error["Code"] == "InvalidRequestException", f"code {error['Code']}")
    expect("No Lambda rotation function ARN" in error["Message"], f"text {error['Message']!r}")


@behaviour(service="secretsmanager", source=f"{GUIDE}/troubleshoot_rotation.html", seconds=SECONDS)
def a_rotation_needs_the_functions_permission(aws: Account) -> None:
    """A function that does not let Secrets Manager in rotates nothing."""
    asked = {"SecretId": secret_of(aws), "RotationLambdaARN": aws.function(ROTATES)}
    rules = {"AutomaticallyAfterDays": 30}
    code = aws.refused(aws.clients.secretsmanager.rotate_secret, **asked, RotationRules=rules)["Error"]["Code"]
    expect(code == "AccessDeniedException", f"code {code}")
    expect(not described(aws, str(asked["SecretId"])).get("RotationEnabled"), "rotation is on")


@behaviour(service="secretsmanager", source=f"{API}/API_RotationRulesType.html", seconds=SECONDS)
def a_rotation_has_one_schedule(aws: Account) -> None:
    """Days and an expression together are refused."""
    secret, function = rotating(aws)
    rules = {"AutomaticallyAfterDays": 30, "ScheduleExpression": "rate(30 days)"}
    rotate_secret = aws.clients.secretsmanager.rotate_secret
    asked = {"SecretId": secret, "RotationLambdaARN": function, "RotationRules": rules}
    code = aws.refused(rotate_secret, **asked)["Error"]["Code"]
    expect(code == "InvalidParameterException", f"code {code}")


def rotate(aws: Account, secret: str, function: str, **how: Any) -> None:
    """Turn rotation on."""
    given = {"RotationRules": {"AutomaticallyAfterDays": 30}, **how}
    aws.clients.secretsmanager.rotate_secret(SecretId=secret, RotationLambdaARN=function, **given)


def rotating(aws: Account, **variables: str) -> tuple[str, str]:
    """A secret and a function that may rotate it."""
    secret = secret_of(aws)
    actions = ("GetSecretValue", "PutSecretValue", "DescribeSecret", "UpdateSecretVersionStage", "TagResource")
    allowed = {"Effect": "Allow", "Action": [f"secretsmanager:{action}" for action in actions], "Resource": secret}
    function = aws.function(
        ROTATES, Role=aws.role(allowed), Timeout=30, MemorySize=256, Environment={"Variables": variables}
    )
    aws.permit(function, "secretsmanager", SourceAccount=aws.id)
    return secret, function


def secret_of(aws: Account) -> str:
    """The ARN of a new secret."""
    secrets = aws.clients.secretsmanager
    made = secrets.create_secret(Name=aws.name("secret"), SecretString="old")
    aws.undo(secrets.delete_secret, SecretId=made["ARN"], ForceDeleteWithoutRecovery=True)
    return str(made["ARN"])


def value(aws: Account, secret: str, stage: str = "AWSCURRENT") -> str:
    """The value of a version; nothing while there is none."""
    secrets = aws.clients.secretsmanager
    try:
        return str(secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"])
    except secrets.exceptions.ResourceNotFoundException:
        return ""


def described(aws: Account, secret: str) -> dict[str, Any]:
    """What a secret tells of itself."""
    return dict(aws.clients.secretsmanager.describe_secret(SecretId=secret))


def tagged(aws: Account, secret: str) -> set[str]:
    """The steps that left their tag."""
    return {tag["Key"] for tag in described(aws, secret).get("Tags", []) if tag["Value"] == "called"}
