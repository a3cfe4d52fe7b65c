"""Secrets that are rotated while the plane is stopped, or not at all."""

import json
from typing import Any

import pytest
from plane_fixture import AwsPlane, eventually, named

pytestmark = pytest.mark.plane

ROTATES = """
    import json, os, boto3

    def handler(event, context):
        print(event["Step"])
        if event["Step"] == os.environ.get("FAILS"):
            raise RuntimeError("the database does not answer")
        secrets, arn, token = boto3.client("secretsmanager"), event["SecretId"], event["ClientRequestToken"]
        if event["Step"] == "createSecret":
            try:
                secrets.get_secret_value(SecretId=arn, VersionId=token, VersionStage="AWSPENDING")
            except secrets.exceptions.ResourceNotFoundException:
                secrets.put_secret_value(
                    SecretId=arn, ClientRequestToken=token, SecretString="new", VersionStages=["AWSPENDING"]
                )
        if event["Step"] == "finishSecret":
            stages = secrets.describe_secret(SecretId=arn)["VersionIdsToStages"]
            current = next(v for v, labels in stages.items() if "AWSCURRENT" in labels)
            secrets.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )
"""


def rotating(plane: AwsPlane, **variables: str) -> tuple[str, str]:
    """A secret and a function that may rotate it."""
    function = plane.function(ROTATES, Timeout=20, Environment={"Variables": variables})
    plane.clients.lambda_.add_permission(
        FunctionName=function,
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
    )
    made = plane.clients.secretsmanager.create_secret(Name=named("secret"), SecretString="old")
    return made["ARN"], function


def value(plane: AwsPlane, secret: str, stage: str = "AWSCURRENT") -> str:
    """The value of a version; nothing while there is none."""
    secrets = plane.clients.secretsmanager
    try:
        return str(secrets.get_secret_value(SecretId=secret, VersionStage=stage)["SecretString"])
    except secrets.exceptions.ResourceNotFoundException:
        return ""


def figures(plane: AwsPlane) -> dict[str, Any]:
    shown = plane.http("GET", "/_sandbox/status").json()["supplements"]
    return next(dict(supplement["figures"]) for supplement in shown if supplement["name"] == "rotation")


def test_a_rotation_that_fails_is_tried_again_by_the_next_start(aws_plane: AwsPlane) -> None:
    secret, function = rotating(aws_plane, FAILS="setSecret")
    aws_plane.clients.secretsmanager.rotate_secret(SecretId=secret, RotationLambdaARN=function)
    eventually(lambda: value(aws_plane, secret, "AWSPENDING") == "new", "the first step")
    aws_plane.sandbox.stop()
    aws_plane.sandbox.start("aws")
    assert value(aws_plane, secret) == "old"
    aws_plane.clients.lambda_.update_function_configuration(FunctionName=function, Environment={"Variables": {}})
    eventually(lambda: value(aws_plane, secret) == "new", "the new value", seconds=30)
    assert value(aws_plane, secret, "AWSPREVIOUS") == "old"
    eventually(lambda: figures(aws_plane)["rotated"] == 1, "the rotation counted")


def test_a_date_in_the_past_is_made_up_for(aws_plane: AwsPlane) -> None:
    secret, function = rotating(aws_plane)
    rules = {"ScheduleExpression": "rate(4 hours)"}
    secrets = aws_plane.clients.secretsmanager
    secrets.rotate_secret(SecretId=secret, RotationLambdaARN=function, RotationRules=rules, RotateImmediately=False)
    eventually(lambda: figures(aws_plane)["under_way"] == 0, "the test of the function")
    assert value(aws_plane, secret) == "old"
    assert len(secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]) == 1
    aws_plane.sandbox.stop()
    states = list((aws_plane.run_dir / "run").rglob("secretsmanager*.json"))
    assert states, "the emulator keeps its secrets elsewhere"
    text = states[0].read_text()
    date = secret_in(json.loads(text), secret)["NextRotationDate"]
    states[0].write_text(text.replace(str(date), "1000.0"))
    aws_plane.sandbox.start("aws")
    eventually(lambda: value(aws_plane, secret) == "new", "the new value", seconds=30)
    found = eventually(lambda: secrets.describe_secret(SecretId=secret).get("LastRotatedDate"), "the date")
    assert (secrets.describe_secret(SecretId=secret)["NextRotationDate"] - found).total_seconds() >= 4 * 3600 - 1


def secret_in(document: Any, arn: str) -> dict[str, Any]:
    """The record of a secret, wherever it is in a document."""
    if isinstance(document, dict) and document.get("ARN") == arn:
        return document
    inner = document.values() if isinstance(document, dict) else document if isinstance(document, list) else ()
    return next((found for value in inner if (found := secret_in(value, arn))), {})


def test_the_emulator_alone_rotates_without_the_function(emulator_alone: AwsPlane) -> None:
    secret, function = rotating(emulator_alone, FAILS="createSecret")
    emulator_alone.clients.secretsmanager.rotate_secret(SecretId=secret, RotationLambdaARN=function)
    found = emulator_alone.clients.secretsmanager.get_secret_value(SecretId=secret, VersionStage="AWSPREVIOUS")
    assert found["SecretString"] == "old"
