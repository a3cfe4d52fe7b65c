"""The bounds follow from the sizing block and never contradict one another."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from policies.platforms.aws.apigateway import throttle_capacity as sca_05
from policies.predicates.aws.queues import VISIBILITY_FACTOR
from stacks.aws.sizing import CONSUMERS, REQUEST_SECONDS, UNRESERVED_FLOOR, AwsSizing, derive
from stacks.sizing import list_bounds

ROOT = Path(__file__).resolve().parents[2]
sizings = st.builds(
    AwsSizing,
    peak_orders_per_second=st.floats(0.1, 5_000),
    views_per_order=st.floats(1, 100),
    lines_per_order=st.floats(1, 20),
    handler_mean_seconds=st.floats(0.01, 0.5),
    handler_p99_seconds=st.floats(0.5, 60),
    batch_size=st.integers(1, 10),
    headroom=st.floats(1, 10),
)


@given(sizings)
def test_a_queue_hides_a_message_for_six_times_the_timeout_of_its_worker(sizing: AwsSizing) -> None:
    timeouts = derive(sizing).timeouts
    assert timeouts.visibility.value >= VISIBILITY_FACTOR * timeouts.worker.value


@given(sizings)
def test_consumers_stay_within_what_an_event_source_mapping_takes(sizing: AwsSizing) -> None:
    assert all(derive(sizing).consumers[name].maximum_concurrency.value >= 2 for name in CONSUMERS)


@given(sizings)
def test_a_function_answers_before_the_http_api_gives_up(sizing: AwsSizing) -> None:
    assert derive(sizing).timeouts.http.value < 30


@given(sizings)
def test_nothing_is_reserved_while_the_quota_is_unknown(sizing: AwsSizing) -> None:
    reserved = [d for d in list_bounds(derive(sizing)) if d.name.endswith("reserved_concurrency")]
    assert reserved
    assert all(d.value is None for d in reserved)


@given(sizings)
def test_no_route_of_the_checkout_admits_more_than_its_reservation_runs(sizing: AwsSizing) -> None:
    bounds = derive(sizing.model_copy(update={"account_concurrency": 1_000_000_000}))
    fastest = max(bounds.edge.checkout_rate_limit.value, bounds.edge.checkout_read_rate_limit.value)
    assert fastest * REQUEST_SECONDS <= (bounds.checkout_reserved_concurrency.value or 0)


@given(sizings)
def test_no_route_of_the_checkout_admits_more_than_the_api(sizing: AwsSizing) -> None:
    edge = derive(sizing).edge
    fastest = max(edge.checkout_rate_limit.value, edge.checkout_read_rate_limit.value)
    assert fastest <= edge.api_rate_limit.value


@given(sizings)
def test_who_places_an_order_may_look_at_it(sizing: AwsSizing) -> None:
    edge = derive(sizing).edge
    assert edge.checkout_read_rate_limit.value >= edge.checkout_rate_limit.value


def test_the_sizing_expects_what_the_rule_expects_of_a_request() -> None:
    assert sca_05.RULE.settings["expectedDuration"].default == REQUEST_SECONDS


@given(st.floats(0.1, 2_000), st.integers(10, 5_000))
def test_what_is_reserved_leaves_the_account_its_floor_or_is_refused(peak: float, quota: int) -> None:
    sizing = AwsSizing(peak_orders_per_second=peak, account_concurrency=quota)
    unbounded = AwsSizing(peak_orders_per_second=peak, account_concurrency=1_000_000_000)
    total = sum(b.value or 0 for b in list_bounds(derive(unbounded)) if b.name.endswith("reserved_concurrency"))
    assert total == derive(unbounded).reserved_concurrency
    if total + UNRESERVED_FLOOR <= quota:
        derive(sizing)
    else:
        with pytest.raises(ValueError, match=rf"account_concurrency \({quota}\)"):
            derive(sizing)


def test_every_bound_says_how_it_came_about() -> None:
    rows = {b.name: b for b in list_bounds(derive(AwsSizing(peak_orders_per_second=10, account_concurrency=1_000)))}
    assert rows["queue.visibility_timeout"].how == "6 x worker.timeout 6 s"
    assert rows["checkout.rate_limit"].value == 20
    assert rows["checkout.read_rate_limit"].value == 80
    assert rows["checkout.read_rate_limit"].how == "10 orders/s x min(4 reads, 20 views) x headroom 2; each route"
    assert all(d.how for d in rows.values())


def test_a_percentile_below_the_mean_is_refused() -> None:
    with pytest.raises(ValidationError, match=r"handler_p99_seconds \(0\.1\) is below handler_mean_seconds \(0\.5\)"):
        AwsSizing(peak_orders_per_second=1, handler_mean_seconds=0.5, handler_p99_seconds=0.1)


def test_the_pages_state_the_factor_of_the_visibility_timeout_that_is_checked() -> None:
    pages = [ROOT / "docs" / "reference" / name for name in ("components.md", "aws/settings.md")]
    lines = [line for page in pages for line in page.read_text("utf-8").splitlines() if "visibility" in line]
    stated = [re.findall(r"(\d+) x", line) for line in lines]
    assert len(stated) >= 4
    assert all(factors == [str(VISIBILITY_FACTOR)] for factors in stated), lines
