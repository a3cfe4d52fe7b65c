"""Experiments: their data is checked, what they break is taken back, and nothing passes that proves nothing."""

import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_platform import MemoryPlatform, hasten, memory_platform

from trials.chaos.experiments import Experiment, ExperimentError, UnknownExperimentError, experiment, parse_experiment
from trials.chaos.method import RollbackError
from trials.chaos.platform import Effect, PlatformError, Undo
from trials.chaos.runner import ExperimentOutcome, run_experiment
from trials.trial import Load

FAULT = {"do": "inject_fault", "at": 0.1, "until": 0.5, "unit": "catalog", "service": "bus", "effect": "lost"}
PAUSE = {"do": "pause", "at": 0.1, "until": 0.6, "unit": "payment"}


@pytest.fixture
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


def carry_out(platform: MemoryPlatform, directory: Path, seconds: float = 0.5, **given: Any) -> ExperimentOutcome:
    chosen: Experiment = parse_experiment("trial", {"title": "a trial", "covers": [], **given})
    load = Load(chosen.profile, seconds, 20, 3)
    return run_experiment(platform.target(), platform, chosen, load, directory, lambda _: None, settle_seconds=10)


def test_what_is_broken_is_broken_only_while_customers_buy(platform: MemoryPlatform, tmp_path: Path) -> None:
    found = carry_out(platform, tmp_path, method=[PAUSE])
    assert (found.verdict, found.why) == ("pass", [])
    assert platform.disturbances() == []


def test_what_lasts_to_the_end_is_taken_back_by_the_rollback(platform: MemoryPlatform, tmp_path: Path) -> None:
    assert carry_out(platform, tmp_path, method=[{**PAUSE, "until": 1.0}]).verdict == "pass"
    assert platform.disturbances() == []


def test_a_rollback_that_fails_is_no_verdict_and_the_rest_is_taken_back(
    platform: MemoryPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stuck(**_: Any) -> Undo:
        def undo() -> Effect:
            msg = "the switch is stuck"
            raise PlatformError(msg)

        return undo

    monkeypatch.setattr(platform, "throttle", stuck)
    throttle = {"do": "throttle", "at": 0.2, "until": 0.8, "unit": "relay", "workers": 1}
    with pytest.raises(RollbackError, match="throttle relay, 1: the switch is stuck"):
        carry_out(platform, tmp_path, method=[{**PAUSE, "until": 1.0}, throttle])
    assert platform.disturbances() == []


def test_ctrl_c_takes_everything_back(platform: MemoryPlatform, tmp_path: Path) -> None:
    def interrupt() -> None:
        while not platform.paused:
            platform.stopping.wait(0.01)
        signal.raise_signal(signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        carry_out(platform, tmp_path, seconds=30, method=[{**PAUSE, "at": 0.005}])
    assert platform.disturbances() == []


def test_a_method_that_disturbs_nothing_proves_nothing(platform: MemoryPlatform, tmp_path: Path) -> None:
    found = carry_out(platform, tmp_path, method=[FAULT])
    assert found.verdict == "fail"
    assert found.why == ["inject_fault catalog, bus, lost: touched 0, not 1: it proves nothing"]


def test_a_step_that_can_not_be_carried_out_fails_and_customers_go_on(
    platform: MemoryPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(**_: Any) -> Undo:
        msg = "no rights"
        raise PlatformError(msg)

    monkeypatch.setattr(platform, "pause", broken)
    found = carry_out(platform, tmp_path, method=[PAUSE])
    assert (found.verdict, found.why) == ("fail", ["pause payment: no rights"])
    assert found.trial is not None
    assert found.trial.report.passed


def test_a_run_in_which_nothing_was_accepted_fails(platform: MemoryPlatform, tmp_path: Path) -> None:
    closed = {"do": "throttle", "at": 0.0, "until": 1.0, "unit": "checkout", "workers": 0}
    found = carry_out(platform, tmp_path, method=[closed])
    assert found.verdict == "fail"
    assert "No order was accepted: this run proves nothing." in found.why


@pytest.mark.parametrize(
    ("beyond", "why"),
    [({"reasons": {"EXPIRED": 1}}, "0 orders were cancelled as EXPIRED"), ({"accepted_share": 1.1}, "were accepted;")],
)
def test_expectations_beyond_the_invariants_are_checked(
    platform: MemoryPlatform, tmp_path: Path, beyond: Mapping[str, Any], why: str
) -> None:
    found = carry_out(platform, tmp_path, method=[PAUSE], **beyond)
    assert found.verdict == "fail"
    assert why in found.why[0]


def test_a_platform_that_is_disturbed_already_is_refused(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.pause("orders")
    with pytest.raises(PlatformError, match=r"something is broken already.*: orders"):
        carry_out(platform, tmp_path, method=[PAUSE])
    assert list(tmp_path.iterdir()) == [], "nothing was begun"


def test_dead_letters_from_before_are_refused_with_what_to_do(platform: MemoryPlatform, tmp_path: Path) -> None:
    platform.bus.dead["orders"].extend([platform.bus.published[0]] if platform.bus.published else [])
    platform.shorten_redelivery("orders", 1, 1)
    platform.poison("orders")
    while not platform.bus.dead["orders"]:
        platform.stopping.wait(0.01)
    with pytest.raises(PlatformError, match=r"1 dead letters of orders.*scaleshop redrive orders --dry-run"):
        carry_out(platform, tmp_path, method=[PAUSE])


def test_what_a_platform_lacks_is_refused_before_anything_is_done(
    platform: MemoryPlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platform, "explain_missing", lambda action: "no such switch" if action == "kill" else "")
    found = carry_out(platform, tmp_path, method=[PAUSE, {"do": "kill", "at": 0.5, "unit": "orders"}])
    assert (found.verdict, found.why, found.trial) == ("refused", ["no such switch"], None)
    assert list(tmp_path.iterdir()) == []


def test_poison_is_allowed_to_be_dead_and_discarded_after_the_verdict(platform: MemoryPlatform, tmp_path: Path) -> None:
    shorten = {"do": "shorten_redelivery", "at": 0.0, "until": 1.0, "unit": "orders", "seconds": 1, "deliveries": 1}
    found = carry_out(platform, tmp_path, method=[shorten, {"do": "poison", "at": 0.2, "unit": "orders"}])
    assert (found.verdict, found.why) == ("pass", [])
    assert found.trial is not None
    assert next(v.checked for v in found.trial.report.verdicts if v.id == "I9") > 0
    assert platform.bus.dead["orders"] == []


def test_an_unknown_experiment_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(
        UnknownExperimentError, match="no experiment 'earthquake'; there are: answers-lost, bus-refuses"
    ):
        experiment("earthquake")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"method": []}, "its method has no step"),
        ({"method": [{"do": "melt", "at": 0.1}]}, "'melt' is no action; there are: pause, throttle"),
        ({"method": [{"do": "kill", "at": 0.1}]}, "kill: missing a required argument: 'unit'"),
        ({"method": [{**PAUSE, "for": "ever"}]}, "pause: got an unexpected keyword argument 'for'"),
        ({"method": [{"do": "pause", "at": 0.1, "unit": "orders"}]}, "pause from 0.1 until None"),
        ({"method": [{**PAUSE, "until": 0.05}]}, "pause from 0.1 until 0.05"),
        ({"method": [{"do": "kill", "at": 1.5, "unit": "orders"}]}, "kill from 1.5"),
        ({"method": [{"do": "kill", "at": 0.5, "until": 0.6, "unit": "orders"}]}, "'until' for pause"),
        ({"method": [{**FAULT, "service": "lake"}]}, "service is 'lake'; there are: store, bus, queue"),
        ({"method": [{**FAULT, "effect": "slow"}]}, "effect is 'slow'; there are: unavailable, throttled, lost"),
        ({"method": [{**FAULT, "calls": "reads"}]}, "calls is 'reads'; there are: all, writes"),
        ({"method": [PAUSE], "rollback": [PAUSE]}, "breaks something that nothing would take back"),
        ({"method": [PAUSE], "titel": "x"}, "unexpected keyword argument 'titel'"),
    ],
)
def test_data_that_makes_no_experiment_is_refused(given: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        parse_experiment("trial", {"title": "a trial", "covers": [], **given})
