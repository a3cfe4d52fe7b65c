"""When an alarm goes off: the tables of the documentation, and the words that go with it."""

import json
from typing import Any

import pytest
from aws_emulator.cloudwatch.alarm_definitions import parse_alarm, scale_period
from aws_emulator.cloudwatch.evaluation import MISSING, OPERATORS, AlarmPoint, AlarmThreshold, evaluate
from aws_emulator.cloudwatch.queries import MetricRequestError
from aws_emulator.cloudwatch.state_reasons import build_reason, build_reason_data
from aws_emulator.cloudwatch.store import Metric, MetricStore

SCOPE = ("1", "us-east-1")
STAY = None
ONE: dict[str, Any] = {
    "MetricName": "m",
    "Namespace": "n",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5,
    "ComparisonOperator": "GreaterThanThreshold",
}


def points(drawn: str) -> list[AlarmPoint]:
    values = {"0": 0.0, "X": 9.0, "-": None}
    return [AlarmPoint(60 * index, values[sign], 1) for index, sign in enumerate(drawn.split())]


def find_states(drawn: str, needed: int) -> tuple[Any, ...]:
    """The states for each way to treat missing points."""
    conditions = (AlarmThreshold("GreaterThanThreshold", 5, 3, needed, missing) for missing in MISSING)
    return tuple(evaluate(points(drawn), condition).state for condition in conditions)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("0 - X - X", ("OK", "OK", "OK", "OK")),
        ("0 - - - -", ("OK", "OK", "OK", "OK")),
        ("- - - - -", ("INSUFFICIENT_DATA", STAY, "ALARM", "OK")),
        ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", ("ALARM", STAY, "ALARM", "OK")),
        ("- - - - X", ("INSUFFICIENT_DATA", STAY, "ALARM", "OK")),
        ("X - - - -", ("ALARM", STAY, "ALARM", "OK")),
    ],
)
def test_three_of_three_points_are_judged_as_documented(drawn: str, expected: tuple[Any, ...]) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html."""
    assert find_states(drawn, 3) == expected


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [
        ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", ("ALARM", STAY, "ALARM", "OK")),
        ("- - - - X", ("INSUFFICIENT_DATA", STAY, "ALARM", "OK")),
    ],
)
def test_two_of_three_points_are_judged_as_documented(drawn: str, expected: tuple[Any, ...]) -> None:
    assert find_states(drawn, 2) == expected


@pytest.mark.parametrize(
    ("operator", "breached"),
    [
        ("GreaterThanOrEqualToThreshold", [False, True, True]),
        ("GreaterThanThreshold", [False, False, True]),
        ("LessThanThreshold", [True, False, False]),
        ("LessThanOrEqualToThreshold", [True, True, False]),
    ],
)
def test_operators_compare_as_they_are_called(operator: str, breached: list[bool]) -> None:
    condition = AlarmThreshold(operator, 5, 1, 1)
    assert [condition.is_breached_by(value) for value in (4, 5, 6)] == breached
    assert operator in OPERATORS


def test_too_few_samples_of_a_percentile_leave_the_state() -> None:
    condition = AlarmThreshold("GreaterThanThreshold", 5, 1, 1, enough_samples=100)
    assert evaluate([AlarmPoint(0, 9.0, 99)], condition).state is STAY
    assert evaluate([AlarmPoint(0, 9.0, 100)], condition).state == "ALARM"


def build_text(drawn: str, condition: AlarmThreshold) -> str:
    judgement = evaluate(points(drawn), condition)
    assert judgement.state is not None
    return build_reason(judgement, condition, judgement.state)


@pytest.mark.parametrize(
    ("drawn", "condition", "text"),
    [
        (
            "- - X",
            AlarmThreshold("GreaterThanThreshold", 5.0, 1, 1),
            (
                "1 out of the last 1 datapoints [9.0 (01/01/70 00:02:00)] was greater than the threshold (5.0) "
                "(minimum 1 datapoint for OK -> ALARM transition)"
            ),
        ),
        (
            "X X 0",
            AlarmThreshold("GreaterThanOrEqualToThreshold", 5.0, 3, 3),
            (
                "1 out of the last 3 datapoints [0.0 (01/01/70 00:02:00)] was not greater than or equal to the "
                "threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)"
            ),
        ),
        (
            "- X X",
            AlarmThreshold("GreaterThanThreshold", 5.0, 2, 2),
            (
                "2 out of the last 2 datapoints [9.0 (01/01/70 00:02:00), 9.0 (01/01/70 00:01:00)] were greater than "
                "the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)"
            ),
        ),
        (
            "- - - - X",
            AlarmThreshold("GreaterThanThreshold", 5.0, 3, 1, "notBreaching"),
            (
                "1 out of the last 3 datapoints [9.0 (01/01/70 00:04:00)] was greater than the threshold (5.0) and "
                "2 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)"
            ),
        ),
        (
            "- - -",
            AlarmThreshold("GreaterThanThreshold", 5.0, 1, 1, "breaching"),
            "no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]",
        ),
    ],
)
def test_reasons_are_in_the_words_of_aws(drawn: str, condition: AlarmThreshold, text: str) -> None:
    assert build_text(drawn, condition) == f"Threshold Crossed: {text}."


@pytest.mark.parametrize(
    ("periods", "text"), [(1, "1 datapoint was unknown."), (3, "3 datapoints were unknown.")], ids=["one", "three"]
)
def test_the_reason_of_no_data_says_how_many_points_are_unknown(periods: int, text: str) -> None:
    condition = AlarmThreshold("GreaterThanThreshold", 5.0, periods, periods)
    assert build_text("- - - - -", condition) == f"Insufficient Data: {text}"


def test_five_values_are_listed_after_the_sentence() -> None:
    text = build_text("X X X X X X X", AlarmThreshold("GreaterThanThreshold", 5.0, 5, 5))
    assert "5 out of the last 5 datapoints were greater than the threshold (5.0). The most recent datapoints" in text


def test_the_data_of_a_reason_has_its_points() -> None:
    condition = AlarmThreshold("GreaterThanThreshold", 5.0, 1, 1)
    data = build_reason_data(evaluate(points("X"), condition), condition, 61.5, {"statistic": "Sum", "period": 60})
    assert json.loads(json.dumps(data))["evaluatedDatapoints"] == [
        {"timestamp": "1970-01-01T00:00:00.000+0000", "sampleCount": 1, "value": 9.0}
    ]
    assert (data["queryDate"], data["recentDatapoints"]) == ("1970-01-01T00:01:01.500+0000", [9.0])


def test_a_minute_may_be_shorter() -> None:
    assert [scale_period(period, 60) for period in (10, 60, 300)] == [10, 60, 300]
    assert [scale_period(period, 2) for period in (10, 60, 300)] == [1, 2, 10]


def test_periods_of_minutes_slide_from_minute_to_minute() -> None:
    store, watch = MetricStore(), parse_alarm({**ONE, "Period": 300}, SCOPE)
    store.add(Metric(*SCOPE, "n", "m", ()), 9, at=300)
    ends = {now: watch.evaluate(store, now) for now in (359, 361, 659, 661, 1_261)}
    assert {now: (end, found.state) for now, (end, found) in ends.items()} == {
        359: (300, "INSUFFICIENT_DATA"),
        361: (360, "ALARM"),
        659: (600, "ALARM"),
        661: (660, "ALARM"),
        1_261: (1_260, "INSUFFICIENT_DATA"),
    }


def test_a_value_of_one_minute_raises_the_alarm_at_its_end_and_the_next_minutes_ends_it() -> None:
    store, watch = MetricStore(), parse_alarm(ONE, SCOPE)
    for minute, value in ((0, 0), (60, 9), (120, 0)):
        store.add(Metric(*SCOPE, "n", "m", ()), value, at=minute + 59)
    found = {now: watch.evaluate(store, now)[1].state for now in (60, 119, 120, 179, 180)}
    assert found == {60: "OK", 119: "OK", 120: "ALARM", 179: "ALARM", 180: "OK"}


def test_an_alarm_with_a_unit_sees_values_of_that_unit_alone() -> None:
    store = MetricStore()
    store.add(Metric(*SCOPE, "n", "m", ()), 9, at=30, unit="Seconds")
    found = {
        unit: parse_alarm({**ONE, "Unit": unit}, SCOPE).evaluate(store, 60)[1].state for unit in ("Seconds", "Count")
    }
    assert found == {"Seconds": "ALARM", "Count": "INSUFFICIENT_DATA"}


def test_alarms_on_tables_ignore_missing_points_unless_they_say_otherwise() -> None:
    table = {**ONE, "Namespace": "AWS/DynamoDB"}
    assert parse_alarm(table, SCOPE).condition.missing == "ignore"
    assert parse_alarm({**table, "TreatMissingData": "missing"}, SCOPE).condition.missing == "missing"


QUERY = {"Id": "a", "MetricStat": {"Metric": {"MetricName": "m", "Namespace": "n"}, "Period": 60, "Stat": "Sum"}}


def test_an_alarm_on_metric_math_watches_nothing() -> None:
    alarm = {key: ONE[key] for key in ("EvaluationPeriods", "Threshold", "ComparisonOperator")}
    assert parse_alarm({**alarm, "Metrics": [QUERY, {"Id": "b", "Expression": "a * 2"}]}, SCOPE) is None


@pytest.mark.parametrize(
    ("alarm", "message"),
    [
        ({**ONE, "Period": 15}, "Period must be"),
        ({**ONE, "Period": 60, "EvaluationPeriods": 1_441}, "86400 seconds"),
        ({**ONE, "EvaluationPeriods": 0}, "EvaluationPeriods must be"),
        ({**ONE, "DatapointsToAlarm": 2}, "DatapointsToAlarm must be 1 to EvaluationPeriods"),
        ({**ONE, "ComparisonOperator": "LessThanLowerThreshold"}, "bands are not computed"),
        ({**ONE, "Threshold": None}, "Threshold is required"),
        ({**ONE, "TreatMissingData": "perhaps"}, "treatMissingData"),
        ({**ONE, "ExtendedStatistic": "p9"}, "Exactly one of Statistic"),
        ({**ONE, "Statistic": "Median"}, "'Median' is not supported"),
        ({**ONE, "MetricName": ""}, "MetricName is required"),
        ({**ONE, "Metrics": [QUERY]}, "mutually exclusive"),
    ],
)
def test_alarms_that_aws_refuses_are_refused(alarm: dict[str, Any], message: str) -> None:
    with pytest.raises(MetricRequestError, match=message):
        parse_alarm(alarm, SCOPE)
