"""Patterns of log lines, and the metrics that lines make."""

import json
from typing import Any

import pytest

from sandbox.planes.aws.watching.json_patterns import PatternError
from sandbox.planes.aws.watching.log_metrics import embedded, filtered, refuse_filter
from sandbox.planes.aws.watching.patterns import matcher

SCOPE = ("1", "us-east-1")
DOCUMENT = json.dumps(
    {
        "eventType": "UpdateTrail",
        "sourceIPAddress": "111.111.111.111",
        "arrayKey": ["value", "another value"],
        "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
        "SomeObject": None,
        "ThisFlag": True,
        "user": {"id": 1, "email": "John.Stiles@example.com"},
        "coordinates": [[0, 1, 2], [4, 5, 6]],
        "latency": 700.5,
    }
)


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ('{ $.eventType = "UpdateTrail" }', True),
        ("{ $.eventType = Update* }", True),
        ("{ $.sourceIPAddress != 123.123.* }", True),
        ('{ $.arrayKey[0] = "value" }', True),
        ("{ $.objectList[1].id = 2 }", True),
        ("{ $.SomeObject IS NULL }", True),
        ("{ $.SomeOtherObject NOT EXISTS }", True),
        ("{ $.eventType EXISTS }", True),
        ("{ $.ThisFlag IS TRUE }", True),
        ("{ $.ThisFlag IS FALSE }", False),
        ('{ ($.user.id = 1) && ($.objectList[0].name = "a") }', True),
        ('{ ($.user.id = 2 && $.objectList[0].name = "nonmatch") || $.arrayKey[1] = "GET" }', False),
        ('{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = no && $.arrayKey[1] = no }', True),
        ('{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = no) && $.arrayKey[1] = no }', False),
        ("{ $.coordinates[1][2] >= 6 }", True),
        ("{ $.latency > +700 && $.latency < 7.01e2 }", True),
        ("{ $.latency = * }", True),
        ("{ $.arrayKey = 1 }", False),
        ("{ $.arrayKey != 1 }", False),
        ("{ $.nowhere != 1 }", False),
        ("{ $.eventType > 1 }", False),
        ("{ $.eventType = %^Update% }", True),
    ],
)
def test_json_patterns_are_those_of_the_documentation(pattern: str, fits: bool) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html."""
    assert matcher(pattern)(DOCUMENT) is fits


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("ERROR", [0, 1]),
        ("?ERROR ?WARN", [0, 1, 2]),
        ("ERROR WARN", [0]),
        ("ERROR -WARN", [1]),
        ('"ERROR message"', [1]),
        ("error", []),
        ("%ERR.R%", [0, 1]),
        ("", [0, 1, 2]),
    ],
)
def test_terms_are_those_of_the_documentation(pattern: str, matching: list[int]) -> None:
    lines = ("ERROR WARN message", "ERROR message", "WARN message")
    assert [index for index, line in enumerate(lines) if matcher(pattern)(line)] == matching


def test_a_json_pattern_skips_what_a_function_writes_before_its_json() -> None:
    assert matcher("{ $.a = 1 }")('2026-01-01T00:00:00Z 1234 INFO {"a": 1}')
    assert not matcher("{ $.a = 1 }")("no JSON at all")


@pytest.mark.parametrize(
    "pattern",
    [
        "{ $.a = }",
        "{ $.a }",
        "{ a = 1 }",
        "{ $.a = 1 && }",
        "{ ($.a = 1 }",
        "{ $.a > text }",
        "{ $.a IS MAYBE }",
        "{ $.a = 1",
        "{ $.a = %(% }",
        "%(%",
        "[ip, user]",
        "{" + "(" * 40 + "$.a = 1" + ")" * 40 + "}",
        "x" * 1_025,
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        matcher(pattern)


def change(**more: Any) -> dict[str, Any]:
    transformation = {"metricName": "m", "metricNamespace": "n", "metricValue": "1", **more}
    return {"filterPattern": "{ $.latency = * }", "metricTransformations": [transformation]}


def values(made: dict[str, Any], *messages: str) -> list[tuple[Any, ...]]:
    events = [{"timestamp": 60_000, "message": message} for message in messages]
    return [(d.metric.dimensions, d.values[0][0], d.at) for d in filtered([made], events, SCOPE, 99)]


def test_a_filter_takes_a_number_or_a_field() -> None:
    lines = ('{"latency": 7}', '{"latency": "8"}', '{"latency": "fast"}', "other")
    assert values(change(), *lines) == [((), 1, 60)] * 3
    assert values(change(metricValue="$.latency"), *lines) == [((), 7, 60), ((), 8, 60)]


def test_a_filter_with_dimensions_needs_their_fields() -> None:
    made = change(metricValue="$.latency", dimensions={"Shelf": "$.shelf"})
    assert values(made, '{"latency": 7, "shelf": "a"}', '{"latency": 8}') == [((("Shelf", "a"),), 7, 60)]


def test_lines_without_a_match_report_the_default() -> None:
    assert values(change(defaultValue=0), "other", "more") == [((), 0, 60)]
    assert values(change(defaultValue=0), "other", '{"latency": 1}') == [((), 1, 60)]
    assert values(change(), "other") == []


@pytest.mark.parametrize(
    "more",
    [
        {"metricValue": "x"},
        {"dimensions": {"a": "$.a"}, "defaultValue": 0},
        {"dimensions": dict.fromkeys("abcd", "$.a")},
    ],
)
def test_a_filter_that_aws_refuses_is_refused(more: dict[str, Any]) -> None:
    with pytest.raises(PatternError):
        refuse_filter(change(**more))


def line(**more: Any) -> dict[str, Any]:
    directive = {"Namespace": "shop", "Dimensions": [["shelf"], []], "Metrics": [{"Name": "sold", "Unit": "Count"}]}
    document = {"_aws": {"Timestamp": 5_000, "CloudWatchMetrics": [directive]}, "shelf": "a", "sold": 3, **more}
    return {"timestamp": 9_000, "message": json.dumps(document)}


def test_a_line_in_the_embedded_format_has_a_metric_for_each_set_of_dimensions() -> None:
    found = [(d.metric.dimensions, d.values, d.at, d.unit) for d in embedded(line(), SCOPE, 99)]
    assert found == [((("shelf", "a"),), ((3.0, 1.0),), 5.0, "Count"), ((), ((3.0, 1.0),), 5.0, "Count")]


def test_a_list_of_numbers_is_as_many_values() -> None:
    assert embedded(line(sold=[1, 2]), SCOPE, 99)[0].values == ((1.0, 1.0), (2.0, 1.0))


@pytest.mark.parametrize(
    "message",
    [
        line(sold="many")["message"],
        line(sold=[1, "many"])["message"],
        line(sold=True)["message"],
        '{"_aws": 1}',
        '{"_aws": {"CloudWatchMetrics": [{"Namespace": "n", "Metrics": [{"Name": 1}]}, 3]}}',
        '{"_aws": ',
        "plain",
        None,
    ],
)
def test_a_line_that_is_not_in_the_format_has_no_metrics(message: str | None) -> None:
    assert embedded({"message": message}, SCOPE, 99) == []


def test_a_missing_dimension_drops_its_set_alone() -> None:
    found = embedded(line(shelf=None), SCOPE, 99)
    assert [d.metric.dimensions for d in found] == [()]
