"""AWS-RES-10: EventBridge may write the dead-letter queue that a target names."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.core.values import NotEvaluatedError
from policies.platforms.aws.links import EVENT_RULE, QUEUE, QUEUE_POLICY, TARGET
from policies.platforms.aws.sqs.send_access import send_access

GUIDE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html"
SERVICE = "events.amazonaws.com"
FIX = f"allow {SERVICE} to sqs:SendMessage with the condition ArnEquals aws:SourceArn = the rule's ARN"


def check(target: Resource, context: RuleContext) -> Iterator[Violation]:
    """Read the type and the policy of a target's dead-letter queue."""
    dead = context.graph.target(target, "deadLetterConfig.arn", QUEUE)
    if dead is None:
        raise NotApplicableError("it has no dead-letter queue of this stack")
    with context.part():
        if dead.flag("fifoQueue"):
            yield Violation(
                f"its dead-letter queue '{dead.name}' is a FIFO queue; EventBridge writes standard queues alone",
                "use a standard queue",
            )
    rule = context.graph.target(target, "rule", EVENT_RULE)
    if rule is None:
        raise NotEvaluatedError("its rule is not of this stack")
    if not rule.is_known("arn"):
        raise NotEvaluatedError(f"{rule.name}.arn is not known")
    access = send_access(dead, SERVICE, rule.text("arn"), context.graph)
    if access == "refused":
        yield Violation(
            f"0 statements (1 needed) let {SERVICE} write its dead-letter queue '{dead.name}' for '{rule.name}': "
            "the events that should be kept there are dropped",
            FIX,
            actual=0,
            required=1,
        )
    elif access == "any account":
        yield Violation(
            f"the policy of its dead-letter queue '{dead.name}' lets {SERVICE} write for rules of any account",
            FIX,
            severity="medium",
        )


RULE = Rule(
    id="aws-res-10",
    title="EventBridge may write a target's dead-letter queue",
    category="resilience",
    severity="high",
    types=(TARGET,),
    reads=(QUEUE, QUEUE_POLICY, EVENT_RULE),
    check=check,
    sources=(GUIDE,),
)
