"""What rules share matters as much as the rules: a changed reader or predicate changes what is said of some fixture."""

import inspect
import re
import sys
import types
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from policies.core.registry import all_rules
from policies.core.rule import Rule
from policies.predicates.aws import queues
from tests.policies.cases import all_cases
from tests.policies.mutation import Mutant, execute, first_preview, mutants, survives

IMPORTS = re.compile(r"^from (\S+) import", re.MULTILINE)
OURS = ("policies.platforms.", "policies.predicates")


def _imported(module: types.ModuleType) -> set[str]:
    """The shared modules that a rule imports, directly or through another."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        names = {name for name in IMPORTS.findall(inspect.getsource(waiting.pop())) if name.startswith(OURS)}
        waiting += [sys.modules[name] for name in names - found]
        found |= names
    return found


CASES = {cases.rule: cases for cases in all_cases()}
RULES = {rule.id: sys.modules[rule.check.__module__] for rule in all_rules()}
CODES = {rule: compile(inspect.getsource(m), m.__file__ or "", "exec") for rule, m in RULES.items()}
USED = {rule: _imported(module) for rule, module in RULES.items()}
SHARED = sorted({name for used in USED.values() for name in used})
EQUIVALENT: dict[str, str] = {}
"""Mutants that mean the same, by what they say without the line, with the reason."""
BEFORE = {rule.id: first_preview(rule, CASES[rule.id]) for rule in all_rules()}
PREDICATES: list[tuple[Callable[[], Any], Any]] = [
    (lambda: queues.visibility_needed(visibility=360, consumer_timeout=60), None),
    (lambda: queues.visibility_needed(visibility=359, consumer_timeout=60), 360),
    (lambda: queues.consumer_concurrency_needed(maximum=2), None),
    (lambda: queues.consumer_concurrency_needed(maximum=1), 2),
    (lambda: queues.consumer_concurrency_needed(maximum=1_001), 1_000),
    (lambda: queues.consumer_concurrency_needed(maximum=20, reserved=10), 10),
    (lambda: queues.consumer_concurrency_needed(maximum=20, reserved=1), 2),
]
"""Of predicates that components call too, with what no rule asks."""


@pytest.mark.parametrize("name", SHARED)
def test_each_mutant_of_what_rules_share_fails_a_fixture(name: str) -> None:
    module = sys.modules[name]
    users = [rule for rule, used in USED.items() if name in used]
    survivors = [mutant.says for mutant in mutants(module) if not _is_killed(module, mutant, users)]
    assert [says for says in survivors if re.sub(r":\d+", "", says) not in EQUIVALENT] == []


def _is_killed(module: types.ModuleType, mutant: Mutant, users: Sequence[str]) -> bool:
    try:
        changed = execute(module, mutant.tree)
    except Exception:  # noqa: BLE001 - a module that cannot be loaded is a mutant that is seen
        return True
    with _apply_mutant(module, changed):
        return not _predicates_hold() or any(_judges_otherwise(rule) for rule in users)


def _judges_otherwise(rule: str) -> bool:
    made = _remake(rule)
    return not survives(made, CASES[rule]) or first_preview(made, CASES[rule]) != BEFORE[rule]


def _predicates_hold() -> bool:
    try:
        return all(call() == value for call, value in PREDICATES)
    except TypeError:
        return False


def _remake(rule: str) -> Rule:
    """A rule made anew, with the defaults that its imports have now."""
    module = types.ModuleType(RULES[rule].__name__)
    module.__file__ = RULES[rule].__file__
    exec(CODES[rule], module.__dict__)
    return module.RULE


@contextmanager
def _apply_mutant(module: types.ModuleType, changed: types.ModuleType) -> Iterator[None]:
    undo: list[Any] = []
    functions = dict(_functions(module, module.__name__))
    for name, function in _functions(changed, changed.__name__):
        for part in ("__code__", "__defaults__", "__kwdefaults__"):
            undo.append((functions[name], part, getattr(functions[name], part)))
            setattr(functions[name], part, getattr(function, part))
    for name, value in vars(changed).items():
        before = getattr(module, name, None)
        if isinstance(value, int | float | tuple) and value != before:
            for other in list(sys.modules.values()):
                if getattr(other, "__name__", "").startswith("policies.") and getattr(other, name, None) is before:
                    undo.append((other, name, before))
                    setattr(other, name, value)
    try:
        yield
    finally:
        for owner, name, value in reversed(undo):
            setattr(owner, name, value)


def _functions(owner: Any, module: str, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in vars(owner).items():
        function = value.fget if isinstance(value, property) else value
        if (
            isinstance(function, types.FunctionType)
            and function.__module__ == module
            and function.__code__.co_filename.endswith(".py")
        ):
            yield f"{prefix}{name}", function
        elif isinstance(value, type) and value.__module__ == module and not prefix:
            yield from _functions(value, module, f"{name}.")
