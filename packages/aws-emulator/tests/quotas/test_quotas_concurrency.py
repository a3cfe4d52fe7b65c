"""How functions share the account's concurrency."""

import pytest
from aws_emulator.quotas.concurrency import (
    ConcurrencyShare,
    find_exceeded_limit,
    validate_provisioning,
    validate_reservation,
)
from hypothesis import given
from hypothesis import strategies as st

FUNCTIONS = ("orders", "worker", "lake")
SHARES = st.dictionaries(
    st.sampled_from(FUNCTIONS),
    st.builds(ConcurrencyShare, st.none() | st.integers(0, 20), st.integers(0, 20)),
    max_size=3,
)


@given(shares=SHARES, account=st.integers(1, 100), calls=st.lists(st.sampled_from(FUNCTIONS), max_size=150))
def test_no_limit_is_ever_broken_and_nobody_takes_what_another_holds(
    shares: dict[str, ConcurrencyShare], account: int, calls: list[str]
) -> None:
    running = dict.fromkeys(FUNCTIONS, 0)
    for name in calls:
        if find_exceeded_limit(name, shares, running, account) is None:
            running[name] += 1
    assert sum(running.values()) <= account
    for name in FUNCTIONS:
        share = shares.get(name, ConcurrencyShare())
        assert share.reserved is None or running[name] <= share.reserved
    exclusive = sum(share.exclusive for share in shares.values())
    common = sum(
        max(running[name] - shares.get(name, ConcurrencyShare()).provisioned, 0)
        for name in FUNCTIONS
        if shares.get(name, ConcurrencyShare()).reserved is None
    )
    assert common <= max(account - exclusive, 0)


def test_a_function_at_its_reservation_is_refused_by_it() -> None:
    assert find_exceeded_limit("worker", {"worker": ConcurrencyShare(2)}, {"worker": 2}, 1_000) == "function"


def test_a_reservation_of_nothing_refuses_every_call() -> None:
    assert find_exceeded_limit("worker", {"worker": ConcurrencyShare(0)}, {}, 1_000) == "function"


def test_others_share_what_is_not_reserved_even_while_that_is_idle() -> None:
    assert find_exceeded_limit("orders", {"worker": ConcurrencyShare(4)}, {"orders": 5}, 10) is None
    assert find_exceeded_limit("orders", {"worker": ConcurrencyShare(4)}, {"orders": 6}, 10) == "account"
    assert find_exceeded_limit("worker", {"worker": ConcurrencyShare(4)}, {"orders": 6}, 10) is None


def test_what_is_provisioned_for_a_function_is_not_there_for_others() -> None:
    shares = {"worker": ConcurrencyShare(provisioned=4)}
    assert find_exceeded_limit("orders", shares, {"orders": 6}, 10) == "account"
    assert find_exceeded_limit("worker", shares, {"orders": 6, "worker": 3}, 10) is None
    assert find_exceeded_limit("worker", shares, {"orders": 6, "worker": 4}, 10) == "account"


@pytest.mark.parametrize(
    ("wanted", "shares", "account", "least"),
    [
        (900, {}, 1_000, None),
        (901, {}, 1_000, 100),
        (1, {}, 10, 10),
        (0, {}, 10, None),
        (500, {"lake": ConcurrencyShare(500)}, 1_000, 100),
        (900, {"worker": ConcurrencyShare(900)}, 1_000, None),
        (500, {"lake": ConcurrencyShare(provisioned=500)}, 1_000, 100),
    ],
)
def test_a_reservation_leaves_the_floor_to_others(
    wanted: int, shares: dict[str, ConcurrencyShare], account: int, least: int | None
) -> None:
    text = validate_reservation("worker", wanted, shares, account, 100)
    assert (text or "").endswith("" if least is None else f"below its minimum value of [{least}].")
    assert (text is None) == (least is None)


def test_no_more_is_provisioned_than_the_function_reserves() -> None:
    assert "should not be greater than the reserved" in (
        validate_provisioning("worker", 3, {"worker": ConcurrencyShare(2)}, 1_000, 100) or ""
    )
    assert validate_provisioning("worker", 2, {"worker": ConcurrencyShare(2)}, 1_000, 100) is None


def test_what_is_provisioned_without_a_reservation_leaves_the_floor_too() -> None:
    text = validate_provisioning("worker", 1, {}, 10, 100)
    assert text == (
        "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        "below its minimum value of [10]."
    )
