"""Metrics from log lines: metric filters, and lines in the embedded metric format."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.planes.aws.watching import json_patterns
from sandbox.planes.aws.watching.json_patterns import PatternError
from sandbox.planes.aws.watching.patterns import matcher
from sandbox.planes.aws.watching.publishing import Datum
from sandbox.planes.aws.watching.queries import Scope
from sandbox.planes.aws.watching.store import Metric, dimensions_of

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
MARK = '"_aws"'
MOST_METRICS, MOST_VALUES, MOST_DIMENSIONS = 100, 100, 30
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
MOST_FILTER_DIMENSIONS = 3
Event = Mapping[str, Any]
"""A log event: `timestamp` in milliseconds, and `message`."""


def embedded(event: Event, scope: Scope, now: float) -> list[Datum]:
    """The metrics in a line of the embedded metric format; a line that is not one has none."""
    message = event.get("message") or ""
    if MARK not in message:
        return []
    document = json_patterns.parsed(message)
    about = document.get("_aws") if isinstance(document, dict) else None
    if not isinstance(about, dict):
        return []
    stamped = about.get("Timestamp")
    at = stamped / 1000 if isinstance(stamped, int | float) else _at(event, now)
    directives = about.get("CloudWatchMetrics")
    listed = directives if isinstance(directives, list) else []
    return [
        datum
        for directive in listed
        if isinstance(directive, dict)
        for datum in _directed(document, directive, scope, at)
    ]


def filtered(filters: Iterable[Mapping[str, Any]], events: Sequence[Event], scope: Scope, now: float) -> list[Datum]:
    """The metrics that filters of a group make of lines that came together."""
    found: list[Datum] = []
    for made in filters:
        test = matcher(str(made.get("filterPattern") or ""))
        matching = [event for event in events if test(event.get("message") or "")]
        for change in made.get("metricTransformations") or []:
            if matching:
                found += [datum for event in matching for datum in _transformed(change, event, scope, now)]
            elif events and change.get("defaultValue") is not None:
                found.append(_datum(change, (), float(change["defaultValue"]), scope, _at(events[-1], now)))
    return found


def refuse_filter(request: Mapping[str, Any]) -> None:
    """Refuse a metric filter that AWS would not take.

    Raises:
        PatternError: its pattern or one of its transformations is not as AWS wants it.
    """
    matcher(str(request.get("filterPattern") or ""))
    for change in request.get("metricTransformations") or []:
        value, dimensions = str(change.get("metricValue") or ""), change.get("dimensions") or {}
        if not value.startswith("$") and _number(value) is None:
            msg = f"metricValue '{value}' is neither a number nor a field such as $.latency"
            raise PatternError(msg)
        if dimensions and change.get("defaultValue") is not None:
            raise PatternError("dimensions and defaultValue can't be set together")
        if len(dimensions) > MOST_FILTER_DIMENSIONS:
            msg = f"{len(dimensions)} dimensions are above {MOST_FILTER_DIMENSIONS}"
            raise PatternError(msg)


def _transformed(change: Mapping[str, Any], event: Event, scope: Scope, now: float) -> Iterator[Datum]:
    wanted, dimensions = str(change.get("metricValue") or "1"), change.get("dimensions") or {}
    document = json_patterns.parsed(event.get("message") or "") if wanted.startswith("$") or dimensions else None
    value = _number(json_patterns.selected(document, wanted) if wanted.startswith("$") else wanted)
    pairs = {name: json_patterns.selected(document, selector) for name, selector in dimensions.items()}
    if value is not None and all(isinstance(found, str | int | float) for found in pairs.values()):
        named = dimensions_of({name: str(found) for name, found in pairs.items()})
        yield _datum(change, named, value, scope, _at(event, now))


def _datum(
    change: Mapping[str, Any], dimensions: tuple[tuple[str, str], ...], value: float, scope: Scope, at: float
) -> Datum:
    metric = Metric(*scope, str(change.get("metricNamespace")), str(change.get("metricName")), dimensions)
    return Datum(metric, at, str(change.get("unit") or "None"), fine=False, values=((value, 1.0),))


def _directed(document: Mapping[str, Any], directive: Mapping[str, Any], scope: Scope, at: float) -> Iterator[Datum]:
    namespace, sets, metrics = (directive.get(name) for name in ("Namespace", "Dimensions", "Metrics"))
    if not isinstance(namespace, str) or not isinstance(metrics, list) or len(metrics) > MOST_METRICS:
        return
    for names in sets if isinstance(sets, list) and sets else [[]]:
        pairs = {str(name): document.get(name) for name in names} if isinstance(names, list) else {"": None}
        if len(pairs) > MOST_DIMENSIONS or not all(isinstance(value, str) for value in pairs.values()):
            continue
        dimensions = dimensions_of({name: str(value) for name, value in pairs.items()})
        for definition in metrics:
            found = _defined(document, definition)
            if found:
                metric = Metric(*scope, namespace, str(definition["Name"]), dimensions)
                fine = definition.get("StorageResolution") == 1
                yield Datum(metric, at, str(definition.get("Unit") or "None"), fine, values=found)


def _defined(document: Mapping[str, Any], definition: Any) -> tuple[tuple[float, float], ...]:
    if not isinstance(definition, dict) or not isinstance(definition.get("Name"), str):
        return ()
    given = document.get(definition["Name"])
    values = given if isinstance(given, list) else [given]
    if len(values) > MOST_VALUES:
        return ()
    numbers = [float(v) for v in values if isinstance(v, int | float) and not isinstance(v, bool) and math.isfinite(v)]
    return tuple((number, 1.0) for number in numbers) if len(numbers) == len(values) else ()


def _at(event: Event, now: float) -> float:
    stamped = event.get("timestamp")
    return stamped / 1000 if isinstance(stamped, int | float) else now


def _number(value: Any) -> float | None:
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None
