"""Schedule expressions: `rate(...)`, `cron(...)`, `at(...)`."""

import re
from datetime import datetime

RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
CRON = re.compile(r"cron\((.*)\)")
AT = re.compile(r"at\((.*)\)")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
# Name, least, most, names, and characters that stand for something else.
FIELDS: tuple[tuple[str, int, int, tuple[str, ...], str], ...] = (
    ("minutes", 0, 59, (), ""),
    ("hours", 0, 23, (), ""),
    ("day-of-month", 1, 31, (), "?LW"),
    ("month", 1, 12, MONTHS, ""),
    ("day-of-week", 1, 7, DAYS, "?L#"),
    ("year", 1970, 2199, (), ""),
)


def expression_problem(expression: str, *, once: bool, strict: bool) -> str | None:
    """What is wrong with an expression, for a message; None when nothing is.

    Args:
        expression: As it is written.
        once: Whether `at(...)` is one.
        strict: Whether the unit of a rate must agree with its number, as rules demand.
    """
    if found := RATE.fullmatch(expression):
        return _rate_problem(int(found[1]), found[2], strict=strict)
    if found := CRON.fullmatch(expression):
        return _cron_problem(found[1].split())
    if once and (found := AT.fullmatch(expression)):
        return _at_problem(found[1])
    more = " or at(yyyy-mm-ddThh:mm:ss)" if once else ""
    return f"use rate(5 minutes) or cron(0 12 * * ? *){more}"


def _rate_problem(number: int, unit: str, *, strict: bool) -> str | None:
    if number == 0:
        return "use a rate of 1 or more"
    single = unit.removesuffix("s")
    wanted = single if number == 1 else f"{single}s"
    return f"use rate({number} {wanted})" if strict and unit != wanted else None


def _cron_problem(fields: list[str]) -> str | None:
    if len(fields) != len(FIELDS):
        return f"has {len(fields)} fields; use six: minutes, hours, day-of-month, month, day-of-week, year"
    for text, (name, low, high, names, marks) in zip(fields, FIELDS, strict=True):
        if not all(_is_item(item, low, high, names, marks) for item in text.split(",")):
            return f"has the {name} {text!r}; use * or {low} to {high}"
    days = (fields[2], fields[4])
    if "?" not in days:
        return "names both day-of-month and day-of-week; use ? for one of them"
    return "uses ? for both day-of-month and day-of-week; use * for one of them" if days == ("?", "?") else None


def _is_item(text: str, low: int, high: int, names: tuple[str, ...], marks: str) -> bool:
    """One element of a field's list: a value, a range, a step, or one of the marks with a number."""
    if text == "*" or (text == "?" and "?" in marks):
        return True
    start, slash, step = text.partition("/")
    if slash:
        return step.isdigit() and int(step) > 0 and (start == "*" or _is_item(start, low, high, names, ""))
    first, dash, last = text.partition("-")
    if dash and not ("L" in marks and first == "L"):
        return _is_value(first, low, high, names) and _is_value(last, low, high, names)
    if set(text) & set(marks):
        return re.fullmatch(r"L(?:-\d+|W)?|\d{1,2}W|[A-Z0-9]{1,3}L|[A-Z0-9]{1,3}#[1-5]", text) is not None
    return _is_value(text, low, high, names)


def _is_value(text: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    return text.upper() in names or (text.isdigit() and low <= int(text) <= high)


def _at_problem(text: str) -> str | None:
    try:
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S")  # noqa: DTZ007 - the zone is a property of its own
    except ValueError:
        return "use at(yyyy-mm-ddThh:mm:ss)"
    return None
