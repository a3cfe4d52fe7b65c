"""AWS-SCA-06: a function is not at work any more when its API has given up waiting."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.apigateway.apis import function_behind, invokes_asynchronously, wait_seconds
from policies.platforms.aws.links import ALIAS, API, FUNCTION, INTEGRATION, REST_INTEGRATION
from policies.platforms.aws.sqs.queues import FUNCTION_TIMEOUT_SECONDS

HTTP = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"
REST = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"


def check(integration: Resource, context: RuleContext) -> Iterator[Violation]:
    """Compare the function's timeout with the integration's."""
    function = function_behind(integration, context.graph)
    if function is None:
        raise NotApplicableError("no function of this stack is behind it")
    if invokes_asynchronously(integration):
        raise NotApplicableError("the caller is answered before the function has run")
    timeout = function.number("timeout", FUNCTION_TIMEOUT_SECONDS)
    wait = wait_seconds(integration, context.graph)
    if timeout > wait:
        yield Violation(
            f"'{function.name}' may run for {timeout:g} s and the API waits for {wait:g} s; the caller is answered "
            "with a failure and tries again while the first try is still at work",
            f"set the function's timeout to {wait:g} s or less",
            actual=timeout,
            required=wait,
        )


RULE = Rule(
    id="aws-sca-06",
    title="A function does not outlive its API's patience",
    category="scaling",
    severity="medium",
    types=(INTEGRATION, REST_INTEGRATION),
    reads=(FUNCTION, ALIAS, API),
    check=check,
    sources=(HTTP, REST),
)
