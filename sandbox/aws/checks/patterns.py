"""Event patterns, as EventBridge matches events with them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
"""

from collections.abc import Iterator
from typing import Any

from sandbox.aws.checks.values import listed
from sandbox.aws.checks.view import shown

MATCHERS = ("prefix", "suffix", "anything-but", "numeric", "exists", "cidr", "equals-ignore-case", "wildcard")
OR = "$or"


def problems(pattern: dict[str, Any], path: str = "") -> Iterator[str]:
    """What EventBridge refuses about a pattern, each with the field's name."""
    for key, value in pattern.items():
        here = f"{path}.{key}" if path else key
        if key == OR and isinstance(value, list):
            for part in value:
                if isinstance(part, dict):
                    yield from problems(part, path)
                else:
                    yield f"has {shown(part)} in {here}; use objects"
        elif isinstance(value, dict):
            if value:
                yield from problems(value, here)
            else:
                yield f"has an empty object at {here}; name fields of it"
        elif isinstance(value, list):
            yield from _values(value, here)
        else:
            yield f"has {shown(value)} at {here}; use a list of values, [{shown(value)}]"


def _values(values: list[Any], path: str) -> Iterator[str]:
    if not values:
        yield f"has an empty list at {path}; give at least one value"
    for value in values:
        if isinstance(value, list):
            yield f"has a list in the list at {path}; use values or matchers"
        if not isinstance(value, dict):
            continue
        if len(value) != 1 or next(iter(value)) not in MATCHERS:
            yield f"has {shown(value)} at {path}; a matcher has one of {listed(MATCHERS)}"
