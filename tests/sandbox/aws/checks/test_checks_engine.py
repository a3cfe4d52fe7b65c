"""A program with a wrong input is stopped before anything of it exists, through the embedded engine."""

import json
from collections.abc import Callable
from pathlib import Path

import pulumi_aws as aws
import pytest

from engine.engine import Engine, OperationResult
from sandbox.aws.package import AwsPackage
from scaleshop.session import open_session

ROOT = Path(__file__).resolve().parents[4]


class AskedError(Exception):
    """The data plane was asked for."""


def engine(directory: Path, *packages: AwsPackage) -> Engine:
    return Engine(
        project="demo",
        stack="dev",
        packages=packages or [AwsPackage(endpoint=None)],
        state=directory / "dev.json",
        passphrase="open sesame",
        root=directory,
    )


@pytest.fixture
def preview(tmp_path: Path) -> Callable[[Callable[[], object]], OperationResult]:
    return lambda program: engine(tmp_path).preview(program)


def test_an_up_with_a_wrong_queue_names_it_and_asks_the_plane_for_nothing(tmp_path: Path) -> None:
    def plane() -> str:
        raise AskedError

    def program() -> None:
        queue = aws.sqs.Queue("work", visibility_timeout_seconds=43_201)
        aws.sns.TopicSubscription("feed", topic="arn:aws:sns:us-east-1:1:t", protocol="sqs", endpoint=queue.arn)

    result = engine(tmp_path, AwsPackage(plane)).up(program)
    assert not result.ok
    assert result.errors == [
        "aws:sqs/queue:Queue resource 'work' has a problem: visibilityTimeoutSeconds: is 43201; use 0 to 43200 seconds"
    ]
    resources = json.loads((tmp_path / "dev.json").read_text())["deployment"].get("resources", [])
    assert [resource["type"] for resource in resources if resource["type"].startswith("aws:")] == []


def test_a_preview_names_every_fault_of_a_resource_at_once(preview: Callable[..., OperationResult]) -> None:
    result = preview(lambda: aws.sqs.Queue("work", delay_seconds=901, receive_wait_time_seconds=21))
    (error,) = result.errors
    assert error == (
        "aws:sqs/queue:Queue resource 'work' has a problem: delaySeconds: is 901; use 0 to 900 seconds; "
        "receiveWaitTimeSeconds: is 21; use 0 to 20 seconds"
    )


def test_a_preview_follows_names_from_one_resource_to_the_next(preview: Callable[..., OperationResult]) -> None:
    def program() -> None:
        role = aws.iam.Role("role", assume_role_policy=json.dumps({"Statement": []}))
        aws.iam.RolePolicyAttachment("attached", role=role.name, policy_arn="arn:aws:iam::aws:policy/ReadOnlyAccess")

    assert preview(program).errors == [
        "aws:iam/role:Role resource 'role' has a problem: assumeRolePolicy: has no Statement; give at least one"
    ]


def test_a_mapping_is_measured_against_the_function_that_it_names(preview: Callable[..., OperationResult]) -> None:
    def program() -> None:
        function = aws.lambda_.Function(
            "worker",
            role="arn:aws:iam::111122223333:role/worker",
            runtime="python3.13",
            handler="main.handler",
            s3_bucket="code",
            s3_key="worker.zip",
            reserved_concurrent_executions=5,
        )
        aws.lambda_.EventSourceMapping(
            "mapping",
            event_source_arn="arn:aws:sqs:us-east-1:111122223333:work",
            function_name=function.name,
            scaling_config={"maximum_concurrency": 6},
        )

    (error,) = preview(program).errors
    assert error.endswith("is 6, more than the 5 that the function reserves; use 5 or less")


def test_what_a_preview_without_a_plane_cannot_look_up_is_not_called_missing(
    preview: Callable[..., OperationResult],
) -> None:
    result = preview(
        lambda: aws.cloudwatch.EventArchive("a", event_source_arn="arn:aws:events:us-east-1:000000000000:event-bus/b")
    )
    assert result.errors == []


@pytest.mark.parametrize("stack", ["aws-dev", "aws-prod"])
def test_the_shops_stacks_pass_every_check(stack: str, tmp_path: Path) -> None:
    session = open_session(None, stack, engine="embedded", directory=ROOT)
    project = session.project
    config = {**session.config, "scaleshop:originVerify": '["one", "two"]'}
    plan = Engine(
        project=project.name,
        stack=stack,
        packages=session.architecture.packages(lambda _: None, session.settings),
        state=tmp_path / "state.json",
        passphrase="open sesame",
        config=config,
        root=project.root,
    ).preview(project.program / "__main__.py")
    assert plan.errors == []
    assert plan.ok
