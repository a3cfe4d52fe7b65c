"""What every rule must show: stacks that pass, fail, do not concern it, or cannot be judged."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from policies.core.configuration import Configuration
from policies.core.evaluate import Result, evaluate
from policies.core.exemptions import Exemptions
from policies.core.graph import Graph
from policies.core.registry import all_rules
from policies.core.rule import Rule
from tests.policies.building import Stack

TODAY = date(2026, 1, 15)


@dataclass(frozen=True)
class Fails:
    """A stack with exactly one finding."""

    build: Callable[[], Stack]
    at: str
    """The name of the resource that it is found at."""
    says: str
    """A part of the message, with the numbers."""
    actual: float | None = None
    required: float | None = None
    severity: str | None = None
    """Where the finding is worse than the rule says (default the rule's)."""
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Passes:
    """A stack in which the rule looks at something and finds nothing."""

    build: Callable[[], Stack]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cases:
    """The fixtures of one rule."""

    rule: str
    passing: Sequence[Passes]
    failing: Sequence[Fails]
    not_applicable: Sequence[Callable[[], Stack]]
    """Stacks with resources of the rule's types that do not concern it; may be empty where all concern it."""
    not_evaluated: Sequence[tuple[Callable[[], Stack], str]]
    """Stacks with something unknown (`UNKNOWN`) or unreadable that matters, and a part of what is said about it."""


def rule(rule_id: str) -> Rule:
    return next(one for one in all_rules() if one.id == rule_id)


def judged(
    rule_id: str, graph: Graph, settings: Mapping[str, Any] | None = None, exemptions: Exemptions | None = None
) -> Sequence[Result]:
    """What one rule says of a graph."""
    given = Configuration({rule_id: {"enforcementLevel": "mandatory", **(settings or {})}})
    return evaluate([rule(rule_id)], graph, given, exemptions or Exemptions(), today=TODAY)


def all_cases() -> Iterator[Cases]:
    """The fixtures of all rules: modules beside this one, by platform."""
    here = Path(__file__).parent
    for path in sorted(here.glob("*/*.py")):
        module = (
            importlib.import_module(f"tests.policies.{path.parent.name}.{path.stem}") if path.stem[0] != "_" else None
        )
        if hasattr(module, "CASES"):
            yield module.CASES
