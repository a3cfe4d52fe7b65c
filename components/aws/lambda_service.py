"""A Lambda function with role, log group, alias and alarms."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output, ResourceOptions

from components.aws.alarm_topic import create_alarm
from components.aws.iam import IamStatement, allow, identity_policy, trust_policy
from components.inputs import require_int, to_int

RUNTIME = "python3.13"
ARCHITECTURE = "arm64"
ALIAS = "live"
TIMEOUT_SECONDS = 10


class LambdaServiceReference(TypedDict):
    """A function as other components take it: `LambdaService.reference`, or the same of a function made elsewhere."""

    alias_arn: Input[str]
    """The alias that is invoked."""
    alias_name: Input[str]
    """The alias's name, e.g. `live`."""
    function_name: Input[str]
    """The function's name."""
    role_name: Input[str]
    """The function's role, to which components add the rights that they need of it."""
    timeout: int
    """The function's timeout in seconds; queues and APIs are checked against it."""
    invoke_arn: NotRequired[Input[str]]
    """The alias as API Gateway names it (default alias_arn, which HTTP APIs take as well)."""
    reserved_concurrency: NotRequired[int | None]
    """Executions that the function has reserved (default unknown)."""


class LambdaServiceArgs(TypedDict):
    """Inputs of `LambdaService`."""

    code: Input[pulumi.Archive]
    """The code, without its dependencies."""
    handler: Input[str]
    """Module and function, e.g. `shop.checkout.handler`."""
    layers: NotRequired[Input[Sequence[Input[str]]]]
    """Layer versions with the dependencies (default none, at most 5)."""
    environment: NotRequired[Input[Mapping[str, Input[str]]]]
    """Environment variables (default none, 4 KB in all); no secrets, only their ARNs."""
    permissions: NotRequired[Sequence[Input[IamStatement]]]
    """Statements of the function's own role, from `grant_*` methods (default only its logs and traces)."""
    timeout: NotRequired[int]
    """Seconds until an invocation is ended (default 10, 1 to 900)."""
    memory_mb: NotRequired[Input[int]]
    """Memory in MB; CPU grows with it (default 512, 128 to 10,240)."""
    reserved_concurrency: NotRequired[int | None]
    """Executions kept for this function and its upper bound (default none)."""
    provisioned_concurrency: NotRequired[int]
    """Executions of the `live` alias kept warm (default 0); costs while idle."""
    log_retention_days: NotRequired[Input[int]]
    """Days that logs are kept (default 30)."""
    permissions_boundary_arn: NotRequired[Input[str] | None]
    """Boundary of the role (default none)."""
    alarm_topic_arn: NotRequired[Input[str]]
    """The topic that is notified of errors and throttles (default none: no alarms are made)."""
    tags: NotRequired[Input[Mapping[str, Input[str]]]]
    """Tags of every taggable child (default none)."""


class LambdaService(pulumi.ComponentResource):
    """A Lambda function on arm64 with its own role, log group, `live` alias, traces and alarms.

    Callers and event sources use the alias, so that a rollback moves it instead of deploying anew.

    Cost: nothing while idle; 0.20 USD a million requests and 0.0000133334 USD a GB-second
    (https://aws.amazon.com/lambda/pricing/), alarms 0.10 USD a month each.

    Example:
        ```python
        LambdaService(
            "hello",
            {
                "code": pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, _): return event")}),
                "handler": "app.handler",
            },
        )
        ```
    """

    function_arn: Output[str]
    """The function without a version."""
    function_name: Output[str]
    """Its name."""
    alias_arn: Output[str]
    """The `live` alias: what to invoke."""
    alias_name: Output[str]
    """The alias's name, `live`."""
    invoke_arn: Output[str]
    """The alias as API Gateway names it."""
    role_arn: Output[str]
    """The function's own role."""
    role_name: Output[str]
    """Its name; event sources add what they need to it."""
    log_group_name: Output[str]
    """Where it logs."""
    log_group_arn: Output[str]
    """The same as an ARN."""

    def __init__(self, name: str, args: LambdaServiceArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("scaleshop:index:LambdaService", name, {}, opts)
        child = ResourceOptions(parent=self)
        tags = args.get("tags")
        self._timeout = require_int(f"LambdaService '{name}': timeout", args.get("timeout"), TIMEOUT_SECONDS)
        self._reserved = _reserved_concurrency(name, args)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs", retention_in_days=to_int(args.get("log_retention_days", 30)), tags=tags, opts=child
        )
        role = aws.iam.Role(
            f"{name}-role",
            assume_role_policy=trust_policy("lambda.amazonaws.com"),
            permissions_boundary=args.get("permissions_boundary_arn"),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            role=role.name,
            policy=identity_policy([*_own_permissions(logs.arn), *args.get("permissions", [])]),
            opts=child,
        )
        function = aws.lambda_.Function(
            f"{name}-function",
            code=args["code"],
            handler=args["handler"],
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            role=role.arn,
            layers=args.get("layers"),
            timeout=self._timeout,
            memory_size=to_int(args.get("memory_mb", 512)),
            reserved_concurrent_executions=self._reserved,
            environment={"variables": args.get("environment") or {}},
            logging_config={"log_format": "JSON", "log_group": logs.name},
            tracing_config={"mode": "Active"},
            publish=True,
            tags=tags,
            # A function that runs before its role may write logs loses the first ones.
            opts=ResourceOptions(parent=self, depends_on=[policy]),
        )
        alias = aws.lambda_.Alias(
            f"{name}-live",
            name=ALIAS,
            function_name=function.name,
            function_version=function.version,
            opts=child,
        )
        warm = int(args.get("provisioned_concurrency", 0))
        if warm:
            aws.lambda_.ProvisionedConcurrencyConfig(
                f"{name}-warm",
                function_name=function.name,
                qualifier=alias.name,
                provisioned_concurrent_executions=warm,
                opts=child,
            )
        for metric, meaning in (
            ("Errors", "raised or timed out"),
            ("Throttles", "was refused for lack of concurrency"),
        ):
            create_alarm(
                f"{name}-{metric.lower()}",
                description=f"{name} {meaning}.",
                namespace="AWS/Lambda",
                metric=metric,
                dimensions={"FunctionName": function.name},
                threshold=1,
                topic_arn=args.get("alarm_topic_arn"),
                tags=tags,
                opts=child,
            )
        self.function_arn = function.arn
        self.function_name = function.name
        self.alias_arn = alias.arn
        self.alias_name = alias.name
        self.invoke_arn = alias.invoke_arn
        self.role_arn = role.arn
        self.role_name = role.name
        self.log_group_name = logs.name
        self.log_group_arn = logs.arn
        self.register_outputs(
            {
                "functionArn": self.function_arn,
                "functionName": self.function_name,
                "aliasArn": self.alias_arn,
                "aliasName": self.alias_name,
                "invokeArn": self.invoke_arn,
                "roleArn": self.role_arn,
                "roleName": self.role_name,
                "logGroupName": self.log_group_name,
                "logGroupArn": self.log_group_arn,
            }
        )

    @property
    def reference(self) -> LambdaServiceReference:
        """What other components take as `function`."""
        return {
            "alias_arn": self.alias_arn,
            "alias_name": self.alias_name,
            "function_name": self.function_name,
            "role_name": self.role_name,
            "timeout": self._timeout,
            "invoke_arn": self.invoke_arn,
            "reserved_concurrency": self._reserved,
        }

    def grant_invoke(self) -> IamStatement:
        """The statement that lets a role invoke the alias."""
        return allow(["lambda:InvokeFunction"], [self.alias_arn])


def _reserved_concurrency(name: str, args: LambdaServiceArgs) -> int | None:
    reserved = args.get("reserved_concurrency")
    return None if reserved is None else require_int(f"LambdaService '{name}': reserved_concurrency", reserved)


def _own_permissions(log_group_arn: Input[str]) -> list[IamStatement]:
    return [
        allow(["logs:CreateLogStream", "logs:PutLogEvents"], [Output.concat(log_group_arn, ":*")]),
        # X-Ray has no resource-level permissions:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]),
    ]
