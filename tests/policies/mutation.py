"""Mutants of rules: each comparison, each number and each junction changed, one at a time."""

import ast
import copy
import inspect
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from policies.core.configuration import Configuration
from policies.core.evaluate import RuleResult, evaluate
from policies.core.exemptions import Exemptions
from policies.core.rule import Rule
from tests.policies.building import Stack
from tests.policies.cases import TODAY, Cases, remedy_values

COMPARISONS: Mapping[type[ast.cmpop], Sequence[type[ast.cmpop]]] = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
}
BOUNDS = {"minimum", "maximum"}


@dataclass(frozen=True)
class Mutant:
    """A changed module and what was changed in it."""

    tree: ast.Module
    says: str


def mutants(module: types.ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module."""
    tree = ast.parse(inspect.getsource(module))
    spared = set(_find_spared(tree))
    for position, node in enumerate(ast.walk(tree)):
        if node in spared:
            continue
        for change, says in _changes(node):
            changed = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(changed)) if i == position)
            change(target)
            line = getattr(node, "lineno", 0)
            yield Mutant(ast.fix_missing_locations(changed), f"{module.__name__}:{line}: {says}")


def execute(module: types.ModuleType, tree: ast.Module) -> types.ModuleType:
    """A module of its own made from a changed tree."""
    made = types.ModuleType(module.__name__)
    made.__file__ = module.__file__
    exec(compile(tree, module.__file__ or "", "exec"), made.__dict__)
    return made


def survives(rule: Rule, cases: Cases) -> bool:
    """Whether every fixture of a rule still holds."""
    return (
        all(_passes(_judge(rule, case.build, case.settings)) for case in cases.passing)
        and all(_is_found(_judge(rule, case.build, case.settings), case) for case in cases.failing)
        and all({r.status for r in _judge(rule, build, {})} <= {"not applicable"} for build in cases.not_applicable)
        and all(_is_missed(_judge(rule, build, {}), says) for build, says in cases.not_evaluated)
        and all(_heals(rule, build, healed) for build, healed in cases.healed)
    )


def first_preview(rule: Rule, cases: Cases) -> Sequence[Sequence[str]]:
    """What a rule says of its fixtures while nothing is known that the cloud decides."""
    return [
        [f"{result.status} {result.resource.name}" for result in _judge(rule, one.build, one.settings, hidden=True)]
        for one in (*cases.passing, *cases.failing)
    ]


def _find_spared(tree: ast.Module) -> Iterator[ast.AST]:
    """Numbers that are no thresholds: what a setting may be, and places in a list."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg in BOUNDS:
            yield from ast.walk(node)
        elif isinstance(node, ast.Subscript):
            yield from (n for n in ast.walk(node.slice) if isinstance(n, ast.Constant))


def _changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    if isinstance(node, ast.Compare):
        for i, op in enumerate(node.ops):
            for other in COMPARISONS[type(op)]:
                yield (lambda n, i=i, other=other: n.ops.__setitem__(i, other())), f"{_name(op)} -> {other.__name__}"
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield (lambda n: setattr(n, "op", other())), f"{_name(node.op)} -> {other.__name__}"
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        for step in (1, -1):
            yield (lambda n, step=step: setattr(n, "value", n.value + step)), f"{node.value} -> {node.value + step}"


def _name(op: ast.AST) -> str:
    return type(op).__name__


def _judge(rule: Rule, build: Any, settings: Mapping[str, Any], *, hidden: bool = False) -> Sequence[RuleResult]:
    stack: Stack = build()
    given = Configuration({rule.id: {"enforcementLevel": "mandatory", **settings}})
    return evaluate([rule], stack.graph(hidden=hidden), given, Exemptions(), today=TODAY)


def _passes(results: Sequence[RuleResult]) -> bool:
    return {r.status for r in results} - {"not applicable"} == {"pass"}


def _is_found(results: Sequence[RuleResult], case: Any) -> bool:
    found = [r for r in results if r.is_finding]
    if [(r.status, r.resource.name) for r in found] != [("fail", case.at)] or found[0].problem is None:
        return False
    problem = found[0].problem
    seen = (problem.actual, problem.required, problem.severity)
    return case.says in found[0].message and seen == (case.actual, case.required, case.severity)


def _heals(rule: Rule, build: Any, healed: Mapping[str, Any]) -> bool:
    try:
        return remedy_values(rule, build().graph()) == healed
    except Exception:  # noqa: BLE001 - a remedy that breaks heals nothing
        return False


def _is_missed(results: Sequence[RuleResult], says: str) -> bool:
    found = [r for r in results if r.is_finding]
    return {r.status for r in found} == {"not evaluated"} and any(says in r.message for r in found)
