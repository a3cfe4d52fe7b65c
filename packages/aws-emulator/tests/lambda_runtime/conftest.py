"""One emulator with its functions' process for all tests here that share one."""

from collections.abc import Iterator

import pytest
from running_emulator import RunningEmulator, run_emulator


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningEmulator]:
    """Tests that use it carry `pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions")]`."""
    with run_emulator(tmp_path_factory.mktemp("functions")) as found:
        found.allow_everything()
        yield found
