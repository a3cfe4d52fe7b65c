"""Fixtures of every test of the package; its folders import what they share by name."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

HERE = Path(__file__).parent
sys.path.extend([str(HERE), *(str(path) for path in sorted(HERE.iterdir()) if path.is_dir())])

from running_emulator import RunningEmulator, run_emulator  # noqa: E402 - found on the path that is extended above

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

Setter = Callable[[dict[str, int]], None]


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """A running emulator with its functions' process, shared by a module's tests.

    A module that uses it carries `pytestmark = pytest.mark.plane`.
    """
    with run_emulator(tmp_path_factory.mktemp("emulator")) as found:
        yield found


@pytest.fixture(scope="module")
def emulator_alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """The emulator without a supplement; a test with it says that a supplement is still needed."""
    with run_emulator(tmp_path_factory.mktemp("alone"), without="all") as found:
        yield found


@pytest.fixture
def set_quotas(emulator: RunningEmulator) -> Iterator[Setter]:
    """Set quotas by name (`set_quotas({"sqs.inflight": 3})`) until the test has ended."""

    def put(quotas: dict[str, int]) -> None:
        answer = emulator.request("PUT", "quotas", quotas)
        assert answer.status_code == 200, answer.text

    yield put
    put({})
