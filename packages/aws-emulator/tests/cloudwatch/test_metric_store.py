"""The store of metrics: what it sums up, keeps and forgets."""

import json

import pytest
from aws_emulator.cloudwatch.statistics import EXACT_VALUES, PeriodTotals, is_known_statistic
from aws_emulator.cloudwatch.store import MOST_SECONDS, SECONDS_KEPT, Metric, MetricStore, sort_dimensions

START = 1_000_000_020  # a whole minute
METRIC = Metric("1", "us-east-1", "shop", "latency", sort_dimensions({"b": "2", "a": "1"}))


class ManualClock:
    def __init__(self) -> None:
        self.now = float(START)

    def __call__(self) -> float:
        return self.now


def test_values_of_a_minute_are_summed_up() -> None:
    store = MetricStore(ManualClock())
    for value in (1, 2, 6):
        store.add(METRIC, value)
    totals = store.read_window(METRIC, START, START + 60)
    assert totals is not None
    found = {name: totals.compute(name) for name in ("SampleCount", "Sum", "Average", "Minimum", "Maximum", "p50")}
    assert found == {"SampleCount": 3, "Sum": 9, "Average": 3, "Minimum": 1, "Maximum": 6, "p50": 2}


def test_dimensions_are_the_same_in_any_order() -> None:
    assert METRIC.dimensions == sort_dimensions({"a": "1", "b": "2"})


def test_a_window_without_values_is_none() -> None:
    store = MetricStore(ManualClock())
    store.add(METRIC, 1)
    assert store.read_window(METRIC, START - 60, START) is None
    assert store.read_window(METRIC._replace(name="other"), START, START + 60) is None


def test_a_window_may_cover_many_minutes_or_more_than_there_are() -> None:
    store = MetricStore(ManualClock())
    for minute in range(5):
        store.add(METRIC, 1, at=START + 60 * minute)
    for length in (3, 10_000):
        totals = store.read_window(METRIC, START, START + 60 * length)
        assert totals is not None
        assert totals.count == min(length, 5)


def test_a_metric_of_the_usual_resolution_has_nothing_by_the_second() -> None:
    store = MetricStore(ManualClock())
    store.add(METRIC, 1)
    assert store.read_window(METRIC, START, START + 10) is None
    store.add(METRIC, 1, fine=True)
    assert store.read_window(METRIC, START, START + 10) is not None


def test_a_shorter_minute_keeps_everything_by_the_second() -> None:
    store = MetricStore(ManualClock())
    store.minute = 5
    store.add(METRIC, 1)
    assert store.read_window(METRIC, START, START + 5) is not None


def test_what_is_old_is_forgotten() -> None:
    clock = ManualClock()
    store = MetricStore(clock)
    store.add(METRIC, 1, fine=True)
    clock.now += SECONDS_KEPT + 1
    store.prune()
    assert store.read_window(METRIC, START, START + 10) is None
    minute = store.read_window(METRIC, START, START + 60)
    assert minute is not None
    assert minute.compute("p50") is None, "how values are distributed is kept as long as seconds are"
    clock.now += 24 * 3_600
    store.prune()
    assert len(store) == 0


def test_a_metric_that_is_busy_each_second_stays_small() -> None:
    clock = ManualClock()
    store = MetricStore(clock)
    for _ in range(3 * MOST_SECONDS):
        clock.now += 1
        store.add(METRIC, 1, fine=True)
    [(_, _, seconds, _)] = store.dump()
    assert len(seconds) <= 2 * MOST_SECONDS


def test_the_store_survives_as_json() -> None:
    store, again = MetricStore(ManualClock()), MetricStore(ManualClock())
    store.add(METRIC, 1.5, unit="Seconds", fine=True)
    store.add_set(METRIC, (4, 20, 2, 8))
    again.load(json.loads(json.dumps(store.dump())))
    assert again.dump() == store.dump()
    assert list(again.list_metrics("1", "us-east-1")) == [METRIC]


def test_many_values_are_kept_to_two_percent() -> None:
    totals = PeriodTotals()
    for value in range(1, 10_001):
        totals.add(value / 7)
    assert totals.values is not None
    assert len(totals.values) < 4 * EXACT_VALUES
    assert totals.compute("p99") == pytest.approx(9_900 / 7, rel=0.02)
    assert totals.compute("p100") == 10_000 / 7


@pytest.mark.parametrize("numbers", [(4, 20, 2, 8), (1, -3, -3, -3)])
def test_there_is_no_percentile_of_unknown_or_negative_values(numbers: tuple[float, float, float, float]) -> None:
    totals = PeriodTotals()
    totals.add_set(*numbers)
    assert totals.compute("p90") is None
    assert totals.compute("Sum") == numbers[1]


def test_a_statistic_set_of_equal_values_has_percentiles() -> None:
    totals = PeriodTotals()
    totals.add_set(4, 20, 5, 5)
    assert totals.compute("p90") == 5


def test_statistics_that_are_not_computed_are_known() -> None:
    assert is_known_statistic("p99.9")
    assert not any(is_known_statistic(name) for name in ("tm99", "p101", "Median", ""))
