"""AWS-RES-11: a table can be brought back to any second, and is not deleted by mistake."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Problem, Rule, Setting, View
from policies.platforms.aws.links import TABLE

RECOVERY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html"
DELETION = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"
    "#WorkingWithTables.Basics.DeletionProtection"
)
BLOCK, ENABLED, PROTECTED = "pointInTimeRecovery", "pointInTimeRecovery.enabled", "deletionProtectionEnabled"
SAFEGUARDS = ("recovery", "protection")


def check(table: Resource, view: View) -> Iterator[Problem]:
    """Look for point-in-time recovery, and for something that refuses to delete the table."""
    wanted = view.texts("safeguards")
    with view.part():
        if "recovery" in wanted and not table.flag(ENABLED):
            yield Problem(
                "point-in-time recovery is off: what a bad write or a bad deployment overwrites is gone",
                "set point_in_time_recovery to {'enabled': True}",
            )
    with view.part():
        if "protection" in wanted and not table.protect and not table.flag(PROTECTED):
            yield Problem(
                "nothing keeps it from being deleted, and its recovery points go with it",
                "set deletion_protection_enabled to True, or protect=True in its resource options",
            )


def remedy(table: Resource, view: View) -> Mapping[str, Any]:
    """Both safeguards, where the program says nothing of them; what it says is left alone."""
    wanted = view.texts("safeguards")
    healed: dict[str, Any] = {}
    if "recovery" in wanted and not table.given(BLOCK):
        healed[BLOCK] = {"enabled": True}
    if "protection" in wanted and not table.protect and not table.given(PROTECTED):
        healed[PROTECTED] = True
    return healed


RULE = Rule(
    id="aws-res-11",
    title="A table can be recovered and is protected from deletion",
    category="resilience",
    severity="high",
    types=(TABLE,),
    check=check,
    remedy=remedy,
    sources=(RECOVERY, DELETION),
    settings={
        "safeguards": Setting(
            list(SAFEGUARDS),
            {"type": "array", "items": {"enum": list(SAFEGUARDS)}},
            "What a table needs: point-in-time recovery, protection from deletion, or both",
        ),
    },
)
