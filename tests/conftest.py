"""Fixtures of every test."""

import signal
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

sys.path.insert(0, str(Path(__file__).parent))

from plane_fixture import aws_plane
from scheduling import FileScheduling
from selection import OPTION, ROOT, deploys_a_shop, find_architectures, is_shared_or_of, sort_by_file

# A background job of a script ignores Ctrl-C, and so would every command that a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN and threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

__all__ = ["aws_plane"]
# Of a test that deploys a shop, and of its fixture: a busy machine takes minutes for what a quiet one does in one.
DEPLOYED_SECONDS = 900


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that `make test ARCH=NAME` gives."""
    parser.addoption(
        OPTION, metavar="NAME", help="run what architectures share and the tests of this one (default all)"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Hand files to workers in a way of our own."""
    return FileScheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out the tests of other architectures than the named one, begin with the long files, and give those time."""
    architecture, known = config.getoption(OPTION), find_architectures()
    if architecture is not None and architecture not in known:
        msg = f"{OPTION}: '{architecture}' is unknown; known: {', '.join(sorted(known))}"
        raise pytest.UsageError(msg)
    if architecture is not None:
        chosen, others = list[pytest.Item](), list[pytest.Item]()
        for item in items:
            wanted = is_shared_or_of(architecture, item.path.relative_to(ROOT), known)
            (chosen if wanted else others).append(item)
        config.hook.pytest_deselected(items=others)
        items[:] = chosen
    for item in items:
        if deploys_a_shop(item.path):
            item.add_marker(pytest.mark.timeout(DEPLOYED_SECONDS))
    items[:] = sort_by_file(items)
