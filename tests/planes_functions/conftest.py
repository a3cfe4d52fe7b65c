"""One emulator with its functions' process for all tests here that share one."""

from collections.abc import Iterator

import pytest
from functions_fixture import FunctionsPlane, functions_plane


@pytest.fixture(scope="session")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FunctionsPlane]:
    """Tests that use it carry `pytestmark = [pytest.mark.plane, pytest.mark.xdist_group("aws-functions")]`."""
    with functions_plane(tmp_path_factory.mktemp("functions")) as found:
        yield found
