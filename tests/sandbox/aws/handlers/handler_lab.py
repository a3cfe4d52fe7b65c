"""A place to try handlers in: a provider on a running plane, and rows that say what to try."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plane_fixture import AwsPlane, named

from engine.protocol import Properties
from engine.wire import ARCHIVE, ASSET, SIGNATURE
from sandbox.aws.package import AwsPackage, AwsProvider

SEED = bytes(32)


@dataclass(frozen=True)
class Made:
    """A resource that exists."""

    token: str
    id: str
    inputs: Properties
    outputs: Properties
    name: str = "res"
    """Its name in the program, by which checks tell it from others."""

    def __getitem__(self, key: str) -> Any:
        return self.id if key == "id" else self.outputs[key]


class Lab:
    """Makes resources as an engine does: checked, then created."""

    def __init__(self, plane: AwsPlane) -> None:
        self.plane, self.clients = plane, plane.clients
        self.provider: AwsProvider = AwsPackage(plane.endpoint).configure({})

    def make(self, token: str, inputs: Properties) -> Made:
        name = named("res")
        checked = self.provider.check(token, name, {}, inputs, SEED)
        assert not checked.failures, f"{token} refused: {checked.failures}"
        made = self.provider.create(token, name, checked.inputs, preview=False)
        return Made(token, made.id, checked.inputs, made.outputs, name)

    def read(self, made: Made, inputs: Properties | None = None) -> Properties | None:
        """The inputs as they are in the plane; None when the resource is gone."""
        found = self.provider.read(made.token, made.id, made.outputs, inputs or made.inputs)
        return None if found is None else found.inputs

    def update(self, made: Made, news: Properties) -> Made:
        checked = self.provider.check(made.token, made.name, made.inputs, news, SEED)
        assert not checked.failures, f"{made.token} refused: {checked.failures}"
        outputs = self.provider.update(made.token, made.id, made.inputs, made.outputs, checked.inputs, preview=False)
        return Made(made.token, made.id, checked.inputs, outputs, made.name)

    # What other resources need.

    def role(self, service: str = "lambda") -> Made:
        return self.make("aws:iam/role:Role", {"assumeRolePolicy": trust(f"{service}.amazonaws.com")})

    def worker_role(self) -> Made:
        """A function's role that may do everything."""
        made = self.role()
        everything = document({"Effect": "Allow", "Action": "*"})
        self.clients.iam.put_role_policy(RoleName=made.id, PolicyName="all", PolicyDocument=everything)
        return made

    def queue(self, **inputs: Any) -> Made:
        return self.make("aws:sqs/queue:Queue", inputs)

    def bucket(self, **inputs: Any) -> Made:
        return self.make("aws:s3/bucket:Bucket", {"bucket": named("bucket"), **inputs})

    def topic(self) -> Made:
        return self.make("aws:sns/topic:Topic", {})

    def bus(self) -> Made:
        return self.make("aws:cloudwatch/eventBus:EventBus", {"name": named("bus")})

    def key(self) -> Made:
        return self.make("aws:kms/key:Key", {"description": "a key"})

    def api(self) -> Made:
        return self.make("aws:apigatewayv2/api:Api", {"name": named("api"), "protocolType": "HTTP"})

    def integration(self, api: Made) -> Made:
        given = {"apiId": api.id, "integrationType": "AWS_PROXY", "payloadFormatVersion": "2.0"}
        uri = self.function()["invokeArn"]
        return self.make("aws:apigatewayv2/integration:Integration", {**given, "integrationUri": uri})

    def function(self, **inputs: Any) -> Made:
        return self.make("aws:lambda/function:Function", {**function(self), "publish": True, **inputs})

    def alias(self) -> Made:
        made = {"name": "live", "functionName": self.function().id, "functionVersion": "1"}
        return self.make("aws:lambda/alias:Alias", made)


@dataclass(frozen=True)
class Row:
    """What to try with a type."""

    token: str
    inputs: Callable[[Lab], Properties]
    updates: tuple[Properties | Callable[[Lab, Properties], Properties], ...] = ()
    """Changes, or how to make them from the inputs, applied one after another; a None removes a property."""
    drift: Callable[[Lab, Made], object] | None = None
    """Changes the resource behind the engine's back."""
    shows: str = ""
    """The property in which that is seen; empty: the resource is gone."""
    unseen: Mapping[str, str] = field(default_factory=dict[str, str])
    """Properties that a read can't look up (in one change: `<its index>:<property>`), and why."""
    undeletable: str = ""
    """Why a deletion leaves it where it is."""


def function(lab: Lab, text: str = "def handler(event, context):\n    print('runs')\n    return event") -> Properties:
    """The inputs of a function."""
    return {
        "code": archive({"main.py": text}),
        "handler": "main.handler",
        "runtime": "python3.13",
        "role": lab.worker_role()["arn"],
        "timeout": 6,
    }


def archive(files: Mapping[str, str]) -> Properties:
    """An archive of texts."""
    return {SIGNATURE: ARCHIVE, "assets": {name: {SIGNATURE: ASSET, "text": text} for name, text in files.items()}}


def trust(service: str) -> str:
    """A trust policy."""
    return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}, resource=None)


def document(*statements: Mapping[str, Any], resource: str | None = "*") -> str:
    """An IAM document."""
    made = [{**({"Resource": resource} if resource else {}), **statement} for statement in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": made})
