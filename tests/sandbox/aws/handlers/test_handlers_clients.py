"""The plane's clients look at nothing but the plane."""

from pathlib import Path

import pytest
from plane_fixture import AwsPlane

from engine.protocol import Properties
from sandbox.aws.clients import Clients, PlaneError
from sandbox.aws.package import AwsPackage
from sandbox.host.processes import free_port

QUEUE = "aws:sqs/queue:Queue"
SETTINGS = {
    "a profile that is not there": {"AWS_PROFILE": "missing", "AWS_DEFAULT_PROFILE": "missing"},
    "a proxy": {"HTTP_PROXY": "http://127.0.0.1:9", "http_proxy": "http://127.0.0.1:9", "ALL_PROXY": "http://[::1]:9"},
    "files of credentials": {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
    "another endpoint": {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:9"},
    "ways to try again": {"AWS_RETRY_MODE": "nonsense", "AWS_MAX_ATTEMPTS": "1"},
    "somebody's credentials": {"AWS_ACCESS_KEY_ID": "AKIAREAL", "AWS_SECRET_ACCESS_KEY": "x", "AWS_SESSION_TOKEN": "y"},
}


@pytest.mark.plane
@pytest.mark.parametrize("variables", SETTINGS.values(), ids=SETTINGS.keys())
def test_the_users_own_settings_for_aws_are_not_the_planes(
    aws_plane: AwsPlane, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    clients = Clients(lambda: aws_plane.endpoint, "us-east-1")
    assert clients.sqs.list_queues()["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert clients.sts.get_caller_identity()["Account"] == "000000000000"


@pytest.mark.plane
def test_a_broken_config_file_of_the_user_is_not_read(
    aws_plane: AwsPlane, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "config"
    broken.write_text("[default\nthis is not a config file")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(broken))
    assert Clients(lambda: aws_plane.endpoint, "us-east-1").s3.list_buckets()["Buckets"] == []


@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
def test_a_plane_that_does_not_run_is_named_with_what_to_do(operation: str) -> None:
    with pytest.raises(PlaneError, match="the AWS data plane is not running; `scaleshop up` starts it"):
        run(AwsPackage(None), operation)


@pytest.mark.parametrize("operation", ["create", "read", "update", "delete"])
def test_a_plane_that_does_not_answer_is_named_with_its_address(operation: str) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(PlaneError, match=f"the AWS data plane at {address} does not answer; `scaleshop status`"):
        run(AwsPackage(address), operation)


def run(package: AwsPackage, operation: str) -> None:
    provider = package.configure({})
    inputs: Properties = {"name": "orders"}
    url = "http://localhost/000000000000/orders"
    match operation:
        case "create":
            provider.create(QUEUE, "orders", inputs, preview=False)
        case "read":
            provider.read(QUEUE, url, {}, inputs)
        case "update":
            provider.update(QUEUE, url, inputs, {}, {**inputs, "delaySeconds": 1}, preview=False)
        case _:
            provider.delete(QUEUE, url, inputs, {})
