"""The bounds follow from the sizing block and never contradict one another."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.platforms.aws.apigateway import throttle_capacity as sca_05
from stacks.aws.sizing import REQUEST_SECONDS, UNRESERVED_FLOOR, WORKERS, Sizing, derive, explain

sizings = st.builds(
    Sizing,
    peak_orders_per_second=st.floats(0.1, 5_000),
    views_per_order=st.floats(1, 100),
    lines_per_order=st.floats(1, 20),
    handler_mean_seconds=st.floats(0.01, 0.5),
    handler_p99_seconds=st.floats(0.5, 60),
    batch_size=st.integers(1, 10),
    headroom=st.floats(1, 10),
)


@given(sizings)
def test_a_queue_hides_a_message_for_six_times_the_timeout_of_its_worker(sizing: Sizing) -> None:
    bounds = derive(sizing)
    assert bounds["queue.visibility_timeout"] >= 6 * bounds["worker.timeout"]


@given(sizings)
def test_consumers_stay_within_what_an_event_source_mapping_takes(sizing: Sizing) -> None:
    assert all(derive(sizing)[f"{worker}.maximum_concurrency"] >= 2 for worker in WORKERS)


@given(sizings)
def test_a_function_answers_before_the_http_api_gives_up(sizing: Sizing) -> None:
    assert derive(sizing)["http.timeout"] < 30


@given(sizings)
def test_nothing_is_reserved_while_the_quota_is_unknown(sizing: Sizing) -> None:
    reserved = [d for d in explain(sizing) if d.name.endswith("reserved_concurrency")]
    assert reserved
    assert all(d.value is None for d in reserved)


@given(sizings)
def test_no_route_of_the_checkout_admits_more_than_its_reservation_runs(sizing: Sizing) -> None:
    bounds = derive(sizing.model_copy(update={"account_concurrency": 1_000_000_000}))
    fastest = max(bounds["checkout.rate_limit"], bounds["checkout.read_rate_limit"])
    assert fastest * REQUEST_SECONDS <= bounds["checkout.reserved_concurrency"]


@given(sizings)
def test_no_route_of_the_checkout_admits_more_than_the_api(sizing: Sizing) -> None:
    bounds = derive(sizing)
    assert max(bounds["checkout.rate_limit"], bounds["checkout.read_rate_limit"]) <= bounds["api.rate_limit"]


@given(sizings)
def test_who_places_an_order_may_look_at_it(sizing: Sizing) -> None:
    assert derive(sizing)["checkout.read_rate_limit"] >= derive(sizing)["checkout.rate_limit"]


def test_the_sizing_expects_what_the_rule_expects_of_a_request() -> None:
    assert sca_05.RULE.settings["expectedDuration"].default == REQUEST_SECONDS


@given(st.floats(0.1, 2_000), st.integers(10, 5_000))
def test_what_is_reserved_leaves_the_account_its_floor_or_is_refused(peak: float, quota: int) -> None:
    sizing = Sizing(peak_orders_per_second=peak, account_concurrency=quota)
    unbounded = Sizing(peak_orders_per_second=peak, account_concurrency=1_000_000_000)
    total = sum(d.value or 0 for d in explain(unbounded) if d.name.endswith("reserved_concurrency"))
    if total + UNRESERVED_FLOOR <= quota:
        explain(sizing)
    else:
        with pytest.raises(ValueError, match=rf"account_concurrency \({quota}\)"):
            explain(sizing)


def test_every_bound_says_how_it_came_about() -> None:
    rows = {d.name: d for d in explain(Sizing(peak_orders_per_second=10, account_concurrency=1_000))}
    assert rows["queue.visibility_timeout"].how == "6 x worker.timeout 6 s"
    assert rows["checkout.rate_limit"].value == 20
    assert rows["checkout.read_rate_limit"].value == 80
    assert rows["checkout.read_rate_limit"].how == "10 orders/s x min(4 reads, 20 views) x headroom 2; each route"
    assert all(d.how for d in rows.values())


def test_a_percentile_below_the_mean_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"handler_p99_seconds \(0\.1\) is below handler_mean_seconds \(0\.5\)"):
        Sizing(peak_orders_per_second=1, handler_mean_seconds=0.5, handler_p99_seconds=0.1)
