"""Lambda: functions, layers, aliases, permissions, asynchronous invocation."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import FUNCTION, FUNCTION_ALIAS, TOPIC, qualifier
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.services.access import trusted_by
from sandbox.aws.checks.services.queues import queue_target
from sandbox.aws.checks.values import ARN, arn_of, bounded, shaped
from sandbox.aws.checks.view import View, shown, unknown
from sandbox.aws.checks.world import World

PERMISSION = "aws:lambda/permission:Permission"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
CREATE = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
ENVIRONMENT_BYTES, LAYERS = 4_096, 5
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
LAYER = re.compile(r"arn:[a-zA-Z0-9-]+:lambda:(?:[a-z0-9-]+:\d{12}:layer:[A-Za-z0-9_-]+:\d+|::awslayer:[A-Za-z0-9_-]+)")
LATEST = "$LATEST"
RESERVED_KEYS = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_RUNTIME_API", "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    }
)  # fmt: skip


def function_target(view: View, path: str, world: World) -> Iterator[CheckFailure]:
    """A function, or an alias of one, that another resource names."""
    name = view.text(path)
    if world.missing(FUNCTION, name):
        yield view.fail(path, f"is {shown(name)}, which does not exist; create the function first")


@rule(FUNCTION, source=QUOTAS)
def function_limits(view: View, world: World) -> Iterator[CheckFailure]:
    """Time, memory and disk; the model's own bounds are those of managed instances and accelerators."""
    del world
    if view.absent("capacityProviderConfig"):
        yield from bounded(view, "timeout", 1, 900, "seconds")
        yield from bounded(view, "memorySize", 128, 10_240, "MB")
        yield from bounded(view, "ephemeralStorage.size", 512, 10_240, "MB")


@rule(FUNCTION, source=CREATE)
def function_name(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters; the model allows an ARN too, which names a function and can't make one."""
    del world
    yield from shaped(view, "name", NAME, "up to 64 letters, digits, hyphens and underscores")


@rule(FUNCTION, source=QUOTAS)
def function_layers(view: View, world: World) -> Iterator[CheckFailure]:
    """How many layers a function has, and what one is."""
    del world
    for path, text in view.texts("layers"):
        if not LAYER.fullmatch(text):
            yield view.fail(path, f"is {shown(text)}; use arn:aws:lambda:<region>:<account>:layer:<name>:<version>")
    if view.count("layers") > LAYERS:
        yield view.fail("layers", f"has {view.count('layers')} elements; use {LAYERS} or less")


@rule(FUNCTION, source=VARIABLES)
def function_variables(view: View, world: World) -> Iterator[CheckFailure]:
    """Names that the runtime keeps for itself."""
    del world
    for key, _ in view.entries("environment.variables"):
        if key in RESERVED_KEYS:
            yield view.fail(f"environment.variables.{key}", "is a name that Lambda reserves; use another one")


@rule(FUNCTION, source=QUOTAS)
def function_environment_size(view: View, world: World) -> Iterator[CheckFailure]:
    """All variables together; AWS counts quotes and commas too, this only what is certain."""
    del world
    entries = [(key, value) for key, value in view.entries("environment.variables") if isinstance(value, str)]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in entries if not unknown(value))
    if size > ENVIRONMENT_BYTES:
        yield view.fail("environment.variables", f"has {size} bytes; use {ENVIRONMENT_BYTES} or less in all")


@rule(FUNCTION, source=CREATE)
def function_package(view: View, world: World) -> Iterator[CheckFailure]:
    """What an archive needs, and an image must not have."""
    del world
    if view.known("packageType") == "Image":
        for path in ("handler", "runtime", "layers"):
            if view.given(path):
                yield view.fail(path, "is set for a container image; drop it, the image says it")
        if view.absent("imageUri"):
            yield view.fail("imageUri", "is missing; packageType is Image")
        return
    if not (view.absent("packageType") or view.known("packageType") == "Zip"):
        return
    if view.given("imageUri"):
        yield view.fail("imageUri", "is set for an archive; set packageType to Image or drop it")
        return
    for path in ("handler", "runtime"):
        if view.absent(path):
            yield view.fail(path, "is missing; a function from an archive needs handler and runtime")
    if all(view.absent(path) for path in ("code", "s3Bucket")):
        yield view.fail("code", "is missing; give code, or s3Bucket and s3Key")
    elif view.given("s3Bucket") and view.absent("s3Key"):
        yield view.fail("s3Key", "is missing; s3Bucket is set")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html")
def function_log_levels(view: View, world: World) -> Iterator[CheckFailure]:
    """Log levels belong to the JSON format."""
    del world
    for path in ("loggingConfig.applicationLogLevel", "loggingConfig.systemLogLevel"):
        if view.given(path) and view.known("loggingConfig.logFormat") == "Text":
            yield view.fail(path, "is set for the log format Text; use JSON or drop it")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
def function_dead_letters(view: View, world: World) -> Iterator[CheckFailure]:
    """Where failed asynchronous invocations go."""
    path = "deadLetterConfig.targetArn"
    found = ARN.fullmatch(view.text(path) or "")
    if found and found["service"] == "sqs":
        yield from queue_target(view, path, view.text(path), world, fifo=False)
    elif found and found["service"] == "sns":
        if world.missing(TOPIC, view.text(path)):
            yield view.fail(path, f"names {shown(view.text(path))}, which does not exist; create the topic first")
    else:
        yield from arn_of(view, path, "sqs", "sns")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html")
def function_role(view: View, world: World) -> Iterator[CheckFailure]:
    """The execution role trusts Lambda."""
    yield from trusted_by(view, "role", "lambda.amazonaws.com", world)


@rule(
    FUNCTION_ALIAS,
    PROVISIONED,
    INVOKE_CONFIG,
    source="https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html",
)
def function_named(view: View, world: World) -> Iterator[CheckFailure]:
    """The function exists."""
    yield from function_target(view, "functionName", world)


@rule(FUNCTION_ALIAS, source="https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html")
def alias_weights(view: View, world: World) -> Iterator[CheckFailure]:
    """Traffic is split between published versions."""
    del world
    if view.known("functionVersion") == LATEST and view.count("routingConfig.additionalVersionWeights"):
        yield view.fail("functionVersion", f'is "{LATEST}" beside a routingConfig; publish, and name a version')


@rule(PERMISSION, source="https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html")
def permission_pairs(view: View, world: World) -> Iterator[CheckFailure]:
    """The function exists and is qualified once; the caller's resource is an ARN."""
    yield from arn_of(view, "sourceArn")
    yield from function_target(view, "function", world)
    named = view.text("function")
    inner = qualifier(named) if named and named.startswith("arn:") else None
    if inner and view.given("qualifier") and view.known("qualifier") != inner:
        yield view.fail("qualifier", f"is {shown(view.known('qualifier'))}, the function says {shown(inner)}; use one")
    if view.given("functionUrlAuthType") and view.known("action") == "lambda:InvokeFunction":
        yield view.fail("functionUrlAuthType", "is set for lambda:InvokeFunction; use lambda:InvokeFunctionUrl")


@rule(INVOKE_CONFIG, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
def invoke_destinations(view: View, world: World) -> Iterator[CheckFailure]:
    """Where the records of asynchronous invocations go."""
    for when, services in (
        ("onFailure", ("sqs", "sns", "lambda", "events", "s3")),
        ("onSuccess", ("sqs", "sns", "lambda", "events")),
    ):
        path = f"destinationConfig.{when}.destination"
        found = ARN.fullmatch(view.text(path) or "")
        if found and found["service"] == "sqs":
            yield from queue_target(view, path, view.text(path), world, fifo=False)
        elif found and found["service"] == "lambda":
            yield from function_target(view, path, world)
        else:
            yield from arn_of(view, path, *services)
