"""AWS-RES-11: a table can be brought back to any second, and is not deleted by mistake."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, RuleSetting, Violation
from policies.platforms.aws.links import TABLE

RECOVERY = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html"
DELETION = (
    "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html"
    "#WorkingWithTables.Basics.DeletionProtection"
)
BLOCK, ENABLED, PROTECTED = "pointInTimeRecovery", "pointInTimeRecovery.enabled", "deletionProtectionEnabled"
SAFEGUARDS = ("recovery", "protection")


def check(table: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for point-in-time recovery, and for something that refuses to delete the table."""
    wanted = context.texts("safeguards")
    with context.part():
        if "recovery" in wanted and not table.flag(ENABLED):
            yield Violation(
                "point-in-time recovery is off: what a bad write or a bad deployment overwrites is gone",
                "set point_in_time_recovery to {'enabled': True}",
            )
    with context.part():
        if "protection" in wanted and not table.protect and not table.flag(PROTECTED):
            yield Violation(
                "nothing keeps it from being deleted, and its recovery points go with it",
                "set deletion_protection_enabled to True, or protect=True in its resource options",
            )


def remedy(table: Resource, context: RuleContext) -> Mapping[str, Any]:
    """Both safeguards, where the program says nothing of them; what it says is left alone."""
    wanted = context.texts("safeguards")
    healed: dict[str, Any] = {}
    if "recovery" in wanted and not table.has(BLOCK):
        healed[BLOCK] = {"enabled": True}
    if "protection" in wanted and not table.protect and not table.has(PROTECTED):
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
        "safeguards": RuleSetting(
            list(SAFEGUARDS),
            {"type": "array", "items": {"enum": list(SAFEGUARDS)}},
            "What a table needs: point-in-time recovery, protection from deletion, or both",
        ),
    },
)
