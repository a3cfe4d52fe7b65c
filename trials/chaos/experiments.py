"""The experiments, read from their data and checked before anything is broken."""

import inspect
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

from trials.chaos.platform import LASTING, MOMENTARY, Calls, FaultEffect, Platform, Service
from trials.load_plan import LoadPhase, LoadProfile

EXPERIMENTS = Path(__file__).with_name("experiments.json")
PAYMENTS: Mapping[str, float] = MappingProxyType({"ok": 0.9, "decline": 0.1})
WORDS = {"service": get_args(Service), "effect": get_args(FaultEffect), "calls": get_args(Calls)}
"""What arguments of actions may be, where they are one of a few words."""


class UnknownExperimentError(ValueError):
    """An experiment that there is not; the message lists those that there are."""


class ExperimentError(ValueError):
    """Data that makes no experiment; the message names experiment, step and field."""


@dataclass(frozen=True, slots=True)
class ExperimentStep:
    """One thing that is done to the platform."""

    do: str
    """An action of `Platform`."""
    arguments: Mapping[str, Any]
    begin: float = 1.0
    """When, as a share of the experiment's duration."""
    end: float | None = None
    """When a lasting action is taken back."""
    least: int = 1
    """It must have touched so many; what disturbed nothing proves nothing."""

    def __str__(self) -> str:
        shown = ", ".join(str(value) for value in self.arguments.values() if value not in ("", []))
        return f"{self.do} {shown}".strip()


@dataclass(frozen=True, slots=True)
class Experiment:
    """What is done while customers buy, and what must hold beyond the invariants."""

    name: str
    title: str
    covers: Sequence[str]
    """Failures of the regression list, F1 to F14."""
    method: Sequence[ExperimentStep]
    rollback: Sequence[ExperimentStep] = ()
    """Done once all is whole again; what the method has broken is taken back before, always."""
    accepted_share: float = 0.0
    """Of the orders, at least so many are accepted in the end."""
    reasons: Mapping[str, int] = field(default_factory=dict[str, int])
    """At least so many orders are cancelled for a reason."""
    payments: Mapping[str, float] = field(default_factory=lambda: PAYMENTS)
    """How many pay with what, as weights; by default with what needs no second try, so that no order waits for one."""

    @property
    def profile(self) -> LoadProfile:
        """The steady load; paced, so that what is broken for a moment is met by somebody."""
        return LoadProfile(self.name, self.title, 0.0, [LoadPhase(1.0, 1.0, 1.0)], self.payments, paced=True)


@cache
def experiments() -> Mapping[str, Experiment]:
    """All experiments by name.

    Raises:
        ExperimentError: the data is wrong.
    """
    found: Mapping[str, Any] = json.loads(EXPERIMENTS.read_text(encoding="utf-8"))
    return {name: parse_experiment(name, given) for name, given in found.items()}


def experiment(name: str) -> Experiment:
    """The experiment of a name.

    Raises:
        UnknownExperimentError: there is none of this name.
    """
    if name not in experiments():
        msg = f"there is no experiment '{name}'; there are: {', '.join(sorted(experiments()))}"
        raise UnknownExperimentError(msg)
    return experiments()[name]


def parse_experiment(name: str, given: Mapping[str, Any]) -> Experiment:
    """Make an experiment of its data.

    Raises:
        ExperimentError: a field is unknown, or a step can't be carried out.
    """
    steps = {
        part: [_parse_step(f"{name}.{part}", step) for step in given.get(part, ())] for part in ("method", "rollback")
    }
    if not steps["method"]:
        msg = f"{name}: its method has no step"
        raise ExperimentError(msg)
    if any(step.do in LASTING for step in steps["rollback"]):
        msg = f"{name}.rollback: breaks something that nothing would take back"
        raise ExperimentError(msg)
    try:
        return Experiment(name=name, **{**given, **steps})
    except TypeError as error:
        msg = f"{name}: {error}"
        raise ExperimentError(msg) from None


def _parse_step(where: str, given: Mapping[str, Any]) -> ExperimentStep:
    do = str(given.get("do"))
    begin, end, least = float(given.get("at", 1.0)), given.get("until"), int(given.get("least", 1))
    arguments = {name: value for name, value in given.items() if name not in ("do", "at", "until", "least")}
    if do not in (*LASTING, *MOMENTARY):
        msg = f"{where}: '{do}' is no action; there are: {', '.join((*LASTING, *MOMENTARY))}"
        raise ExperimentError(msg)
    try:
        inspect.signature(getattr(Platform, do)).bind(None, **arguments)
    except TypeError as error:
        msg = f"{where}: {do}: {error}"
        raise ExperimentError(msg) from None
    for name, words in WORDS.items():
        if name in arguments and arguments[name] not in words:
            msg = f"{where}: {do}: {name} is '{arguments[name]}'; there are: {', '.join(words)}"
            raise ExperimentError(msg)
    if (end is None) == (do in LASTING) or not 0 <= begin <= (1.0 if end is None else end) <= 1:
        msg = f"{where}: {do} from {begin} until {end}; shares from 0 to 1, 'until' for {', '.join(LASTING)} alone"
        raise ExperimentError(msg)
    return ExperimentStep(do, arguments, begin, end, least)
