"""AWS as a platform of experiments: what its APIs can do, and what needs a sandbox."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from trials.chaos.platform import Effect, PlatformError, Service, Undo
from trials.platforms.aws.chaos import SERVICES, AwsPlatform

OUTPUTS = {"functionNames": {"relay": "shop-relay"}}


class RecordedFaults:
    """The faults of a sandbox, which are only written down."""

    def __init__(self) -> None:
        self.injected: list[Mapping[str, Any]] = []

    def inject(self, fault: Mapping[str, Any]) -> Undo:
        self.injected.append(fault)
        return lambda: Effect(1)


def platform(faults: Any) -> AwsPlatform:
    return AwsPlatform(OUTPUTS, lambda _: None, lambda *_, **__: {}, faults)


@pytest.mark.parametrize(
    ("action", "had"), [("pause", True), ("throttle", True), ("inject_fault", False), ("kill", False)]
)
def test_a_real_account_has_switches_and_no_faults(action: str, *, had: bool) -> None:
    assert (platform(None).explain_missing(action) == "") == had


def test_a_fault_on_a_real_account_is_refused() -> None:
    with pytest.raises(PlatformError, match="only a sandbox can be broken like this"):
        platform(None).inject_fault("relay", "bus", "lost")


@pytest.mark.parametrize(
    ("service", "calls", "name", "actions"),
    [
        ("store", "all", "dynamodb", []),
        ("store", "writes", "dynamodb", ["PutItem", "UpdateItem", "TransactWriteItems"]),
        ("bus", "writes", "events", ["PutEvents"]),
        ("queue", "all", "sqs", []),
    ],
)
def test_a_word_of_the_port_is_a_service_and_its_operations(
    service: Service, calls: Any, name: str, actions: list[str]
) -> None:
    faults = RecordedFaults()
    platform(faults).inject_fault("relay", service, "lost", calls=calls, share=0.2)
    about = {"service": name, "effect": "lost", "caller": "shop-relay", "actions": actions}
    assert faults.injected == [{**about, "share": 0.2, "seconds": 0}]


def test_every_service_of_the_port_stands_for_one_of_aws() -> None:
    assert SERVICES.keys() == set(get_args(Service))
