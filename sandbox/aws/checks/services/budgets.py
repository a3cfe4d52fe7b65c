"""Budgets."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import arn_of, exclusive, shaped
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

BUDGET = "aws:budgets/budget:Budget"
API = "https://docs.aws.amazon.com/aws-cost-management/latest/APIReference"
NAME = re.compile(r"[^:\\]{1,100}")
MAIL = re.compile(r"[^@\s]+@[^@\s]+")
TOPICS, MAILS = "subscriberSnsTopicArns", "subscriberEmailAddresses"


@rule(BUDGET, source=f"{API}/API_budgets_Budget.html")
def budget_limit(view: View, world: World) -> Iterator[CheckFailure]:
    """The name's characters, and one kind of limit."""
    del world
    yield from shaped(view, "name", NAME, "up to 100 characters without : and \\")
    yield from exclusive(view, "limitAmount", "autoAdjustData")
    yield from exclusive(view, "limitAmount", "plannedLimits")
    if all(view.absent(path) for path in ("limitAmount", "autoAdjustData", "plannedLimits")):
        yield view.fail("limitAmount", "is missing; a budget has a limit")
    if view.given("limitAmount") and view.absent("limitUnit"):
        yield view.fail("limitUnit", "is missing; limitAmount is set, use e.g. USD")


@rule(BUDGET, source=f"{API}/API_budgets_NotificationWithSubscribers.html")
def budget_subscribers(view: View, world: World) -> Iterator[CheckFailure]:
    """A notification goes to one topic and ten addresses at most, and to one at least."""
    del world
    for block in view.blocks("notifications"):
        if block.absent(TOPICS) and block.absent(MAILS):
            yield block.fail(TOPICS, f"is missing; give it or {MAILS}")
        for path, most in ((TOPICS, 1), (MAILS, 10)):
            if block.count(path) > most:
                yield block.fail(path, f"has {block.count(path)} elements; use {most} or less")
        for path, text in block.texts(MAILS):
            if not MAIL.fullmatch(text):
                yield block.fail(path, f"is {shown(text)}; use an e-mail address")
        for path, text in block.texts(TOPICS):
            for failure in arn_of(View({"arn": text}), "arn", "sns"):
                yield block.fail(path, failure.reason)
