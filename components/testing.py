"""A program run on Pulumi's mocks and recorded as data, so that tests assert outside `apply`."""

import asyncio
import contextvars
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pulumi
from pulumi.runtime import mocks
from pulumi.runtime import settings as runtime_settings

REGION = "us-east-1"
ACCOUNT = "111122223333"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One resource that the program registered. Inputs are plain values by camelCase name; numbers are floats."""

    type: str
    name: str
    inputs: Mapping[str, Any]
    provider: str
    custom: bool
    parent: str
    parent_type: str
    dependencies: tuple[str, ...]
    urn: str


@dataclass(slots=True)
class Plan:
    """What a program registered and exported."""

    resources: list[Recorded] = field(default_factory=list[Recorded])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])

    def of(self, type_: str) -> list[Recorded]:
        """All resources of a type token."""
        return [r for r in self.resources if r.type == type_]

    def one(self, name: str) -> Recorded:
        """The resource of a logical name.

        Raises:
            LookupError: none or several have it.
        """
        found = [r for r in self.resources if r.name == name]
        if len(found) != 1:
            msg = f"{len(found)} resources are called '{name}'; there are {sorted(r.name for r in self.resources)}"
            raise LookupError(msg)
        return found[0]


class _Recorder(mocks.Mocks):
    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        inputs = cast("dict[str, Any]", args.inputs)  # pyright: ignore[reportUnknownMemberType]
        name = str(inputs.get("name") or f"{args.name}-0000000")
        service = args.typ.split(":")[1].split("/")[0] if args.typ.count(":") == 2 else ""
        computed = {"name": name, "arn": f"arn:aws:{service}:{REGION}:{ACCOUNT}:{name}", **_computed(args.typ, name)}
        return f"{name}-id", {**computed, **inputs}

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        answers = {
            "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
            "aws:index/getRegion:getRegion": {"region": REGION, "id": REGION, "name": REGION},
            "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com"},
        }
        return answers.get(args.token, {}), []


class _Monitor(mocks.MockMonitor):
    """Keeps what `Mocks` never sees: parents, providers, dependencies and components."""

    def __init__(self, recorder: _Recorder, plan: Plan) -> None:
        super().__init__(recorder)
        self.plan = plan
        self.lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:
        response: Any = cast("Any", super()).RegisterResource(request)
        recorded = Recorded(
            type=request.type,
            name=request.name,
            inputs=pulumi.runtime.rpc.deserialize_properties(request.object),
            provider=request.provider or ",".join(dict(request.providers).values()),
            custom=request.custom,
            parent=request.parent.split("::")[-1] if request.parent else "",
            parent_type=request.parent.split("::")[-2].split("$")[-1] if request.parent else "",
            dependencies=tuple(request.dependencies),
            urn=response.urn,
        )
        with self.lock:
            self.plan.resources.append(recorded)
        return response


def record(program: Callable[[], Mapping[str, Any] | None], *, preview: bool = False, stack: str = "test") -> Plan:
    """Run a program on mocks, in an event loop and context of its own, and return what it registered.

    Args:
        program: Builds resources; what it returns is recorded as outputs, resolved.
        preview: Whether provider-computed values are unknown, as in a first preview.
        stack: The stack's name.

    Raises:
        Exception: what the program raises.
    """
    plan = Plan()
    failure: list[BaseException] = []

    def body() -> None:
        try:
            asyncio.run(_run(program, plan, preview=preview, stack=stack))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            failure.append(error)

    thread = threading.Thread(target=lambda: contextvars.Context().run(body))
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return plan


async def _run(program: Callable[[], Mapping[str, Any] | None], plan: Plan, *, preview: bool, stack: str) -> None:
    os.environ["PULUMI_ERROR_OUTPUT_STRING"] = "true"  # an Output in an f-string raises instead of printing an object
    runtime_settings.ROOT.set(None)
    pulumi.runtime.configure(
        pulumi.runtime.Settings(
            project="scaleshop", stack=stack, monitor=_Monitor(_Recorder(), plan), engine=mocks.MockEngine(None),
            dry_run=preview, organization="organization", root_directory=".",
        )
    )  # fmt: skip

    async def collect() -> None:
        for name, value in (program() or {}).items():
            future: Any = pulumi.Output.from_input(value).future(with_unknowns=False)
            plan.outputs[name] = await future

    await pulumi.runtime.run_in_stack(collect)


def _computed(type_: str, name: str) -> dict[str, str]:
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
    by_type: dict[str, dict[str, str]] = {
        "aws:sqs/queue:Queue": {"url": f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"},
        "aws:dynamodb/table:Table": {
            "arn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
            "streamArn": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}/stream/2026-01-01T00:00:00.000",
        },
        "aws:iam/role:Role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
        "aws:lambda/function:Function": {
            "arn": arn, "invokeArn": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations",
            "version": "1", "qualifiedArn": f"{arn}:1",
        },
        "aws:lambda/alias:Alias": {
            "arn": f"{arn}:live",
            "invokeArn": f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}:live/invocations",
        },
        "aws:cloudwatch/logGroup:LogGroup": {"arn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{name}"},
        "aws:apigatewayv2/api:Api": {
            "apiEndpoint": f"https://{name}.execute-api.{REGION}.amazonaws.com",
            "executionArn": f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{name}",
        },
        "aws:s3/bucket:Bucket": {
            "arn": f"arn:aws:s3:::{name}", "bucket": name,
            "bucketRegionalDomainName": f"{name}.s3.{REGION}.amazonaws.com",
        },
        "aws:cloudfront/distribution:Distribution": {
            "domainName": "d111111abcdef8.cloudfront.net", "arn": f"arn:aws:cloudfront::{ACCOUNT}:distribution/E1",
        },
    }  # fmt: skip
    return by_type.get(type_, {})


def walk(plan: Plan, prefix: str) -> Iterator[Recorded]:
    """The resources whose logical name starts with a component's name."""
    return (r for r in plan.resources if r.name == prefix or r.name.startswith(f"{prefix}-"))
