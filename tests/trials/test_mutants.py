"""The checker sees every fault that is put into a sound run, and each invariant is needed."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from evidence import sound_run

from trials.checker import INVARIANTS, check
from trials.mutants import MUTANTS, Evidence, Mutant, run
from trials.trial import ANALYTICS


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return sound_run()


def test_a_sound_run_passes(evidence: Evidence) -> None:
    report = check(evidence.world())
    assert {j.id: (j.outcome, list(j.first)) for j in report.judgements if j.outcome == "fail"} == {}
    assert report.passed


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_is_caught_by_the_invariant_that_it_breaks(evidence: Evidence, mutant: Mutant) -> None:
    (caught,) = [caught for caught in run(evidence) if caught.mutant is mutant]
    assert mutant.invariant in caught.by


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.invariant == ANALYTICS], ids=lambda mutant: mutant.name)
def test_what_analytics_loses_or_adds_is_seen_by_no_other_invariant(evidence: Evidence, mutant: Mutant) -> None:
    (caught,) = [caught for caught in run(evidence) if caught.mutant is mutant]
    assert caught.by == (ANALYTICS,)


def test_without_a_lake_its_invariant_is_neither_passed_nor_failed(evidence: Evidence) -> None:
    stores = Evidence(evidence.lines, [r for r in evidence.records if r[0] != "lake"], evidence.consumers)
    report = check(stores.world())
    outcomes = {j.id: (j.outcome, j.lacking) for j in report.judgements if j.outcome not in ("pass", "not checked")}
    assert outcomes == {ANALYTICS: ("not evaluated", "this deployment names no lake")}
    assert report.passed


def test_a_mutant_for_which_a_run_has_nothing_is_not_caught_but_untried(evidence: Evidence) -> None:
    poor = Evidence(evidence.lines, [r for r in evidence.records if r[1]["kind"] != "outbox"], evidence.consumers)
    untried = {caught.mutant.name: (caught.by, caught.untried) for caught in run(poor) if caught.untried}
    assert untried["never publishes an event"] == ((), "the run has no outbox")


@pytest.mark.parametrize("left_out", [i for i in INVARIANTS if not i.optional], ids=lambda invariant: invariant.id)
def test_without_an_invariant_a_named_mutant_survives(evidence: Evidence, left_out: object) -> None:
    kept = [invariant for invariant in INVARIANTS if invariant is not left_out]
    survivors = [caught.mutant.name for caught in run(evidence, kept) if not caught.by]
    assert survivors, "another invariant sees everything that this one does"
