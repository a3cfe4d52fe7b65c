"""Outputs as commands hand them on."""

from pathlib import Path
from typing import Any

import pytest

from engine.wire import SECRET, SIGNATURE
from scaleshop.engines import Embedded
from scaleshop.session import open_session

KEY = {SIGNATURE: SECRET, "value": "hunter2"}


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Embedded:
    stack: dict[str, Any] = {
        "type": "pulumi:pulumi:Stack",
        "outputs": {"key": KEY, "keys": [KEY], "url": "http://shop"},
    }
    monkeypatch.setattr(Embedded, "resources", lambda _: [stack])
    return Embedded(open_session(None, "aws-dev", engine="embedded", directory=Path(__file__).parent))


def test_secrets_are_named_as_such_wherever_they_are(runner: Embedded) -> None:
    assert runner.outputs() == {"key": "[secret]", "keys": ["[secret]"], "url": "http://shop"}


def test_secrets_are_shown_to_who_asks(runner: Embedded) -> None:
    assert runner.outputs(show_secrets=True) == {"key": "hunter2", "keys": ["hunter2"], "url": "http://shop"}
