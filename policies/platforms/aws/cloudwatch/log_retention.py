"""AWS-CST-01: a function's logs are of the stack and expire."""

from collections.abc import Iterator, Mapping

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.links import FUNCTION, LOG_GROUP

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"
# Log events never expire by default:
RETENTION = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html"
PREFIX = "/aws/lambda/"
OTHER = "loggingConfig.logGroup"
DAYS = "retentionInDays"
FOREVER = 0


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a function's log group, and at how long a function's log group keeps its events."""
    if resource.type == FUNCTION:
        if _group(resource, context.graph) is None:
            yield Violation(
                "it has no log group in this stack: Lambda makes one that never expires and that `destroy` leaves",
                "add a LogGroup and name it in loggingConfig.logGroup",
            )
        return
    if not _is_function_log(resource, context.graph):
        raise NotApplicableError("no function of this stack logs to it")
    days, least, most = resource.number(DAYS, FOREVER), context.number("minimumDays"), context.number("maximumDays")
    if days == FOREVER:
        yield Violation(
            f"it keeps events forever; {most:g} days are the most", f"set {DAYS}", actual=FOREVER, required=most
        )
    elif not least <= days <= most:
        yield Violation(
            f"it keeps events for {days:g} days, which must be {least:g} to {most:g}",
            f"set {DAYS}",
            actual=days,
            required=min(max(days, least), most),
        )


def _is_function_log(group: Resource, graph: ResourceGraph) -> bool:
    used, unread = graph.compute_once("log groups of functions", lambda: _used_groups(graph))
    if group.urn in used:
        return True
    if unread:
        raise NotEvaluatedError(unread)
    return False


def _used_groups(graph: ResourceGraph) -> tuple[Mapping[str, Resource], str]:
    used: dict[str, Resource] = {}
    unread = ""
    for function in graph.of_type(FUNCTION):
        try:
            if group := _group(function, graph):
                used[group.urn] = group
        except NotEvaluatedError as error:
            unread = unread or f"where {function!r} logs: {error}"
    return used, unread


def _group(function: Resource, graph: ResourceGraph) -> Resource | None:
    if function.has(OTHER):
        group = graph.target(function, OTHER, LOG_GROUP)
        if group is None:
            raise NotEvaluatedError(f"the log group that {OTHER} names is not of this stack")
        return group
    for named_after in graph.referrers(function, LOG_GROUP, "name"):
        return named_after
    by_name = graph.compute_once(
        "log groups by name", lambda: {group.raw("name"): group for group in graph.of_type(LOG_GROUP)}
    )
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
