"""What a rule is, and the list of all of them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.protocol import CheckFailure
from sandbox.aws.checks.view import View
from sandbox.aws.checks.world import World

Check = Callable[[View, World], Iterator[CheckFailure]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that AWS refuses and that no service model says."""

    name: str
    source: str
    """Where AWS documents it."""
    check: Check


RULES: dict[str, list[Rule]] = {}
"""The rules by type token."""


def rule(*tokens: str, source: str) -> Callable[[Check], Check]:
    """Register a function as a rule of some resource types."""

    def register(check: Check) -> Check:
        for token in tokens:
            RULES.setdefault(token, []).append(Rule(check.__name__, source, check))
        return check

    return register
