"""Each guardrail with a proof: kept with what it asks for, broken without, on a sandbox of its own."""

from collections.abc import Iterator

import pytest

from policies.core.registry import all_rules
from scaleshop.proving import Ground, ground
from trials.proof import Proof, proofs

pytestmark = pytest.mark.plane


@pytest.fixture(scope="module")
def place() -> Iterator[Ground]:
    with ground(lambda _: None) as made:
        yield made


def test_at_least_eight_rules_are_proven_and_each_exists() -> None:
    rules = [proof.rule for proof in proofs("aws")]
    assert len(rules) >= 8
    assert set(rules) <= {rule.id for rule in all_rules()}


@pytest.mark.parametrize("proof", proofs("aws"), ids=lambda proof: proof.rule)
def test_a_promise_is_kept_with_what_a_rule_asks_for_and_broken_without(place: Ground, proof: Proof) -> None:
    verdict = place.verdict(proof)
    assert verdict.proven, (verdict.faults, verdict.guarded.seen, verdict.unguarded.seen)
    (finding,) = verdict.unguarded.findings
    assert finding.rule.id == proof.rule
