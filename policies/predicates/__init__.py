"""Pure predicates on plain numbers, shared by component constructors and policy rules; each cloud's in a folder.

Each returns None when the numbers fit, else the number that would.
"""

from collections.abc import Collection, Sequence


def nearest_within(value: float, *, low: float, high: float) -> float | None:
    """The bound nearest to a value outside a range (inclusive), or None when it lies within."""
    nearest = max(min(value, high), low)
    return None if nearest == value else nearest


def alarm_actions_needed(*, actions: int, enabled: bool = True) -> int | None:
    """How many actions an alarm needs so that somebody hears it, or None when it has them and they are switched on."""
    return None if enabled and actions >= 1 else 1


def missing_tags(*, present: Collection[str], required: Sequence[str]) -> Sequence[str] | None:
    """The tags or labels that a resource lacks, in the order of `required`, or None when it has all."""
    return [tag for tag in required if tag not in present] or None
