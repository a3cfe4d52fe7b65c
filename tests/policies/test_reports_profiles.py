"""The shipped profiles: what they make of each severity, and of what is unknown."""

import pytest

from policies.core.configuration import profile, profiles
from policies.core.registry import all_rules
from policies.core.rule import Severity

LEVELS: dict[str, dict[Severity, str]] = {
    "dev": {"critical": "mandatory", "high": "advisory", "medium": "advisory", "low": "advisory"},
    "prod": {"critical": "mandatory", "high": "mandatory", "medium": "advisory", "low": "advisory"},
    "strict": {"critical": "mandatory", "high": "mandatory", "medium": "mandatory", "low": "mandatory"},
}
UNKNOWN = {"dev": "warn", "prod": "warn", "strict": "fail"}


def test_every_profile_is_described_here() -> None:
    assert set(profiles()) == set(LEVELS)


@pytest.mark.parametrize("name", LEVELS)
def test_a_level_is_by_the_severity_of_the_rule(name: str) -> None:
    given = profile(name, all_rules())
    levels = {rule.id: given.for_rule(rule).level for rule in all_rules()}
    assert levels == {rule.id: LEVELS[name][rule.severity] for rule in all_rules()}


@pytest.mark.parametrize("name", LEVELS)
def test_what_is_unknown_fails_in_the_strict_profile_alone(name: str) -> None:
    given = profile(name, all_rules())
    assert {given.for_rule(rule).unknown for rule in all_rules()} == {UNKNOWN[name]}
