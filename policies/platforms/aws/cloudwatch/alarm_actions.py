"""AWS-OBS-03: an alarm tells somebody."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.cloudwatch.alarms import is_in_composite
from policies.platforms.aws.links import ALARM, COMPOSITE_ALARM
from policies.predicates import alarm_actions_needed

GUIDE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html"
COMPOSITE = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-combining.html"


def check(alarm: Resource, context: RuleContext) -> Iterator[Violation]:
    """Count what an alarm does when it fires."""
    enabled, actions = alarm.flag("actionsEnabled", default=True), len(alarm.nodes("alarmActions"))
    needed = alarm_actions_needed(actions=actions, enabled=enabled)
    if needed is None:
        return
    if is_in_composite(alarm, context.graph):
        raise NotApplicableError("a composite alarm speaks for it")
    off = "" if enabled else ", and actionsEnabled is false"
    yield Violation(
        f"it has {actions} actions for when it fires{off}; nobody hears it",
        "set alarmActions to a topic" if enabled else "set actionsEnabled to true, and alarmActions to a topic",
        actual=actions if enabled else 0,
        required=needed,
    )


RULE = Rule(
    id="aws-obs-03",
    title="An alarm has an action",
    category="observability",
    severity="high",
    types=(ALARM, COMPOSITE_ALARM),
    reads=(COMPOSITE_ALARM,),
    check=check,
    sources=(GUIDE, COMPOSITE),
)
