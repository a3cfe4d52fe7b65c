"""Every threshold and comparison of every rule matters: a changed one fails one of the rule's fixtures."""

import sys

import pytest

from policies.core.registry import all_rules
from tests.policies.cases import all_cases
from tests.policies.mutation import execute, mutants, survives

CASES = {cases.rule: cases for cases in all_cases()}
EQUIVALENT: dict[str, str] = {}
"""Mutants that mean the same, by what they say, with the reason."""


def module_of(rule: str) -> str:
    return next(r.check.__module__ for r in all_rules() if r.id == rule)


@pytest.mark.parametrize("rule", [rule.id for rule in all_rules()])
def test_each_mutant_of_a_rule_fails_one_of_its_fixtures(rule: str) -> None:
    module = sys.modules[module_of(rule)]
    survivors = [
        mutant.says
        for mutant in mutants(module)
        if mutant.says not in EQUIVALENT and survives(execute(module, mutant.tree).RULE, CASES[rule])
    ]
    assert not survivors, "\n".join(survivors)
