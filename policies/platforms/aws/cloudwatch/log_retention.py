"""AWS-CST-01: a function's logs are of the stack and expire."""

from collections.abc import Iterator, Mapping

from policies.core.graph import Graph
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Problem, Rule, View, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.links import FUNCTION, LOG_GROUP

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"
# Log events never expire unless told to:
RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
PREFIX = "/aws/lambda/"
OTHER = "loggingConfig.logGroup"
DAYS = "retentionInDays"
FOREVER = 0


def check(resource: Resource, view: View) -> Iterator[Problem]:
    """Look for a function's log group, and at how long a function's log group keeps its events."""
    if resource.type == FUNCTION:
        if _group(resource, view.graph) is None:
            yield Problem(
                "it has no log group in this stack: Lambda makes one that never expires and that `destroy` leaves",
                "add a LogGroup and name it in loggingConfig.logGroup",
            )
        return
    if not _logs_of_function(resource, view.graph):
        raise NotApplicableError("no function of this stack logs to it")
    days, least, most = resource.number(DAYS, FOREVER), view.number("minimumDays"), view.number("maximumDays")
    if days == FOREVER:
        yield Problem(
            f"it keeps events forever; {most:g} days are the most", f"set {DAYS}", actual=FOREVER, required=most
        )
    elif not least <= days <= most:
        yield Problem(
            f"it keeps events for {days:g} days, which must be {least:g} to {most:g}",
            f"set {DAYS}",
            actual=days,
            required=min(max(days, least), most),
        )


def _logs_of_function(group: Resource, graph: Graph) -> bool:
    used, lost = graph.once("log groups of functions", lambda: _used(graph))
    if group.urn in used:
        return True
    if lost:
        raise NotEvaluatedError(lost)
    return False


def _used(graph: Graph) -> tuple[Mapping[str, Resource], str]:
    used: dict[str, Resource] = {}
    lost = ""
    for function in graph.of(FUNCTION):
        try:
            if group := _group(function, graph):
                used[group.urn] = group
        except NotEvaluatedError as error:
            lost = lost or f"where {function!r} logs: {error}"
    return used, lost


def _group(function: Resource, graph: Graph) -> Resource | None:
    if function.given(OTHER):
        group = graph.target(function, OTHER, LOG_GROUP)
        if group is None:
            raise NotEvaluatedError(f"the log group that {OTHER} names is not of this stack")
        return group
    for named_after in graph.referrers(function, LOG_GROUP, "name"):
        return named_after
    by_name = graph.once("log groups by name", lambda: {group.raw("name"): group for group in graph.of(LOG_GROUP)})
    return by_name.get(PREFIX + function.text("name"))


RULE = Rule(
    id="aws-cst-01",
    title="A function's logs are owned and expire",
    category="cost",
    severity="medium",
    types=(FUNCTION, LOG_GROUP),
    reads=(LOG_GROUP, FUNCTION),
    check=check,
    sources=(GUIDE, RETENTION),
    settings={
        "minimumDays": number(1, "Days that events are kept at least"),
        "maximumDays": number(90, "Days that events are kept at most; some audits ask for 365"),
    },
)
