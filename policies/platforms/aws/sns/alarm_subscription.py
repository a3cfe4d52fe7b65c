"""AWS-OBS-04: the topic that alarms speak through has a listener."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.cloudwatch.alarms import alarm_topics
from policies.platforms.aws.links import ALARM, COMPOSITE_ALARM, SLACK_CHANNEL, SUBSCRIPTION, TEAMS_CHANNEL, TOPIC

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html"
LISTENERS = ((SUBSCRIPTION, "topic"), (SLACK_CHANNEL, "snsTopicArns"), (TEAMS_CHANNEL, "snsTopicArns"))


def check(topic: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for a listener of a topic that alarms depend on."""
    by_topic, unread = context.graph.compute_once("alarms by their topic", lambda: _alarms_by_topic(context.graph))
    alarms = by_topic.get(topic.urn, ())
    if not alarms:
        if unread:
            raise NotEvaluatedError(unread)
        raise NotApplicableError("no alarm of this stack depends on it")
    if not any(context.graph.referrers(topic, type_, path) for type_, path in LISTENERS):
        first = next(iter(alarms))
        who = f"{first!r}" if len(alarms) == 1 else f"{len(alarms)} alarms, {first!r} among them,"
        yield Violation(
            f"{who} would be heard by nobody: it has no subscription in this stack",
            "add a TopicSubscription",
            actual=0,
            required=1,
        )


def _alarms_by_topic(graph: ResourceGraph) -> tuple[Mapping[str, Sequence[Resource]], str]:
    """The alarms that speak through each topic and do nothing that reaches out of this stack."""
    by_topic: dict[str, list[Resource]] = defaultdict(list)
    unread = ""
    for alarm in graph.of_type(ALARM, COMPOSITE_ALARM):
        try:
            found, elsewhere = alarm_topics(alarm, graph)
        except NotEvaluatedError as error:
            unread = unread or f"whom {alarm!r} tells: {error}"
            continue
        for topic in () if elsewhere else found:
            by_topic[topic.urn].append(alarm)
    return by_topic, unread


RULE = Rule(
    id="aws-obs-04",
    title="A topic of alarms has a listener",
    category="observability",
    severity="medium",
    types=(TOPIC,),
    reads=(ALARM, COMPOSITE_ALARM, SUBSCRIPTION, SLACK_CHANNEL, TEAMS_CHANNEL),
    check=check,
    sources=(GUIDE,),
)
