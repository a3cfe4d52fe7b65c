"""Lambda: functions, what they reserve of the account, layers, aliases."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, contains_unknown, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import check_trust
from sandbox.aws.checks.core.resource_names import FUNCTION, FUNCTION_ALIAS, TOPIC
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN, check_arn, check_pattern, check_range
from sandbox.aws.checks.sqs import check_queue_target

QUOTAS = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
CREATE = "https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"
GET = "https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"
VARIABLES = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
# Executions that functions without a reservation keep.
FLOOR = 100
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


def check_function_target(view: InputView, path: str, resources: KnownResources) -> Iterator[CheckFailure]:
    """A function, or an alias of one, that another resource names."""
    name = view.text(path)
    if resources.is_missing(FUNCTION, name):
        yield view.fail(path, f"is {quote(name)}, which does not exist; create the function first")


@rule(FUNCTION, source=CONCURRENCY)
def reserved_concurrency(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What all functions reserve leaves the account its floor."""
    path = "reservedConcurrentExecutions"
    wanted = view.number(path)
    if wanted is None:
        return
    if wanted < -1 or not isinstance(wanted, int):
        yield view.fail(path, f"is {wanted}; use 0 or more, or -1 for no reservation")
        return
    others = [InputView(other).number(path) or 0 for other in resources.list_others(FUNCTION, view.name)]
    taken = sum(number for number in others if number > 0)
    free = max(resources.account_concurrency - FLOOR - taken, 0)
    if wanted > free:
        beside = f" and other functions reserve {taken}" if taken else ""
        reason = (
            f"is {wanted}; the account runs {resources.account_concurrency} at once{beside}, and {FLOOR} stay "
            f"unreserved: use {free} or less, or ask AWS for a higher quota"
        )
        yield view.fail(path, reason)


@rule(FUNCTION, source=QUOTAS)
def function_limits(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Time, memory and disk; the model's own bounds are those of managed instances and accelerators."""
    del resources
    if view.is_absent("capacityProviderConfig"):
        yield from check_range(view, "timeout", 1, 900, "seconds")
        yield from check_range(view, "memorySize", 128, 10_240, "MB")
        yield from check_range(view, "ephemeralStorage.size", 512, 10_240, "MB")


@rule(FUNCTION, source=CREATE)
def function_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters; the model allows an ARN too, which names a function and can't make one."""
    del resources
    yield from check_pattern(view, "name", NAME, "up to 64 letters, digits, hyphens and underscores")


@rule(FUNCTION, source=QUOTAS)
def function_layers(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How many layers a function has, and what one is."""
    del resources
    for path, text in view.texts("layers"):
        if not LAYER.fullmatch(text):
            yield view.fail(path, f"is {quote(text)}; use arn:aws:lambda:<region>:<account>:layer:<name>:<version>")
    if view.count("layers") > LAYERS:
        yield view.fail("layers", f"has {view.count('layers')} elements; use {LAYERS} or less")


@rule(FUNCTION, source=VARIABLES)
def function_variables(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Names that the runtime keeps for itself."""
    del resources
    for key, _ in view.entries("environment.variables"):
        if key in RESERVED_KEYS:
            yield view.fail(f"environment.variables.{key}", "is a name that Lambda reserves; use another one")


@rule(FUNCTION, source=QUOTAS)
def function_environment_size(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """All variables together; AWS counts quotes and commas too, this only what is certain."""
    del resources
    entries = [(key, value) for key, value in view.entries("environment.variables") if isinstance(value, str)]
    size = sum(len(key.encode()) + len(value.encode()) for key, value in entries if not contains_unknown(value))
    if size > ENVIRONMENT_BYTES:
        yield view.fail("environment.variables", f"has {size} bytes; use {ENVIRONMENT_BYTES} or less in all")


@rule(FUNCTION, source=CREATE)
def function_package(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What an archive needs, and an image must not have."""
    del resources
    if view.value("packageType") == "Image":
        for path in ("handler", "runtime", "layers"):
            if view.is_given(path):
                yield view.fail(path, "is set for a container image; drop it, the image says it")
        if view.is_absent("imageUri"):
            yield view.fail("imageUri", "is missing; packageType is Image")
        return
    if not (view.is_absent("packageType") or view.value("packageType") == "Zip"):
        return
    if view.is_given("imageUri"):
        yield view.fail("imageUri", "is set for an archive; set packageType to Image or drop it")
        return
    for path in ("handler", "runtime"):
        if view.is_absent(path):
            yield view.fail(path, "is missing; a function from an archive needs handler and runtime")
    if all(view.is_absent(path) for path in ("code", "s3Bucket")):
        yield view.fail("code", "is missing; give code, or s3Bucket and s3Key")
    elif view.is_given("s3Bucket") and view.is_absent("s3Key"):
        yield view.fail("s3Key", "is missing; s3Bucket is set")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html")
def function_log_levels(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Log levels belong to the JSON format."""
    del resources
    for path in ("loggingConfig.applicationLogLevel", "loggingConfig.systemLogLevel"):
        if view.is_given(path) and view.value("loggingConfig.logFormat") == "Text":
            yield view.fail(path, "is set for the log format Text; use JSON or drop it")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
def function_dead_letters(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where failed asynchronous invocations go."""
    path = "deadLetterConfig.targetArn"
    found = ARN.fullmatch(view.text(path) or "")
    if found and found["service"] == "sqs":
        yield from check_queue_target(view, path, view.text(path), resources, fifo=False)
    elif found and found["service"] == "sns":
        if resources.is_missing(TOPIC, view.text(path)):
            yield view.fail(path, f"names {quote(view.text(path))}, which does not exist; create the topic first")
    else:
        yield from check_arn(view, path, "sqs", "sns")


@rule(FUNCTION, source="https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html")
def function_role(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The execution role trusts Lambda."""
    yield from check_trust(view, "role", "lambda.amazonaws.com", resources)


@rule(FUNCTION_ALIAS, source=GET)
def alias_function(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The function exists."""
    yield from check_function_target(view, "functionName", resources)


@rule(FUNCTION_ALIAS, source="https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html")
def alias_weights(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Traffic is split between published versions."""
    del resources
    if view.value("functionVersion") == LATEST and view.count("routingConfig.additionalVersionWeights"):
        yield view.fail("functionVersion", f'is "{LATEST}" beside a routingConfig; publish, and name a version')
