"""F14 from outside: a proxy between customers and shop lies, and the checker sees each lie."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from local_server import http_server
from lying_proxy import LIES, Lie, honest, put_between
from memory_platform import MemoryPlatform, hasten, memory_platform

from trials.checker import TrialReport
from trials.load_plan import LoadProfile, profile
from trials.trial import Load, run_trial

RATE, SECONDS, SEED = 70.0, 1.0, 4


@pytest.fixture
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten(), pytest.MonkeyPatch.context() as patch:
        patch.setattr("trials.trial.BETWEEN_SECONDS", 0.4)  # most runs here never pass: a few looks are enough
        yield running


def sell(platform: MemoryPlatform, lie: Lie, directory: Path, settle: float) -> TrialReport:
    steady: LoadProfile = profile("steady")
    with http_server(put_between(platform.answer, lie)) as url:
        target = replace(platform.target(), base_url=url)
        load = Load(steady, SECONDS, RATE, SEED)
        return run_trial(target, load, directory, lambda _: None, settle_seconds=settle).report


def test_f14_through_an_honest_proxy_everything_holds(platform: MemoryPlatform, tmp_path: Path) -> None:
    found = sell(platform, honest, tmp_path, 30)
    assert found.passed, [v.first for v in found.failed]
    assert found.accepted > 50, "a fiftieth order is needed"


@pytest.mark.parametrize("lie", LIES, ids=lambda lie: lie.__name__)
def test_f14_a_lie_is_seen_by_the_invariant_that_it_breaks(platform: MemoryPlatform, lie: Lie, tmp_path: Path) -> None:
    found = sell(platform, lie, tmp_path, 1)
    assert LIES[lie] in {v.id for v in found.failed}, [v.first for v in found.verdicts]
