"""What PutTargets and DeleteRule refuse (ValidationException)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aws_emulator.bus.targets import BY_ROLE


def validate_targets(targets: Iterable[Mapping[str, Any]]) -> str:
    """Why targets are refused that have no role but need one; empty if none is.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
    """
    for target in targets:
        arn = str(target.get("Arn") or "")
        parts = arn.split(":", 3)
        if len(parts) == 4 and parts[2] in BY_ROLE and not target.get("RoleArn"):
            return f"RoleArn is required for target {arn}."
    return ""


def validate_rule_deletion(targets: Sequence[object]) -> str:
    """Why a rule with these targets is not deleted; empty if it is.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_DeleteRule.html
    """
    return "Rule can't be deleted since it has targets." if targets else ""
