"""CloudWatch alarms as rules read them: which metric of which resource they watch, when they fire, whom they tell."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, NotEvaluatedError, PropertyNode
from policies.platforms.aws.links import ALARM, COMPOSITE_ALARM, FUNCTION, QUEUE, TOPIC

RISES = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold")
"""Operators of an alarm that fires when a number grows beyond a fixed threshold."""
_BANDS = ("GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold")
# Of numbers that are never negative: at least as great as each of them.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
_GROWING = re.compile(r"(?:SUM|MAX|METRICS|FILL|0|[a-z]\w*|[\s+,()\[\]])+")
_WORD = re.compile(r"\w+")
_IN_RULE = re.compile(r"""(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*["']?([^"')]+)""")


@dataclass(frozen=True, slots=True)
class ResourceMetric:
    """A metric of a resource."""

    namespace: str
    name: str
    dimension: str
    """The dimension that names the resource."""
    type: str
    """The resource's token."""
    summed: bool = False
    """Whether the service also gives it without dimensions, for all resources together."""


# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
DEPTH = ResourceMetric("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", QUEUE)
AGE = ResourceMetric("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", QUEUE)


@dataclass(frozen=True, slots=True)
class MetricAlarm:
    """An alarm and how it sees a metric."""

    alarm: Resource
    statistic: str
    """Empty where it is not given."""
    expression: str
    """The metric math that stands between the metric and the threshold; empty for the metric itself."""

    @property
    def is_rising(self) -> bool:
        """Whether it fires when the metric grows."""
        return self.alarm.text("comparisonOperator") in (*RISES, *_BANDS)

    def threshold(self) -> float | None:
        """The fixed number of the metric that it fires beyond, None when a growing metric does not make it fire.

        Raises:
            NotEvaluatedError: it is unknown, or the metric math is more than sums and maxima.
        """
        if self.alarm.text("comparisonOperator") not in RISES or self.statistic == "SampleCount":
            return None
        if self.expression and not _GROWING.fullmatch(self.expression):
            raise NotEvaluatedError(f"the metric math of {self.alarm!r} is more than sums and maxima")
        return self.alarm.number("threshold")

    def fires_at(self, value: float) -> bool:
        """Whether it fires when the metric has a value.

        Raises:
            NotEvaluatedError: as `threshold`.
        """
        threshold = self.threshold()
        if threshold is None:
            return False
        return value > threshold or (value == threshold and self.alarm.text("comparisonOperator") == RISES[1])


def function_metric(name: str) -> ResourceMetric:
    """A metric of Lambda functions: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html."""
    return ResourceMetric("AWS/Lambda", name, "FunctionName", FUNCTION, summed=True)


def has_alarm(
    target: Resource, metric: ResourceMetric, graph: ResourceGraph, suits: Callable[[MetricAlarm], bool]
) -> bool:
    """Whether an alarm of this stack watches a metric of a resource in a way that suits.

    Raises:
        NotEvaluatedError: none is known to, and an alarm with something unknown could.
    """
    found, everywhere, unread = graph.compute_once(f"alarms|{metric}", lambda: _conditions_by_target(metric, graph))
    for condition in (*found.get(target.urn, ()), *everywhere):
        try:
            if suits(condition):
                return True
        except NotEvaluatedError as error:
            unread = unread or str(error)
    if unread:
        raise NotEvaluatedError(unread)
    return False


def alarm_topics(alarm: Resource, graph: ResourceGraph) -> tuple[Sequence[Resource], bool]:
    """The topics of this stack that an alarm speaks through, and whether it also does something else.

    Raises:
        NotEvaluatedError: it is unknown.
    """
    actions = alarm.nodes("alarmActions")
    found = graph.targets(alarm, "alarmActions", TOPIC)
    others = actions[len(found) :]
    if others and any(action.value is UNKNOWN for action in actions):
        raise NotEvaluatedError(f"an action of {alarm!r} is not known")
    return found, bool(others)


def is_in_composite(alarm: Resource, graph: ResourceGraph) -> bool:
    """Whether a composite alarm of this stack speaks for an alarm.

    Raises:
        NotEvaluatedError: a composite alarm's rule is unknown.
    """
    if graph.referrers(alarm, COMPOSITE_ALARM, "alarmRule"):
        return True
    named = graph.compute_once(
        "alarms in composites", lambda: {name.strip() for rule in _composite_rules(graph) for name in rule}
    )
    return not named.isdisjoint(alarm.text(path) for path in ("name", "arn") if alarm.is_known(path))


def _composite_rules(graph: ResourceGraph) -> Iterator[Sequence[str]]:
    for composite in graph.of_type(COMPOSITE_ALARM):
        # An unknown one is met by `referrers`, which asks what it depends on.
        yield _IN_RULE.findall(composite.text("alarmRule")) if composite.is_known("alarmRule") else ()


def _conditions_by_target(
    metric: ResourceMetric, graph: ResourceGraph
) -> tuple[Mapping[str, list[MetricAlarm]], list[MetricAlarm], str]:
    found: dict[str, list[MetricAlarm]] = defaultdict(list)
    everywhere: list[MetricAlarm] = []
    unread = ""
    for alarm in graph.of_type(ALARM):
        try:
            for path, condition in _read_conditions(alarm, metric):
                dimensions = f"{path}dimensions"
                if metric.summed and not alarm.keys(dimensions):
                    everywhere.append(condition)
                elif target := _dimension_target(alarm, f"{dimensions}.{metric.dimension}", metric.type, graph):
                    found[target.urn].append(condition)
        except NotEvaluatedError as error:
            unread = unread or f"what {alarm!r} watches: {error}"
    return found, everywhere, unread


def _dimension_target(alarm: Resource, path: str, type_: str, graph: ResourceGraph) -> Resource | None:
    """The resource that a dimension names.

    The dependencies of `metricQueries` are those of all its queries: a value that is known says more.
    """
    found = graph.target(alarm, path, type_)
    if found is None or not found.has("name") or not alarm.is_known(path):
        return found
    return found if found.text("name") == alarm.text(path) else None


def _read_conditions(alarm: Resource, metric: ResourceMetric) -> Iterator[tuple[str, MetricAlarm]]:
    """How an alarm reads a metric: the prefix of its properties, and the watch without its resource."""
    if _is_metric(alarm, metric):
        yield "", MetricAlarm(alarm, alarm.text("statistic"), "")
    queries = alarm.nodes("metricQueries")
    for i, expression in _returned_queries(queries):
        query = queries[i]
        if query.has("metric") and _is_metric(PropertyNode(query.raw("metric"), f"{query.where}.metric"), metric):
            yield f"metricQueries.{i}.metric.", MetricAlarm(alarm, query.text("metric.stat"), expression)


def _is_metric(node: PropertyNode, metric: ResourceMetric) -> bool:
    return node.text("metricName") == metric.name and node.text("namespace") == metric.namespace


def _returned_queries(queries: Sequence[PropertyNode]) -> Iterator[tuple[int, str]]:
    """The queries behind an alarm's number, each with the expression that it goes through."""
    by_id = {query.text("id"): i for i, query in enumerate(queries)}
    waiting = [(i, "") for i, query in enumerate(queries) if query.flag("returnData")]
    seen: set[int] = set()
    while waiting:
        i, outer = waiting.pop()
        if i in seen:
            continue
        seen.add(i)
        expression = queries[i].text("expression")
        yield i, outer
        if expression.lstrip().upper().startswith("SELECT"):
            raise NotEvaluatedError(f"{queries[i].where}.expression is a query of its own")
        words = set(_WORD.findall(expression))
        metrics = [n for n, query in enumerate(queries) if query.has("metric")] if "METRICS" in words else []
        inner = [*metrics, *(by_id[word] for word in words if word in by_id)]
        # A space keeps two steps of metric math apart; what counts is whether all of them only grow.
        waiting += [(n, f"{outer} {expression}".strip()) for n in inner]
