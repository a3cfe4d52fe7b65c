"""Token buckets: what they let through, whatever is asked of them."""

import math
from dataclasses import dataclass

from aws_emulator.quotas.buckets import Buckets, TokenBucket
from hypothesis import given
from hypothesis import strategies as st

RATES = st.floats(0.5, 200)
STEPS = st.lists(st.tuples(st.floats(0, 3), st.integers(1, 5)), max_size=80)


@dataclass
class Hand:
    """A clock that is moved by hand."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@given(rate=RATES, capacity=st.floats(1, 50), steps=STEPS)
def test_no_more_is_taken_than_the_bucket_had_and_has_earned(
    rate: float, capacity: float, steps: list[tuple[float, int]]
) -> None:
    clock = Hand()
    bucket, began, taken = TokenBucket(rate, capacity, clock=clock), clock.now, 0
    for seconds, count in steps:
        clock.now += seconds
        taken += count if bucket.take(count) else 0
        assert taken <= capacity + rate * (clock.now - began) + 1e-6


@given(rate=RATES, capacity=st.floats(5, 50), steps=STEPS)
def test_what_is_spent_on_credit_is_earned_before_more_is_taken(
    rate: float, capacity: float, steps: list[tuple[float, int]]
) -> None:
    clock = Hand()
    bucket, began, taken = TokenBucket(rate, capacity, clock=clock), clock.now, 0
    for seconds, count in steps:
        clock.now += seconds
        if bucket.tokens >= 1:
            bucket.spend(count)
            taken += count
        # The last one alone may be on credit.
        assert taken <= capacity + rate * (clock.now - began) + 5 + 1e-6


@given(rate=RATES, capacity=st.floats(1, 50), count=st.integers(1, 50))
def test_after_the_wait_that_it_names_a_bucket_has_the_tokens(rate: float, capacity: float, count: int) -> None:
    clock = Hand()
    bucket = TokenBucket(rate, capacity, clock=clock, tokens=0)
    wait = bucket.compute_wait(count)
    if count > capacity:
        assert wait == math.inf
        return
    clock.now += wait * 0.5
    assert not bucket.take(count)
    clock.now += wait * 0.5 + 1e-6
    assert bucket.take(count)


@given(rate=RATES, capacity=st.floats(1, 50), seconds=st.floats(0, 1_000))
def test_a_bucket_holds_no_more_than_its_capacity(rate: float, capacity: float, seconds: float) -> None:
    clock = Hand()
    bucket = TokenBucket(rate, capacity, clock=clock)
    bucket.take(1)
    clock.now += seconds
    assert bucket.tokens <= capacity


def test_a_bucket_without_a_rate_never_fills_again() -> None:
    bucket = TokenBucket(0, 2, clock=Hand())
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    assert bucket.compute_wait() == math.inf


def test_a_clock_that_runs_backwards_takes_nothing_away() -> None:
    clock = Hand()
    bucket = TokenBucket(1, 5, clock=clock, tokens=3)
    clock.now -= 100
    assert bucket.tokens == 3


def test_a_smaller_capacity_holds_from_the_next_use_on() -> None:
    clock = Hand()
    buckets = Buckets(clock=clock)
    assert buckets.read_tokens("key", rate=1, capacity=100) == 100
    assert buckets.read_tokens("key", rate=1, capacity=10) == 10
    assert buckets.read_tokens("key", rate=1, capacity=100) == 10, "what did not fit is gone"


def test_keys_do_not_share_a_bucket() -> None:
    buckets = Buckets(clock=Hand())
    assert [buckets.take(key, 1, rate=1, capacity=1) for key in ("a", "a", "b")] == [True, False, True]


def test_full_buckets_are_forgotten_and_used_ones_are_not() -> None:
    clock = Hand()
    buckets = Buckets(clock=clock, most=10)
    buckets.take("empty", 1, rate=0, capacity=1)
    for number in range(1_000):
        clock.now += 1
        buckets.take(number, 1, rate=10, capacity=1)
    assert len(buckets) < 20
    assert not buckets.take("empty", 1, rate=0, capacity=1)
