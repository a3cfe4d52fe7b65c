"""When a secret is to be rotated.

https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

DAY, HOUR = 86_400.0, 3_600.0
MOST_DAYS = 1_000
LEAST_HOURS = 4
RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")

Cron = Callable[[str, float], float | None]
"""The first time of a cron expression after another one, in seconds since 1970; None for one that is not valid."""


def next_date(rules: Mapping[str, Any] | None, last: float, cron: Cron) -> float | None:
    """When a rotation is next due, at the start of its window; None without a schedule.

    Args:
        rules: `AutomaticallyAfterDays`, or `ScheduleExpression` as `rate(...)` or `cron(...)`.
        last: When it was rotated last, in seconds since 1970.
        cron: Reads cron expressions.
    """
    if not rules:
        return None
    if rules.get("AutomaticallyAfterDays"):
        return last + int(rules["AutomaticallyAfterDays"]) * DAY
    expression = str(rules.get("ScheduleExpression") or "")
    rate = RATE.fullmatch(expression)
    if rate:
        return last + int(rate[1]) * (HOUR if rate[2].startswith("hour") else DAY)
    return cron(expression, last) if expression else None


def refusal(rules: Mapping[str, Any] | None, cron: Cron) -> str | None:
    """Why rules are not valid; None if they are."""
    if not rules:
        return None
    days, expression = rules.get("AutomaticallyAfterDays"), rules.get("ScheduleExpression")
    if days is not None and expression is not None:
        return "You can't specify both AutomaticallyAfterDays and ScheduleExpression in RotationRules."
    if days is not None:
        inside = isinstance(days, int) and 1 <= days <= MOST_DAYS
        return None if inside else f"AutomaticallyAfterDays is {days!r}; it must be from 1 to {MOST_DAYS}."
    if expression is None:
        return None
    rate = RATE.fullmatch(str(expression))
    if rate:
        hours = int(rate[1]) * (1 if rate[2].startswith("hour") else 24)
        return None if hours >= LEAST_HOURS else f"ScheduleExpression '{expression}' is below {LEAST_HOURS} hours."
    valid = str(expression).startswith("cron(") and cron(str(expression), 0.0) is not None
    return None if valid else f"ScheduleExpression '{expression}' is no rate(...) or cron(...) of Secrets Manager."
