"""A started AWS data plane for one test module, and what tests do with it."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
from botocore.exceptions import ClientError
from loopback import NO_CERTIFICATES

from sandbox.aws.clients import Clients
from sandbox.aws.contract.fixtures.account import zip_files
from sandbox.aws.plane import AWS_ACCOUNT, AWS_REGION, PLANE
from sandbox.host.sandbox import Sandbox

T = TypeVar("T")
DEADLINE_SECONDS = 20.0
ROLE = f"arn:aws:iam::{AWS_ACCOUNT}:role/any"


@dataclass(frozen=True)
class AwsPlane:
    """A plane with a run directory of its own."""

    sandbox: Sandbox
    run_dir: Path
    clients: Clients = field(init=False)
    """API clients by service."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "clients", Clients(lambda: self.endpoint, AWS_REGION))

    @property
    def endpoint(self) -> str:
        found = self.sandbox.endpoint("aws")
        assert found, f"the plane has ended; its log is {self.log}"
        return found

    @property
    def log(self) -> Path:
        return self.run_dir / "run" / "aws" / "plane.log"

    def http(self, method: str, path: str, *, host: str | None = None, **request: Any) -> httpx.Response:
        """A request as a browser or client would send it; `host` picks a distribution or domain."""
        headers = {**request.pop("headers", {}), **({"Host": host} if host else {})}
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=DEADLINE_SECONDS) as client:
            return client.request(method, self.endpoint + path, headers=headers, **request)

    def function(self, source: str, **settings: Any) -> str:
        """The ARN of a new function whose module is `source` with a `handler`; its role allows everything."""
        self.allow_everything()
        made = self.clients.lambda_.create_function(
            FunctionName=named("function"),
            Runtime="python3.13",
            Handler="main.handler",
            **{"Role": ROLE, "Code": {"ZipFile": zip_files({"main.py": source})}, **settings},
        )
        return str(made["FunctionArn"])

    def open_to_topics(self, queue: str) -> None:
        """Let topics send to a queue, as its policy must."""
        allowed = _statement(Action="sqs:SendMessage", Principal={"Service": "sns.amazonaws.com"}, Resource="*")
        self.clients.sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": allowed})

    def invoke(self, function: str, event: Any = None, **how: Any) -> Mapping[str, Any]:
        """The answer of a function: `payload` is what it returned, `error` the kind of its failure."""
        found = self.clients.lambda_.invoke(FunctionName=function, Payload=json.dumps(event), **how)
        return {"payload": json.loads(found["Payload"].read() or b"null"), "error": found.get("FunctionError")}

    def queue(self, **attributes: Any) -> str:
        """The URL of a new queue."""
        texts = {name: str(value) for name, value in attributes.items()}
        return str(self.clients.sqs.create_queue(QueueName=named("queue"), Attributes=texts)["QueueUrl"])

    def arn_of(self, queue: str) -> str:
        """The ARN of a queue."""
        found = self.clients.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        return str(found["Attributes"]["QueueArn"])

    def taken(self, queue: str, wait: int = 0) -> list[str]:
        """The bodies of up to ten messages, which are deleted."""
        found = self.clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait)
        for message in found.get("Messages", []):
            self.clients.sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in found.get("Messages", [])]

    def allow_everything(self) -> None:
        """Make `ROLE`, once."""
        name, iam = ROLE.rsplit("/", 1)[1], self.clients.iam
        trust = _statement(Action="sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"})
        with contextlib.suppress(iam.exceptions.EntityAlreadyExistsException):
            iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
            everything = _statement(Action="*", Resource="*")
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=everything)


@pytest.fixture(scope="module")
def aws_plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AwsPlane]:
    """A running AWS data plane, shared by a module's tests and ended after them.

    A module that uses it carries `pytestmark = pytest.mark.plane`.
    """
    run_dir = tmp_path_factory.mktemp("aws-plane")
    sandbox = Sandbox(run_dir, [PLANE])
    try:
        sandbox.start("aws")
        yield AwsPlane(sandbox, run_dir)
    finally:
        sandbox.stop()


def eventually(ask: Callable[[], T | None], what: str, *, seconds: float = DEADLINE_SECONDS) -> T:
    """The first answer that is not empty; fails with `what` when none comes in time."""
    deadline = time.monotonic() + seconds
    while not (found := ask()):
        if time.monotonic() > deadline:
            pytest.fail(f"not within {seconds:g} s: {what}; last answer {found!r}")
        time.sleep(0.02)  # between two looks at the condition
    return found


def tried(call: Callable[..., Any], **arguments: Any) -> str:
    """The code of a call's error, `fine` where there is none."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "fine"


def named(kind: str) -> str:
    """A name that nothing else has."""
    return f"{kind}-{uuid.uuid4().hex[:8]}"


def _statement(**fields: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **fields}]})
