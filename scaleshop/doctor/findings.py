"""What a check found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class CheckOutcome(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    """It works, with a restriction."""
    FAIL = "fail"
    """It will not work until the fix is done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `scaleshop doctor`."""

    check: str
    outcome: CheckOutcome
    detail: str
    fix: str = ""
    """What to do; empty when there is nothing to do."""


def ok(check: str, detail: str) -> Finding:
    """Nothing to do."""
    return Finding(check, CheckOutcome.OK, detail)


def warn(check: str, detail: str, fix: str = "") -> Finding:
    """Something to know."""
    return Finding(check, CheckOutcome.WARN, detail, fix)


def fail(check: str, detail: str, fix: str) -> Finding:
    """Something to mend."""
    return Finding(check, CheckOutcome.FAIL, detail, fix)
