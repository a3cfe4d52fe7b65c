"""What `scaleshop status` says of alarms."""

from typing import Any

import pytest

from scaleshop import alarms


def supplement(name: str, *firing: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "adds": "", "figures": {"firing": list(firing)}}


def alarm(name: str, since: str) -> dict[str, Any]:
    return {"name": name, "since": since, "reason": f"{name} [1.0 (01/01/26 10:00:00)] was greater"}


def test_firing_alarms_are_listed_the_longest_first() -> None:
    beside = [supplement("alarms", alarm("late", "2026-01-02"), alarm("early", "2026-01-01")), supplement("other")]
    assert [found["name"] for found in alarms.firing(beside)] == ["early", "late"]


def test_a_plane_without_the_supplement_has_none() -> None:
    assert alarms.firing([]) == []
    assert alarms.firing([{"name": "alarms", "adds": "", "figures": {}}]) == []


def test_the_reason_is_printed_with_its_brackets(capsys: pytest.CaptureFixture[str]) -> None:
    alarms.show([alarm("early", "2026-01-01")])
    printed = " ".join(capsys.readouterr().out.split())
    assert "early" in printed
    assert "[1.0" in printed


def test_nothing_is_printed_when_none_is_firing(capsys: pytest.CaptureFixture[str]) -> None:
    alarms.show([])
    assert capsys.readouterr().out == ""
