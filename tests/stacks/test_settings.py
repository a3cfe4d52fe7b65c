"""Settings are refused at the edge, all bad fields at once, each with its fix."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from stacks.aws.settings import AwsSettings, parse
from stacks.settings import SettingsError

CONFIG = Path(__file__).parents[2] / "stacks" / "config"


def shipped(stack: str) -> dict[str, Any]:
    return yaml.safe_load((CONFIG / f"Pulumi.{stack}.yaml").read_text())["config"]["scaleshop:settings"]


@pytest.mark.parametrize("stack", ["aws-dev", "aws-prod"])
def test_the_shipped_stacks_have_valid_settings(stack: str) -> None:
    assert parse(shipped(stack), stack=stack).environment == stack.removeprefix("aws-")


def test_all_bad_fields_are_listed_at_once() -> None:
    bad = {
        "environment": "qa",
        "owner": "",
        "cost_center": "x",
        "sizing": {"peak_orders_per_second": -1, "bogus": 2},
        "memory_mb": 9,
        "alarm_emails": ["nobody"],
    }
    with pytest.raises(SettingsError) as caught:
        parse(bad, stack="aws-dev")
    text = str(caught.value)
    assert "6 bad setting(s) in stacks/config/Pulumi.aws-dev.yaml" in text
    for field in (
        "environment",
        "owner",
        "sizing.peak_orders_per_second",
        "sizing.bogus",
        "memory_mb",
        "alarm_emails.0",
    ):
        assert f"  settings.{field}: " in text


def test_a_visibility_below_six_timeouts_names_the_number_to_set() -> None:
    bad = {**shipped("aws-dev"), "queues": {"orders": {"visibility_timeout_seconds": 30}}}
    with pytest.raises(
        SettingsError, match=r"queues\.orders\.visibility_timeout_seconds \(30\) .* \(6 s\); set 36 or more"
    ):
        parse(bad, stack="aws-dev")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ephemeral": True}, "ephemeral must be false"),
        ({"rules": {"faults_enabled": True}}, "rules.faults_enabled must be false"),
        ({"edge": {}}, "edge.jwt must name an issuer"),
        ({"alarm_emails": []}, "alarm_emails must name somebody"),
    ],
)
def test_prod_refuses_what_only_a_trial_may_have(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        parse({**shipped("aws-prod"), **change}, stack="aws-prod")


def test_settings_cannot_be_changed_after_they_were_read() -> None:
    settings = parse(shipped("aws-dev"), stack="aws-dev")
    with pytest.raises(ValueError, match="frozen"):
        settings.memory_mb = 1024  # type: ignore[misc]
    assert isinstance(settings, AwsSettings)
