"""Checks of single values: ranges, choices, patterns, ARNs, JSON documents, properties that exclude each other."""

import json
import re
from collections.abc import Collection, Iterator
from typing import Any

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote

# API Gateway's ARNs of integrations have a service where others have the account.
ARN = re.compile(
    r"arn:aws[a-z-]*:(?P<service>[a-z0-9-]+):[a-z0-9-]*:(?:\d{12}|[a-z][a-z0-9-]*)?:(?P<rest>.+)", re.DOTALL
)
# How messages spell the ARNs that rules ask for most.
EXAMPLES = {
    "sqs": "arn:aws:sqs:<region>:<account>:<queue>",
    "sns": "arn:aws:sns:<region>:<account>:<topic>",
    "lambda": "arn:aws:lambda:<region>:<account>:function:<name>",
    "s3": "arn:aws:s3:::<bucket>",
    "iam": "arn:aws:iam::<account>:role/<name>",
    "acm": "arn:aws:acm:<region>:<account>:certificate/<id>",
    "events": "arn:aws:events:<region>:<account>:event-bus/<name>",
    "firehose": "arn:aws:firehose:<region>:<account>:deliverystream/<name>",
    "logs": "arn:aws:logs:<region>:<account>:log-group:<name>",
}


def check_range(view: InputView, path: str, low: float, high: float, unit: str = "") -> Iterator[CheckFailure]:
    """Refuse what is no whole number from `low` to `high`; `unit` is for the message."""
    value = view.value(path)
    if value is None or isinstance(value, bool | dict | list):
        return
    number = view.number(path)
    allowed = f"use {low} to {high}{f' {unit}' if unit else ''}"
    if number is None:
        yield view.fail(path, f"is {quote(value)}, not a number; {allowed}")
    elif not low <= number <= high:
        yield view.fail(path, f"is {number}; {allowed}")
    elif not isinstance(number, int):
        yield view.fail(path, f"is {number}; use a whole number")


def check_choice(view: InputView, path: str, allowed: Collection[Any]) -> Iterator[CheckFailure]:
    """Refuse what is none of the allowed values."""
    value = view.value(path)
    if value is None or value in allowed or view.number(path) in allowed:
        return
    yield view.fail(path, f"is {quote(value)}; use {join_choices(allowed)}")


def check_pattern(view: InputView, path: str, pattern: re.Pattern[str], use: str) -> Iterator[CheckFailure]:
    """Refuse a text that does not match a pattern; `use` says in words what to write."""
    text = view.text(path)
    if text is not None and not pattern.fullmatch(text):
        yield view.fail(path, f"is {quote(text)}; use {use}")


def check_arn(view: InputView, path: str, *services: str) -> Iterator[CheckFailure]:
    """Refuse what is no ARN of one of some services; of any service when none is named."""
    text = view.text(path)
    found = None if text is None else ARN.fullmatch(text)
    if text is None or (found and (not services or found["service"] in services)):
        return
    use = join_choices([EXAMPLES[service] for service in services]) if services else "arn:aws:<service>:..."
    yield view.fail(path, f"is {quote(text)}; use an ARN such as {use}")


def check_exclusive(view: InputView, *paths: str) -> Iterator[CheckFailure]:
    """Refuse the second of properties of which at most one may be set."""
    given = [path for path in paths if view.is_given(path)]
    if len(given) > 1:
        yield view.fail(given[1], f"is set beside {given[0]}; set one of them")


def read_document(view: InputView, path: str) -> tuple[Any, list[CheckFailure]]:
    """A JSON object in a property, or None and why it is none; None and no failure when it is not known."""
    value = view.value(path)
    if not isinstance(value, str):
        return (value if isinstance(value, dict) else None), []
    try:
        found = json.loads(value)
    except ValueError as error:
        return None, [view.fail(path, f"is not JSON ({error}); use a JSON object")]
    if isinstance(found, dict):
        return found, []
    return None, [view.fail(path, f"is {quote(found)}, not a JSON object; use one")]


def join_choices(values: Collection[Any]) -> str:
    """Values as messages list them: `a, b or c`."""
    texts = [str(value) for value in values]
    return f"{', '.join(texts[:-1])} or {texts[-1]}" if len(texts) > 1 else texts[0]
