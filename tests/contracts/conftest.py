"""Helpers of the contract tests are importable by name."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def event_loop() -> Iterator[None]:
    """A loop for outputs that are made outside of a program: another test may have closed the thread's own."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
