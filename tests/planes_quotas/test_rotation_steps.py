"""The steps of a rotation, and when it is due."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from sandbox.planes.aws.rotation.schedule import DAY, HOUR, next_date, refusal
from sandbox.planes.aws.rotation.steps import RETRY_SECONDS, STEPS, TEST, Attempt, pending, run

ATTEMPT = Attempt("arn:secret", "v2")


def ran(attempt: Attempt = ATTEMPT, *, fails: str = "", current: bool = True) -> tuple[list[str], str | None]:
    """The steps that were called, and why the rotation failed."""
    called: list[str] = []

    async def invoke(event: Mapping[str, Any]) -> str | None:
        assert (event["SecretId"], event["ClientRequestToken"]) == ("arn:secret", "v2")
        called.append(event["Step"])
        return "boom" if event["Step"] == fails else None

    return called, asyncio.run(run(attempt, invoke, lambda: current))


def test_the_four_steps_are_called_in_order() -> None:
    assert ran() == (["createSecret", "setSecret", "testSecret", "finishSecret"], None)


@pytest.mark.parametrize("step", STEPS)
def test_the_first_step_that_fails_is_the_last(step: str) -> None:
    called, failure = ran(fails=step)
    assert called == list(STEPS[: STEPS.index(step) + 1])
    assert failure == f"{step}: boom"


def test_a_function_that_moves_nothing_has_not_rotated() -> None:
    _, failure = ran(current=False)
    assert "did not move AWSCURRENT" in (failure or "")


def test_a_rotation_set_up_for_later_calls_one_step() -> None:
    assert ran(Attempt("arn:secret", "v2", TEST), current=False) == (["testSecret"], None)


def test_a_failed_rotation_is_tried_again_later_and_not_for_ever() -> None:
    attempt, dues = Attempt("arn:secret", "v2"), []
    while (again := attempt.again(now=100)) is not None:
        attempt = again
        dues.append(attempt.due - 100)
    assert dues == list(RETRY_SECONDS)


@pytest.mark.parametrize(
    ("versions", "found"),
    [
        ({"v1": {"Stages": ["AWSCURRENT"]}}, None),
        ({"v1": {"Stages": ["AWSCURRENT"]}, "v2": {"Stages": ["AWSPENDING"]}}, "v2"),
        ({"v1": {"Stages": ["AWSPREVIOUS"]}, "v2": {"Stages": ["AWSCURRENT", "AWSPENDING"]}}, None),
    ],
)
def test_a_rotation_is_unfinished_while_its_version_is_pending_and_not_current(
    versions: dict[str, Any], found: str | None
) -> None:
    assert pending(versions) == found


def no_cron(expression: str, after: float) -> float | None:
    return after + 60 if expression == "cron(0 8 * * ? *)" else None


@pytest.mark.parametrize(
    ("rules", "seconds"),
    [
        ({"AutomaticallyAfterDays": 30}, 30 * DAY),
        ({"ScheduleExpression": "rate(4 hours)"}, 4 * HOUR),
        ({"ScheduleExpression": "rate(1 day)"}, DAY),
        ({"ScheduleExpression": "cron(0 8 * * ? *)"}, 60),
        ({}, None),
        (None, None),
    ],
)
def test_the_next_date_follows_the_rules(rules: dict[str, Any] | None, seconds: float | None) -> None:
    date = next_date(rules, 1_000.0, no_cron)
    assert date == (None if seconds is None else 1_000.0 + seconds)
    assert refusal(rules, no_cron) is None


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"AutomaticallyAfterDays": 0}, "from 1 to 1000"),
        ({"AutomaticallyAfterDays": "1"}, "from 1 to 1000"),
        ({"AutomaticallyAfterDays": 3, "ScheduleExpression": "rate(3 days)"}, "both"),
        ({"ScheduleExpression": "rate(3 hours)"}, "below 4 hours"),
        ({"ScheduleExpression": "rate(5 minutes)"}, "no rate(...) or cron(...)"),
        ({"ScheduleExpression": "cron(nonsense)"}, "no rate(...) or cron(...)"),
    ],
)
def test_rules_that_are_not_valid_are_refused(rules: dict[str, Any], said: str) -> None:
    assert said in (refusal(rules, no_cron) or "")
