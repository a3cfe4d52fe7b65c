"""One experiment from its steady state to its verdict."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from trials import operators
from trials.chaos.experiments import Experiment
from trials.chaos.method import Done, Method, steady
from trials.chaos.port import Platform, PlatformError
from trials.operators import BusyError
from trials.report import document
from trials.trial import QUEUES, Load, Target, Tell, Trial
from trials.trial import run as tried

SWEEP_SECONDS = 4.0
"""A sweep is asked for so often while the shop settles: nobody waits for the sweeper's own clock."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of an experiment."""

    experiment: Experiment
    verdict: Literal["pass", "fail", "refused"]
    why: Sequence[str]
    """What was not as it should be, or why it was refused."""
    trial: Trial | None = None
    done: Sequence[Done] = ()

    def document(self, where: str) -> Mapping[str, Any]:
        """Everything as JSON."""
        steps = [
            {"step": str(done.step), "touched": done.effect.count if done.effect else 0, "error": done.error}
            for done in self.done
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


def run(
    target: Target,
    platform: Platform,
    experiment: Experiment,
    load: Load,
    directory: Path,
    tell: Tell,
    *,
    settle_seconds: float,
) -> Outcome:
    """Break things while customers buy, put everything right, let the shop settle, and judge.

    Args:
        target: The shop.
        platform: What it runs on.
        experiment: What is done to it.
        load: How much customers buy; the profile is the experiment's.
        directory: Where the ledger goes.
        tell: Told what happens, a line at a time.
        settle_seconds: How long everything may take to hold.

    Raises:
        PlatformError: the platform or the shop is not in its steady state; nothing was done.
        RollbackError: something is still broken; there is no verdict.
        LedgerError: the ledger can't be written or read.
    """
    lacking = _lacking(platform, experiment)
    if lacking:
        return Outcome(experiment, "refused", lacking)
    steady(platform)
    _nothing_dead(target)
    method = Method(platform, experiment, load.seconds, tell)
    trial = tried(
        target,
        replace(load, profile=experiment.profile),
        directory,
        tell,
        settle_seconds=settle_seconds,
        during=method.around,
        between=_swept(platform),
    )
    why = [*_wrong(trial), *_idle(method.done), *_missed(experiment, trial)]
    for unit, messages in method.poisoned():
        platform.discard(unit, messages)
    return Outcome(experiment, "fail" if why else "pass", why, trial, method.done)


def _lacking(platform: Platform, experiment: Experiment) -> Sequence[str]:
    actions = dict.fromkeys(step.do for step in (*experiment.method, *experiment.rollback))
    return [reason for action in actions if (reason := platform.lacks(action))]


def _nothing_dead(target: Target) -> None:
    for queue, letters in operators.dead_letters(target.operate, QUEUES).items():
        if letters:
            msg = (
                f"{len(letters)} dead letters of {queue} are there already; "
                f"`scaleshop redrive {queue} --dry-run` shows them, without --dry-run it sends them back"
            )
            raise PlatformError(msg)


def _swept(platform: Platform) -> Callable[[], None]:
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


def _wrong(trial: Trial) -> Sequence[str]:
    report = trial.report
    said = [
        f"{judgement.id} {judgement.title}: {offence.subject}: {offence.text}"
        for judgement in report.judgements
        for offence in judgement.first[:1]
    ]
    blind = [f"{j.id} {j.title}: nothing to check" for j in report.judgements if j.outcome == "fail" and not j.first]
    return [*said, *blind, *([] if report.passed else report.notes)]


def _idle(done: Sequence[Done]) -> Sequence[str]:
    said: list[str] = []
    for one in done:
        if not one.enough:
            touched = one.effect.count if one.effect else 0
            said.append(one.error or f"{one.step}: touched {touched}, not {one.step.least}: it proves nothing")
    return said


def _missed(experiment: Experiment, trial: Trial) -> Sequence[str]:
    said: list[str] = []
    keys = trial.world.told.keys.values()
    accepted = sum(bool(facts.orders) for facts in keys)
    if keys and accepted / len(keys) < experiment.accepted_share:
        said.append(f"{accepted} of {len(keys)} orders were accepted; at least {experiment.accepted_share:.0%} must be")
    if experiment.reasons:
        reasons = Counter(order.reason for _, order in trial.world.ours())
        for reason, least in experiment.reasons.items():
            if reasons[reason] < least:
                said.append(f"{reasons[reason]} orders were cancelled as {reason}; at least {least} must be")
    return said
