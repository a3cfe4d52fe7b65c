"""AWS-RES-07: an event that a function fails for good is kept somewhere."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.lambda_.async_invocations import TRIGGERS, keeps_failures, triggers
from policies.platforms.aws.links import ALIAS, FUNCTION, INVOKE_CONFIG

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html"
CONFIGURING = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html"
SERVICES = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-services.html"


def check(function: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a dead-letter queue or a destination, where something invokes the function and does not wait."""
    callers = triggers(function, context.graph)
    if not callers:
        raise NotApplicableError("nothing of this stack invokes it asynchronously")
    losing = [trigger for trigger in callers if not keeps_failures(function, trigger, context.graph)]
    if losing:
        first, *others = losing
        more = f" (and {len(others)} more)" if others else ""
        qualifier = f" with the qualifier of {first.alias!r}" if first.alias else ""
        yield Violation(
            f"{first.caller!r}{more} invokes it asynchronously, and an event that it fails for good has nowhere to go "
            "(0 of 1 places): Lambda discards it",
            f"set dead_letter_config, or destination_config.on_failure in a FunctionEventInvokeConfig{qualifier}",
            actual=0,
            required=1,
        )


RULE = Rule(
    id="aws-res-07",
    title="An asynchronous function keeps the events it fails",
    category="resilience",
    severity="high",
    types=(FUNCTION,),
    reads=(ALIAS, INVOKE_CONFIG, *TRIGGERS),
    check=check,
    sources=(GUIDE, SERVICES, CONFIGURING),
)
