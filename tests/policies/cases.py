"""What every rule must show: stacks that pass, fail, do not concern it, or cannot be judged."""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from policies.core.configuration import Configuration
from policies.core.evaluate import RuleResult, evaluate, remedy
from policies.core.exemptions import Exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_rules
from policies.core.rule import Rule
from tests.policies.building import Stack

TODAY = date(2026, 1, 15)


@dataclass(frozen=True)
class FailingCase:
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
class PassingCase:
    """A stack in which the rule looks at something and finds nothing."""

    build: Callable[[], Stack]
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cases:
    """The fixtures of one rule."""

    rule: str
    passing: Sequence[PassingCase]
    failing: Sequence[FailingCase]
    not_applicable: Sequence[Callable[[], Stack]]
    """Stacks with resources of the rule's types that do not concern it; may be empty where all concern it."""
    not_evaluated: Sequence[tuple[Callable[[], Stack], str]]
    """Stacks with something unknown (`UNKNOWN`) or unreadable that matters, and a part of what is said about it."""
    healed: Sequence[tuple[Callable[[], Stack], Mapping[str, Any]]] = ()
    """Stacks and what the rule's remedy sets at the first resource of the rule's types: nothing where it must not."""


def rule(rule_id: str) -> Rule:
    return next(one for one in all_rules() if one.id == rule_id)


def judge_rule(
    rule_id: str, graph: ResourceGraph, settings: Mapping[str, Any] | None = None, exemptions: Exemptions | None = None
) -> Sequence[RuleResult]:
    """What one rule says of a graph."""
    given = Configuration({rule_id: {"enforcementLevel": "mandatory", **(settings or {})}})
    return evaluate([rule(rule_id)], graph, given, exemptions or Exemptions(), today=TODAY)


def remedy_values(rule: Rule, graph: ResourceGraph) -> Mapping[str, Any]:
    """What a rule's remedy sets at the first resource of its types."""
    return remedy(rule, graph.of_type(*rule.types)[0], graph, Configuration().for_rule(rule).settings)


def all_cases() -> Iterator[Cases]:
    """The fixtures of all rules: modules in folders as the rules are."""
    here = Path(__file__).parent
    for path in sorted(here.glob("platforms/*/*/*.py")):
        module = importlib.import_module(".".join((__package__, *path.relative_to(here).with_suffix("").parts)))
        yield module.CASES
