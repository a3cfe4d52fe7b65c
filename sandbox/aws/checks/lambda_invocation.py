"""Lambda: who may invoke a function, what is kept warm for it, and asynchronous invocations."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import FUNCTION, FUNCTION_ALIAS, function_name_of, qualifier
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import ARN, check_arn
from sandbox.aws.checks.lambda_functions import GET, LATEST, check_function_target
from sandbox.aws.checks.sqs import check_queue_target

PERMISSION = "aws:lambda/permission:Permission"
PROVISIONED = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
INVOKE_CONFIG = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
WARM = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"


@rule(PROVISIONED, source=WARM)
def provisioned_version(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What is kept warm is a published version."""
    name = view.text("qualifier")
    alias = resources.find(FUNCTION_ALIAS, f"{function_name_of(view.text('functionName'))}:{name}")
    if name == LATEST:
        yield view.fail("qualifier", f'is "{LATEST}"; use a published version or an alias of one')
    elif alias and InputView(alias).value("functionVersion") == LATEST:
        yield view.fail("qualifier", f'is {quote(name)}, an alias of "{LATEST}"; point it to a published version')


@rule(PROVISIONED, source=WARM)
def provisioned_within_reserved(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """No more is kept warm than the function reserves."""
    path, function = "provisionedConcurrentExecutions", resources.find(FUNCTION, view.text("functionName"))
    wanted, reserved = view.number(path), InputView(function or {}).number("reservedConcurrentExecutions")
    if wanted is not None and reserved is not None and 0 <= reserved < wanted:
        yield view.fail(
            path, f"is {wanted}, more than the {reserved} that the function reserves; use {reserved} or less"
        )


@rule(PROVISIONED, INVOKE_CONFIG, source=GET)
def configured_function(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The function exists."""
    yield from check_function_target(view, "functionName", resources)


@rule(PERMISSION, source="https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html")
def permission_pairs(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The function exists and is qualified once; the caller's resource is an ARN."""
    yield from check_arn(view, "sourceArn")
    yield from check_function_target(view, "function", resources)
    named = view.text("function")
    inner = qualifier(named) if named and named.startswith("arn:") else None
    if inner and view.is_given("qualifier") and view.value("qualifier") != inner:
        yield view.fail("qualifier", f"is {quote(view.value('qualifier'))}, the function says {quote(inner)}; use one")
    if view.is_given("functionUrlAuthType") and view.value("action") == "lambda:InvokeFunction":
        yield view.fail("functionUrlAuthType", "is set for lambda:InvokeFunction; use lambda:InvokeFunctionUrl")


@rule(INVOKE_CONFIG, source="https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html")
def invoke_destinations(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Where the records of asynchronous invocations go."""
    for when, services in (
        ("onFailure", ("sqs", "sns", "lambda", "events", "s3")),
        ("onSuccess", ("sqs", "sns", "lambda", "events")),
    ):
        path = f"destinationConfig.{when}.destination"
        found = ARN.fullmatch(view.text(path) or "")
        if found and found["service"] == "sqs":
            yield from check_queue_target(view, path, view.text(path), resources, fifo=False)
        elif found and found["service"] == "lambda":
            yield from check_function_target(view, path, resources)
        else:
            yield from check_arn(view, path, *services)
