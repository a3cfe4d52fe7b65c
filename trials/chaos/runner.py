"""One experiment from its steady state to its verdict."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from trials import operators
from trials.chaos.experiments import Experiment
from trials.chaos.method import Method, StepResult, check_steady
from trials.chaos.platform import Platform, PlatformError
from trials.operators import BusyError
from trials.report import document
from trials.trial import Load, Notify, ShopTarget, Trial, run_trial

SWEEP_SECONDS = 4.0
"""A sweep is asked for so often while the shop settles: nobody waits for the sweeper's own clock."""


@dataclass(frozen=True, slots=True)
class ExperimentOutcome:
    """What came of an experiment."""

    experiment: Experiment
    verdict: Literal["pass", "fail", "refused"]
    why: Sequence[str]
    """What was not as it should be, or why it was refused."""
    trial: Trial | None = None
    results: Sequence[StepResult] = ()
    """Of its steps."""

    def document(self, where: str) -> Mapping[str, Any]:
        """Everything as JSON."""
        steps = [
            {"step": str(one.step), "touched": one.effect.count if one.effect else 0, "error": one.error}
            for one in self.results
        ]
        return {
            "name": self.experiment.name,
            "title": self.experiment.title,
            "covers": list(self.experiment.covers),
            "verdict": self.verdict,
            "why": list(self.why),
            "steps": steps,
            "trial": document(self.trial, where) if self.trial else None,
        }


def run_experiment(
    target: ShopTarget,
    platform: Platform,
    experiment: Experiment,
    load: Load,
    directory: Path,
    notify: Notify,
    *,
    settle_seconds: float,
) -> ExperimentOutcome:
    """Break things while customers buy, put everything right, let the shop settle, and judge.

    Args:
        target: The shop.
        platform: What it runs on.
        experiment: What is done to it.
        load: How much customers buy; the profile is the experiment's.
        directory: Where the ledger goes.
        notify: Takes a line of progress at each step.
        settle_seconds: How long everything may take to hold.

    Raises:
        PlatformError: the platform or the shop is not in its steady state; nothing was done.
        RollbackError: something is still broken; there is no verdict.
        LedgerError: the ledger can't be written or read.
    """
    lacking = _find_lacking(platform, experiment)
    if lacking:
        return ExperimentOutcome(experiment, "refused", lacking)
    check_steady(platform)
    _check_no_dead_letters(target)
    method = Method(platform, experiment, load.seconds, notify)
    trial = run_trial(
        target,
        replace(load, profile=experiment.profile),
        directory,
        notify,
        settle_seconds=settle_seconds,
        disturb=method.disturb,
        between=_sweep_now_and_then(platform),
    )
    why = [*_describe_wrong(trial), *_describe_idle(method.results), *_describe_missed(experiment, trial)]
    for unit, messages in method.poison():
        platform.discard(unit, messages)
    return ExperimentOutcome(experiment, "fail" if why else "pass", why, trial, method.results)


def _find_lacking(platform: Platform, experiment: Experiment) -> Sequence[str]:
    actions = dict.fromkeys(step.do for step in (*experiment.method, *experiment.rollback))
    return [reason for action in actions if (reason := platform.explain_missing(action))]


def _check_no_dead_letters(target: ShopTarget) -> None:
    for queue, letters in operators.read_dead_letters(target.operate).items():
        if letters:
            msg = (
                f"{len(letters)} dead letters of {queue} are there already; "
                f"`scaleshop redrive {queue} --dry-run` shows them, without --dry-run it sends them back"
            )
            raise PlatformError(msg)


def _sweep_now_and_then(platform: Platform) -> Callable[[], None]:
    last = time.monotonic()

    def between() -> None:
        nonlocal last
        if time.monotonic() - last < SWEEP_SECONDS:
            return
        last = time.monotonic()
        try:
            platform.sweep()
        except BusyError:
            return

    return between


def _describe_wrong(trial: Trial) -> Sequence[str]:
    report = trial.report
    wrong = [f"{v.id} {v.title}: {offence.subject}: {offence.text}" for v in report.verdicts for offence in v.first[:1]]
    blind = [f"{v.id} {v.title}: nothing to check" for v in report.failed if not v.first]
    return [*wrong, *blind, *([] if report.passed else report.notes)]


def _describe_idle(results: Sequence[StepResult]) -> Sequence[str]:
    found: list[str] = []
    for one in results:
        if not one.is_enough:
            touched = one.effect.count if one.effect else 0
            found.append(one.error or f"{one.step}: touched {touched}, not {one.step.least}: it proves nothing")
    return found


def _describe_missed(experiment: Experiment, trial: Trial) -> Sequence[str]:
    found: list[str] = []
    keys = trial.evidence.ledger.keys.values()
    accepted = sum(bool(facts.orders) for facts in keys)
    if keys and accepted / len(keys) < experiment.accepted_share:
        found.append(
            f"{accepted} of {len(keys)} orders were accepted; at least {experiment.accepted_share:.0%} must be"
        )
    if experiment.reasons:
        reasons = Counter(order.reason for _, order in trial.evidence.own_orders())
        for reason, least in experiment.reasons.items():
            if reasons[reason] < least:
                found.append(f"{reasons[reason]} orders were cancelled as {reason}; at least {least} must be")
    return found
