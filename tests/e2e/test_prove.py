"""Each guardrail with a proof: kept with what it asks for, broken without, on a sandbox of its own."""

from collections.abc import Iterator

import pytest

from policies.core.registry import all_rules
from scaleshop.architectures import registry
from scaleshop.proving import Bench, open_bench
from trials.proof import Proof, proofs

pytestmark = pytest.mark.plane


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with open_bench(registry.load("aws"), lambda _: None) as opened:
        yield opened


def test_at_least_eight_rules_are_proven_and_each_exists() -> None:
    rules = [proof.rule for proof in proofs("aws")]
    assert len(rules) >= 8
    assert set(rules) <= {rule.id for rule in all_rules()}


@pytest.mark.parametrize("proof", proofs("aws"), ids=lambda proof: proof.rule)
def test_a_promise_is_kept_with_what_a_rule_asks_for_and_broken_without(bench: Bench, proof: Proof) -> None:
    verdict = bench.run(proof)
    assert verdict.proven, (verdict.faults, verdict.guarded.seen, verdict.unguarded.seen)
    (finding,) = verdict.unguarded.findings
    assert finding.rule.id == proof.rule
