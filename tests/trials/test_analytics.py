"""What analytics counts is compared with what the stores confirmed, and waited for no longer than it may take."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from memory_platform import MemoryPlatform, hasten, memory_platform

from trials.checker import ANALYTICS, InvariantVerdict, TrialReport
from trials.html_report import html_page
from trials.lake import Lake
from trials.load_plan import profile
from trials.report import document, junit
from trials.surge import SurgeResult, WorkerCounts
from trials.trial import Load, ShopTarget, Trial, check_until_settled, read_all_records, run_trial


@pytest.fixture(scope="module")
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


class Clock:
    """What stands for the module `time` in a trial: nobody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def look(platform: MemoryPlatform, ledger: Path, lake: Lake, clock: Clock) -> TrialReport:
    """The report on a shop that has settled, which has one second, and its lake."""
    clock.now = 0.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("trials.trial.time", clock)
        patch.setattr("trials.trial.BETWEEN_SECONDS", 1.0)
        target = replace(platform.target(), lake=lake)
        return check_until_settled(target, ledger, lambda _: None, seconds=1)[1]


def sell(platform: MemoryPlatform, directory: Path, lake: Lake | None, settle: float = 10) -> Trial:
    load = Load(replace(profile("steady"), payments={"ok": 1}), 0.5, 40, 5)
    target = replace(platform.target(), lake=lake)
    return run_trial(target, load, directory, lambda _: None, settle_seconds=settle)


def analytics(report: TrialReport) -> InvariantVerdict:
    return next(verdict for verdict in report.verdicts if verdict.id == ANALYTICS)


def failures(report: TrialReport) -> set[str]:
    return {verdict.id for verdict in report.failed}


def test_analytics_counts_what_was_confirmed(platform: MemoryPlatform, tmp_path: Path) -> None:
    trial = sell(platform, tmp_path, platform.target().lake)
    assert (analytics(trial.report).id, analytics(trial.report).outcome) == ("I5a", "pass")
    assert analytics(trial.report).checked == trial.report.accepted > 0
    assert trial.report.passed


def test_an_event_that_came_twice_is_counted_once(platform: MemoryPlatform, tmp_path: Path) -> None:
    twice = Lake(lambda since: [*platform.confirmed(since), *platform.confirmed(since)], 1)
    assert analytics(sell(platform, tmp_path, twice).report).outcome == "pass"


def test_a_lake_that_lost_an_order_fails_and_nothing_else_does(
    platform: MemoryPlatform, tmp_path: Path, clock: Clock
) -> None:
    ledger = sell(platform, tmp_path, None).ledger
    report = look(platform, ledger, Lake(lambda since: platform.confirmed(since)[:-1], 0), clock)
    assert failures(report) == {ANALYTICS}
    assert analytics(report).offences == {"wrong in analytics": 1}
    assert "analytics has none of it" in analytics(report).first[0].text


def test_the_lake_has_its_own_time_on_top_of_the_shops(platform: MemoryPlatform, tmp_path: Path, clock: Clock) -> None:
    ledger = sell(platform, tmp_path, None).ledger

    def late(since: float) -> Sequence[Mapping[str, Any]]:
        return platform.confirmed(since) if clock.now > 3 else []

    assert analytics(look(platform, ledger, Lake(late, 30), clock)).outcome == "pass"
    assert failures(look(platform, ledger, Lake(late, 0), clock)) == {ANALYTICS}


def test_the_lake_is_read_before_the_stores_so_that_they_know_all_of_it() -> None:
    asked: list[str] = []

    def operate(_: str, *, store: str, cursor: Any) -> Mapping[str, Any]:
        asked.append(store)
        return {"items": [], "cursor": cursor}

    def confirmed(_: float) -> Sequence[Mapping[str, Any]]:
        asked.append("lake")
        return []

    assert [
        record["kind"] for _, record in read_all_records(ShopTarget("", operate, [], lake=Lake(confirmed, 0)), 0)
    ] == ["lake"]
    assert asked == ["lake", "orders", "inventory", "payment"]


def test_without_a_lake_the_report_says_that_it_was_not_evaluated(platform: MemoryPlatform, tmp_path: Path) -> None:
    trial = sell(platform, tmp_path, None)
    assert trial.report.passed
    (cell,) = [i for i in document(trial, "memory")["invariants"] if i["id"] == ANALYTICS]
    assert (cell["outcome"], cell["lacking"]) == ("not evaluated", "this deployment names no lake")
    assert cell["proven"] == {"memory": "not evaluated", "sandbox": "not run", "cloud": "not run"}
    assert "<td class=not>not evaluated</td>" in html_page(trial, "memory")
    assert '<skipped message="this deployment names no lake" />' in junit(trial, "memory")


def test_a_surges_page_and_document_have_the_age_of_the_oldest_order(platform: MemoryPlatform, tmp_path: Path) -> None:
    surge = SurgeResult(sell(platform, tmp_path, None), WorkerCounts(), 0.0)
    ages = surge.document()["oldest_order_seconds"]
    assert len(ages) >= 2
    assert ages[-1] == 0
    assert "Age of the oldest order under way" in html_page(surge.trial, "memory", surge.curves())
    assert any(line.startswith("Oldest order under way: ") for line in surge.lines())
