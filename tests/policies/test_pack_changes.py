"""What the pack changes and what it lets pass: remedies and exemptions."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from engine.wire import UNKNOWN as UNKNOWN_TEXT
from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import RuleContext
from policies.core.values import UNKNOWN
from policies.pack import EXEMPTIONS_VARIABLE
from tests.policies.analyzing import secret
from tests.policies.demo import (
    HEALED,
    MARKER,
    READ,
    ROOMY,
    bucket,
    check_room,
    pack,
    remedying_pack,
    report_violations,
    rule,
)


@pytest.fixture
def exempt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Writes the file of exemptions that the next pack uses."""

    def write(text: str) -> None:
        (tmp_path / "exemptions.yaml").write_text(text)
        monkeypatch.setenv(EXEMPTIONS_VARIABLE, str(tmp_path / "exemptions.yaml"))

    return write


def exemption(rules: str = "demo-res-01", resources: str = "*::photos", expires: str = "2026-01-15") -> str:
    return (
        f"exemptions:\n- rules: [{rules}]\n  resources: '{resources}'\n"
        f"  reason: because\n  owner: platform\n  expires: {expires}\n"
    )


def test_a_remedy_sets_what_is_wrong_and_nothing_else() -> None:
    assert remedying_pack().remediate(bucket(room={"size": 2, "lid": "red"}, key=secret(MARKER))) == {
        "room": {"size": 3, "lid": "red"},
        "key": secret(MARKER),
    }
    assert remedying_pack().remediate(bucket()) == {"room": {"size": 3}}
    assert remedying_pack().remediate(bucket(room={"size": 3})) is None
    assert pack(ROOMY).remediate(bucket()) is None, "only the level `remediate` changes anything"


def test_what_is_secret_stays_secret_when_it_is_healed() -> None:
    assert remedying_pack().remediate(bucket(room=secret({"size": 2, "lid": MARKER}))) == {
        "room": secret({"size": 3, "lid": MARKER})
    }
    assert remedying_pack().remediate(bucket(room={"size": secret(2)})) == {"room": {"size": secret(3)}}


def test_a_remedy_leaves_alone_what_is_not_known() -> None:
    """In remediations the SDK gives the text that stands for an unknown value."""
    assert remedying_pack().remediate(bucket(room={"size": UNKNOWN})) is None
    assert remedying_pack().remediate(bucket(room=UNKNOWN)) is None
    assert remedying_pack().remediate(bucket(room={"size": 2}, owner=UNKNOWN)) == {
        "room": {"size": 3},
        "owner": UNKNOWN_TEXT,
    }


def test_a_remedy_leaves_lists_and_unknown_changes_alone() -> None:
    def change(_: Resource, __: RuleContext) -> Mapping[str, Any]:
        return {
            "lids": ["red"],
            "key": "new",
            "owner": UNKNOWN,
            "windows": {"north": {"panes": UNKNOWN, "open": True}},
        }

    one = rule("demo-res-01", check_room, settings=ROOMY.settings, remedy=change)
    lids = bucket(lids=[secret(MARKER)], key=UNKNOWN, windows={"north": {"panes": 4}})
    assert remedying_pack(one).remediate(lids) == {
        "lids": [secret(MARKER)],
        "key": UNKNOWN_TEXT,
        "windows": {"north": {"panes": 4, "open": True}},
    }


def test_a_remedy_is_not_asked_when_its_rule_holds() -> None:
    one = rule("demo-res-01", check_room, settings=ROOMY.settings, remedy=lambda _, __: {"owner": "platform"})
    assert remedying_pack(one).remediate(bucket(room={"size": 3})) is None
    assert remedying_pack(one).remediate(bucket(room={"size": 2})) == {"room": {"size": 2}, "owner": "platform"}


def test_a_remedy_that_breaks_leaves_the_violation() -> None:
    def change(_: Resource, __: RuleContext) -> Mapping[str, Any]:
        raise KeyError(MARKER)

    one = remedying_pack(rule("demo-res-01", check_room, settings=ROOMY.settings, remedy=change))
    assert one.remediate(bucket()) is None
    assert report_violations(bucket(), of=one) == [("demo-res-01", "mandatory", "photos")]


def test_a_stack_rule_heals_by_a_policy_of_its_own_that_must_be_asked_for() -> None:
    assert pack(HEALED).remediate(bucket()) is None
    assert remedying_pack(HEALED, policy="demo_res_03_remedy").remediate(bucket()) == {"room": {"size": 3}}


def test_an_exempted_resource_is_neither_a_violation_nor_healed(exempt: Any) -> None:
    exempt(exemption("demo-res-01, demo-res-02, demo-res-03"))
    rules = (ROOMY, READ, HEALED)
    assert report_violations(bucket(), of=pack(*rules)) == []
    for policy in ("demo_res_01", "demo_res_03_remedy"):
        assert remedying_pack(*rules, policy=policy).remediate(bucket()) is None
        assert remedying_pack(*rules, policy=policy).remediate(bucket("films")) == {"room": {"size": 3}}


def test_an_expired_exemption_is_reported_and_its_finding_is_back(exempt: Any) -> None:
    exempt(exemption(expires="2026-01-14"))
    first, second = pack(ROOMY).all(ResourceGraph([bucket()]))
    assert (first.policy, first.level) == ("demo-res-01", "mandatory")
    assert "exemptions.yaml:2 expired on 2026-01-14" in first.message
    assert (second.policy, second.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2: the exemption of platform from demo-res-01 expired" in second.message


def test_an_exemption_that_matches_nothing_is_reported(exempt: Any) -> None:
    exempt(exemption(resources="*::gone"))
    [found] = pack(ROOMY).all(ResourceGraph([bucket(room={"size": 3})]))
    assert (found.policy, found.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2: the exemption of platform from demo-res-01 matches no finding" in found.message
    exempt(exemption())
    assert report_violations(bucket(), of=pack(ROOMY)) == [], "one that was needed is not reported"


def test_a_file_of_exemptions_that_cannot_be_read_is_named_and_exempts_nothing(exempt: Any) -> None:
    exempt("exemptions:\n- rules: [demo-res-99]\n")
    first, second = pack(ROOMY).all(ResourceGraph([bucket()]))
    assert first.policy == "demo-res-01"
    assert (second.policy, second.level) == ("exemptions", "advisory")
    assert "exemptions.yaml:2" in second.message


def test_a_named_file_that_is_missing_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "nowhere.yaml")
    [found] = pack(ROOMY).all(ResourceGraph([bucket(room={"size": 3})]))
    assert "nowhere.yaml" in found.message


def test_the_environment_can_forbid_every_exemption(monkeypatch: pytest.MonkeyPatch) -> None:
    tagged = bucket(tags={"scaleshop:exempt:demo-res-01": "2026-01-15 platform because"})
    assert report_violations(tagged, of=pack(ROOMY)) == []
    monkeypatch.setenv(EXEMPTIONS_VARIABLE, "")
    assert report_violations(tagged, of=pack(ROOMY)) == [("demo-res-01", "mandatory", "photos")]
