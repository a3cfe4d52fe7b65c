"""Budgets."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_arn, check_exclusive, check_pattern

BUDGET = "aws:budgets/budget:Budget"
API = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference"
NAME = re.compile(r"[^:\\]{1,100}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
TOPICS, MAILS = "subscriberSnsTopicArns", "subscriberEmailAddresses"


@rule(BUDGET, source=f"{API}/API_budgets_Budget.html")
def budget_limit(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name's characters, and one kind of limit."""
    del resources
    yield from check_pattern(view, "name", NAME, "up to 100 characters without : and \\")
    yield from check_exclusive(view, "limitAmount", "autoAdjustData")
    yield from check_exclusive(view, "limitAmount", "plannedLimits")
    if all(view.is_absent(path) for path in ("limitAmount", "autoAdjustData", "plannedLimits")):
        yield view.fail("limitAmount", "is missing; a budget has a limit")
    if view.is_given("limitAmount") and view.is_absent("limitUnit"):
        yield view.fail("limitUnit", "is missing; limitAmount is set, use e.g. USD")


@rule(BUDGET, source=f"{API}/API_budgets_NotificationWithSubscribers.html")
def budget_subscribers(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A notification goes to one topic and ten addresses at most, and to one at least."""
    del resources
    for block in view.blocks("notifications"):
        if block.is_absent(TOPICS) and block.is_absent(MAILS):
            yield block.fail(TOPICS, f"is missing; give it or {MAILS}")
        for path, most in ((TOPICS, 1), (MAILS, 10)):
            if block.count(path) > most:
                yield block.fail(path, f"has {block.count(path)} elements; use {most} or less")
        for path, text in block.texts(MAILS):
            if not MAIL.fullmatch(text):
                yield block.fail(path, f"is {quote(text)}; use an e-mail address")
        for path, text in block.texts(TOPICS):
            for failure in check_arn(InputView({"arn": text}), "arn", "sns"):
                yield block.fail(path, failure.reason)
