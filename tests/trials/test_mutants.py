"""The checker sees every fault that is put into a sound run, and each invariant is needed."""

import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from sound_runs import record_sound_run

from trials.checker import ANALYTICS, INVARIANTS, check
from trials.invariants.evidence import Invariant
from trials.mutants import MUTANTS, Mutant, MutantVerdict, RecordedRun, run_mutants
from trials.store_records import LAKE


@pytest.fixture(scope="module")
def sound() -> RecordedRun:
    return record_sound_run()


@pytest.fixture(scope="module")
def verdicts(sound: RecordedRun) -> Mapping[str, MutantVerdict]:
    """What all invariants together see, by the mutant's name."""
    return {verdict.mutant.name: verdict for verdict in run_mutants(sound)}


def test_a_sound_run_passes(sound: RecordedRun) -> None:
    report = check(sound.evidence())
    assert {v.id: (v.outcome, list(v.first)) for v in report.failed} == {}
    assert report.passed


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_every_mutant_is_caught_by_the_invariant_that_it_breaks(
    verdicts: Mapping[str, MutantVerdict], mutant: Mutant
) -> None:
    assert mutant.invariant in verdicts[mutant.name].caught_by


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.invariant == ANALYTICS], ids=lambda mutant: mutant.name)
def test_what_analytics_loses_or_adds_is_seen_by_no_other_invariant(
    verdicts: Mapping[str, MutantVerdict], mutant: Mutant
) -> None:
    assert verdicts[mutant.name].caught_by == (ANALYTICS,)


def test_without_a_lake_its_invariant_is_neither_passed_nor_failed(sound: RecordedRun) -> None:
    stores = RecordedRun(sound.lines, [r for r in sound.records if r[0] != LAKE], sound.consumers)
    report = check(stores.evidence())
    outcomes = {v.id: (v.outcome, v.lacking) for v in report.verdicts if v.outcome not in ("pass", "not checked")}
    assert outcomes == {ANALYTICS: ("not evaluated", "this deployment names no lake")}
    assert report.passed


def test_a_mutant_for_which_a_run_has_nothing_is_not_caught_but_untried(sound: RecordedRun) -> None:
    poor = RecordedRun(sound.lines, [r for r in sound.records if r[1]["kind"] != "outbox"], sound.consumers)
    untried = {v.mutant.name: (v.caught_by, v.untried) for v in run_mutants(poor) if v.untried}
    assert untried["never publishes an event"] == ((), "the run has no outbox")


@pytest.mark.parametrize("left_out", [i for i in INVARIANTS if not i.optional], ids=lambda invariant: invariant.id)
def test_without_an_invariant_a_named_mutant_survives(sound: RecordedRun, left_out: Invariant) -> None:
    others = [invariant for invariant in INVARIANTS if invariant is not left_out]
    survivors = [verdict.mutant.name for verdict in run_mutants(sound, others) if not verdict.caught_by]
    assert survivors, "another invariant sees everything that this one does"
