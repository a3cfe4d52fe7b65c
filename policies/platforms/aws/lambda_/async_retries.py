"""AWS-RES-08: how old an asynchronous event may get, and how often it is tried, are decided, not inherited."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, number
from policies.platforms.aws.links import INVOKE_CONFIG
from policies.predicates import nearest_within

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html"
API = "https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html"
AGE, RETRIES = "maximumEventAgeInSeconds", "maximumRetryAttempts"
# What Lambda takes; where nothing is said, it takes the most of both (API, above).
YOUNGEST_SECONDS, OLDEST_SECONDS = 60, 21_600
FEWEST_RETRIES, MOST_RETRIES = 0, 2


def check(config: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for both bounds of asynchronous invocations, within what Lambda takes."""
    with context.part():
        yield from _age(config, context.number("maximumAge"))
    with context.part():
        yield from _retries(config)


def remedy(config: Resource, context: RuleContext) -> Mapping[str, Any]:
    """Say what was not said; numbers that somebody wrote stay theirs."""
    missing = {AGE: context.number("maximumAge"), RETRIES: MOST_RETRIES}
    return {name: value for name, value in missing.items() if not config.has(name)}


def _age(config: Resource, oldest: float) -> Iterator[Violation]:
    if not config.has(AGE):
        yield Violation(
            f"{AGE} is not set: Lambda goes on trying an event for {OLDEST_SECONDS:g} s, and {oldest:g} s are the most",
            f"set maximum_event_age_in_seconds to {oldest:g} or less",
            actual=OLDEST_SECONDS,
            required=oldest,
        )
        return
    age = config.number(AGE)
    nearest = nearest_within(age, low=YOUNGEST_SECONDS, high=oldest)
    if nearest is not None:
        yield Violation(
            f"{AGE} ({age:g} s) must be {YOUNGEST_SECONDS:g} to {oldest:g} s",
            f"set maximum_event_age_in_seconds to {nearest:g}",
            actual=age,
            required=nearest,
        )


def _retries(config: Resource) -> Iterator[Violation]:
    if not config.has(RETRIES):
        yield Violation(
            f"{RETRIES} is not set: Lambda runs a failing event {MOST_RETRIES + 1:g} times, side effects included",
            f"set maximum_retry_attempts, {FEWEST_RETRIES:g} to {MOST_RETRIES:g}",
        )
        return
    retries = config.number(RETRIES)
    nearest = nearest_within(retries, low=FEWEST_RETRIES, high=MOST_RETRIES)
    if nearest is not None:
        yield Violation(
            f"{RETRIES} ({retries:g}) must be {FEWEST_RETRIES:g} to {MOST_RETRIES:g}",
            f"set maximum_retry_attempts to {nearest:g}",
            actual=retries,
            required=nearest,
        )


RULE = Rule(
    id="aws-res-08",
    title="Age and retries of asynchronous events are bounded",
    category="resilience",
    severity="low",
    types=(INVOKE_CONFIG,),
    check=check,
    remedy=remedy,
    sources=(GUIDE, API),
    settings={
        "maximumAge": number(
            3_600,
            "Age (s) at which an event is too old to be worth a try",
            minimum=YOUNGEST_SECONDS,
            maximum=OLDEST_SECONDS,
        )
    },
)
