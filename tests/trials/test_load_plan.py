"""What customers will do is decided by the seed, and their rate by the profile."""

import pytest

from trials.load_plan import LoadPhase, LoadProfile, UnknownProfileError, plan_orders, profile, profiles, rate_at

SKUS = ["HOT", "B", "C"]


@pytest.mark.parametrize("name", sorted(profiles()))
def test_the_same_seed_makes_the_same_orders_and_another_seed_others(name: str) -> None:
    def planned(seed: int) -> list[object]:
        return list(plan_orders(profile(name), seed=seed, run="run", seconds=20, rate=3, skus=SKUS))

    assert planned(1) == planned(1)
    assert planned(1) != planned(2)


def test_no_two_runs_share_a_key_or_a_customer() -> None:
    first, second = (
        list(plan_orders(profile("steady"), seed=1, run=run, seconds=20, rate=5, skus=SKUS)) for run in "ab"
    )
    assert {o.key for o in first}.isdisjoint(o.key for o in second)
    assert {o.customer for o in first}.isdisjoint(o.customer for o in second)


def test_a_flash_sale_is_ten_times_as_fast_and_after_one_product() -> None:
    orders = list(plan_orders(profile("flash-sale"), seed=1, run="run", seconds=100, rate=5, skus=SKUS))
    calm = sum(order.at < 25 for order in orders) / 25
    peak = sum(35 <= order.at < 75 for order in orders) / 40
    assert 3 < calm < 7
    assert 8 < peak / calm < 12
    assert sum("HOT" in order.skus for order in orders) / len(orders) > 0.75


def test_the_rate_of_a_ramp_rises_evenly() -> None:
    ramp = profile("slow-ramp")
    assert [round(rate_at(ramp, moment), 1) for moment in (0.05, 0.1, 0.45, 0.79, 0.9)] == [1.0, 1.0, 5.5, 9.9, 1.0]


def test_an_unknown_profile_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(UnknownProfileError, match="no profile 'flash'; there are: double-peak, flash-sale"):
        profile("flash")


def test_nothing_can_be_planned_without_products() -> None:
    with pytest.raises(ValueError, match="nothing is sold"):
        list(plan_orders(profile("steady"), seed=1, run="run", seconds=1, rate=50, skus=[]))


@pytest.mark.parametrize("seed", range(5))
def test_a_paced_plan_has_an_order_in_every_stretch_of_its_rate(seed: int) -> None:
    shape = LoadProfile("paced", "", 0.0, [LoadPhase(1.0, 1.0, 1.0)], paced=True)
    orders = list(plan_orders(shape, seed=seed, run="a", seconds=6, rate=3, skus=SKUS))
    assert [int(order.at * 3) for order in orders] == list(range(18))
