"""What `scaleshop status` says of alarms."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.host.supervisor import PlaneStatus
from scaleshop.architectures.aws import planes
from scaleshop.architectures.base import Alarm
from scaleshop.commands import inspect

PLANE = PlaneStatus("aws", "1", "running", "http://127.0.0.1:1", 1, "", Path("plane.log"))


def firing(monkeypatch: pytest.MonkeyPatch, *supplements: Mapping[str, Any]) -> list[Alarm]:
    monkeypatch.setattr(planes, "_ask", lambda _: {"supplements": list(supplements)})
    return list(planes.describe_plane(PLANE).alarms)


def supplement(name: str, *alarms: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "adds": "", "figures": {"firing": list(alarms)}}


def alarm(name: str, since: str) -> Mapping[str, Any]:
    return {"name": name, "since": since, "reason": f"{name} [1.0 (01/01/26 10:00:00)] was greater"}


def test_firing_alarms_are_listed_the_longest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    both = supplement("alarms", alarm("late", "2026-01-02"), alarm("early", "2026-01-01"))
    assert [one.name for one in firing(monkeypatch, both, supplement("other"))] == ["early", "late"]


def test_a_plane_without_the_supplement_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert firing(monkeypatch) == []
    assert firing(monkeypatch, {"name": "alarms", "adds": "", "figures": {}}) == []


def test_the_reason_is_printed_with_its_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    inspect._show_alarms([Alarm("early", "2026-01-01", "early [1.0 (01/01/26 10:00:00)] was greater")])
    printed = " ".join(capsys.readouterr().out.split())
    assert "early" in printed
    assert "[1.0" in printed


def test_nothing_is_printed_when_none_is_firing(capsys: pytest.CaptureFixture[str]) -> None:
    inspect._show_alarms([])
    assert capsys.readouterr().out == ""
