"""CloudWatch: log groups, alarms, dashboards."""

import re
from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.resource_names import LOG_GROUP, TOPIC
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import (
    check_arn,
    check_choice,
    check_exclusive,
    check_pattern,
    check_range,
    read_document,
)

ALARM, COMPOSITE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html"
API = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference"
DASHBOARDS = f"{API}/CloudWatch-Dashboard-Body-Structure.html"
# 0 is the provider's word for keeping logs for ever.
DAYS = (
    0, 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
DAY, WEEK = 86_400, 604_800
QUERY_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
STATE_FUNCTION = re.compile(r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(|\b(?:TRUE|FALSE)\b")
DASHBOARD_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
BANDS = ("LessThanLowerOrGreaterThanUpperThreshold", "LessThanLowerThreshold", "GreaterThanUpperThreshold")
WIDGETS = 500


@rule(LOG_GROUP, source=RETENTION)
def log_retention(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How many days logs may be kept."""
    del resources
    yield from check_choice(view, "retentionInDays", DAYS)


@rule(LOG_GROUP, source="https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html")
def log_group_name(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Names that AWS keeps."""
    del resources
    name = view.text("name") or ""
    if name.startswith("aws/"):
        yield view.fail("name", f"is {quote(name)}; names that begin with aws/ are kept, use /aws/... or another one")


@rule(ALARM, source=f"{API}/API_PutMetricAlarm.html")
def alarm_periods(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How long a period is, and how many there are."""
    del resources
    for block, path in ((view, "period"), *((query, "metric.period") for query in view.blocks("metricQueries"))):
        period = block.number(path)
        if period is not None and period not in (10, 20, 30) and (period % 60 or period <= 0):
            yield block.fail(path, f"is {period}; use 10, 20, 30 or a multiple of 60 seconds")
    period, count, need = (view.number(path) for path in ("period", "evaluationPeriods", "datapointsToAlarm"))
    if count is not None and need is not None and need > count:
        yield view.fail("datapointsToAlarm", f"is {need}, above the {count} evaluationPeriods; use {count} or less")
    if period is not None and count is not None:
        limit = DAY if period < 3_600 else WEEK
        if period * count > limit:
            reason = f"is {count}; of {period} s each that is {count * period} s, use {limit} s or less in all"
            yield view.fail("evaluationPeriods", reason)


@rule(ALARM, source=f"{API}/API_PutMetricAlarm.html")
def alarm_metric(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """One metric with a statistic, or a list of queries."""
    del resources
    if view.is_absent("metricName") and view.is_absent("metricQueries") and view.is_absent("evaluationCriteria"):
        yield view.fail("metricName", "is missing; an alarm needs metricName or metricQueries")
    if view.is_given("metricName"):
        if view.count("metricQueries"):
            yield view.fail("metricQueries", "is set beside metricName; set one of them")
        for path in ("namespace", "period"):
            if view.is_absent(path):
                yield view.fail(path, "is missing; metricName is set")
        if view.is_absent("statistic") and view.is_absent("extendedStatistic"):
            yield view.fail("statistic", "is missing; metricName is set, use e.g. Sum")
    yield from check_exclusive(view, "statistic", "extendedStatistic")


@rule(ALARM, source=f"{API}/API_PutMetricAlarm.html")
def alarm_threshold(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A number, or a band that a query makes; and what missing data means."""
    del resources
    yield from check_exclusive(view, "threshold", "thresholdMetricId")
    operator = view.value("comparisonOperator")
    if operator in BANDS and view.is_absent("thresholdMetricId"):
        yield view.fail("thresholdMetricId", f"is missing; the comparisonOperator is {operator}")
    elif (
        operator is not None
        and operator not in BANDS
        and all(view.is_absent(path) for path in ("threshold", "thresholdMetricId"))
    ):
        yield view.fail("threshold", "is missing; give the number to compare with")
    yield from check_choice(view, "treatMissingData", ("breaching", "notBreaching", "ignore", "missing"))


@rule(ALARM, source=f"{API}/API_MetricDataQuery.html")
def alarm_queries(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Queries have ids of their own, and one of them is compared."""
    del resources
    queries = view.blocks("metricQueries")
    seen: set[str] = set()
    for query in queries:
        yield from check_pattern(query, "id", QUERY_ID, "a small letter, then letters, digits and underscores")
        name = query.text("id")
        if name is not None and name in seen:
            yield query.fail("id", f"is {quote(name)}, another query's as well; make it unique")
        seen |= {name} if name is not None else set()
        if query.is_given("expression") and query.block("metric") is not None:
            yield query.fail("expression", "is set beside metric; set one of them")
        elif query.is_absent("expression") and query.is_absent("metric"):
            yield query.fail("expression", "is missing; a query has expression or metric")
    compared = [query for query in queries if query.flag("returnData")]
    certain = all(query.is_off("returnData") or query.flag("returnData") for query in queries)
    certain = certain and view.is_complete("metricQueries") and view.is_absent("thresholdMetricId")
    if queries and certain and len(compared) != 1:
        yield view.fail("metricQueries", f"have returnData on {len(compared)} queries; set it on one")


@rule(ALARM, COMPOSITE, source=f"{API}/API_PutMetricAlarm.html")
def alarm_actions(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Whom an alarm tells: ARNs, topics that exist."""
    for name in ("alarmActions", "okActions", "insufficientDataActions"):
        for path, text in view.texts(name):
            block = InputView({"arn": text})
            for failure in check_arn(block, "arn"):
                yield view.fail(path, failure.reason)
            if text.startswith("arn:") and text.split(":")[2] == "sns" and resources.is_missing(TOPIC, text):
                yield view.fail(path, f"names {quote(text)}, which does not exist; create the topic first")


@rule(COMPOSITE, source=f"{API}/API_PutCompositeAlarm.html")
def composite_rule(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """An expression over other alarms' states."""
    del resources
    text = view.text("alarmRule")
    if text is None:
        return
    bare = re.sub(r'"[^"]*"', "", text)
    if not STATE_FUNCTION.search(text):
        yield view.fail("alarmRule", f"is {quote(text)}; use e.g. ALARM(name) OR ALARM(other)")
    elif bare.count("(") != bare.count(")"):
        yield view.fail("alarmRule", f"is {quote(text)}; close every parenthesis")


@rule(DASHBOARD, source=DASHBOARDS)
def dashboard_body(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """The name, and widgets that fit on the grid."""
    del resources
    yield from check_pattern(
        view, "dashboardName", DASHBOARD_NAME, "up to 255 letters, digits, hyphens and underscores"
    )
    body, failures = read_document(view, "dashboardBody")
    yield from failures
    if body is None:
        return
    widgets = body.get("widgets")
    if not isinstance(widgets, list):
        yield view.fail("dashboardBody", "has no list of widgets; give one")
        return
    if len(widgets) > WIDGETS:
        yield view.fail("dashboardBody", f"has {len(widgets)} widgets; use {WIDGETS} or less")
    for index, widget in enumerate(widgets):
        block = InputView(widget if isinstance(widget, dict) else {})
        if block.text("type") is None:
            yield view.fail("dashboardBody", f"widgets[{index}] has no type; use e.g. metric")
        for path, low, high in (("width", 1, 24), ("height", 1, 1_000), ("x", 0, 23)):
            for failure in check_range(block, path, low, high):
                yield view.fail("dashboardBody", f"widgets[{index}].{path} {failure.reason}")
