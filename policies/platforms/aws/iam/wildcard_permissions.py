"""AWS-SEC-03: a policy names what it allows, and on what."""

from collections.abc import Iterator, Sequence

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, texts
from policies.core.values import PropertyNode
from policies.platforms.aws.iam.statements import (
    allows,
    covers_all_actions,
    covers_all_resources,
    statements,
    writing_actions,
)
from policies.platforms.aws.links import POLICY, ROLE, ROLE_POLICY

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html"
# Each action's page has no resource type for it:
REFERENCE = "https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"
WITHOUT_RESOURCE = (
    "cloudwatch:PutMetricData",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:UpdateLogDelivery",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
    # A function in a VPC makes network interfaces that nobody can name before; AWS's own policy for it says *:
    # https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaVPCAccessExecutionRole.html
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for statements that allow everything, or writing everywhere."""
    documents = _documents(resource)
    if not documents:
        raise NotApplicableError("it holds no policy of its own")
    exempt = {action.lower() for action in context.texts("withoutResource")}
    for document, path in documents:
        with context.part():
            for number, statement in enumerate(statements(document, path), 1):
                if allows(statement):
                    yield from _violations(statement, f"statement {number} of its policy", exempt)


def _violations(statement: PropertyNode, name: str, exempt: set[str]) -> Iterator[Violation]:
    if covers_all_actions(statement):
        yield Violation(f"{name} allows every action", "name the actions that are needed")
    elif covers_all_resources(statement) and not statement.has("Condition"):
        wide = [action for action in writing_actions(statement) if action not in exempt]
        if wide:
            some = "1 action that writes" if len(wide) == 1 else f"{len(wide)} actions that write"
            yield Violation(
                f"{name} allows {some} on every resource", "name the resources", actual=len(wide), required=0
            )


def _documents(resource: Resource) -> Sequence[tuple[PropertyNode, str]]:
    if resource.type == ROLE:
        return [(inline, "policy") for inline in resource.nodes("inlinePolicies") if inline.has("policy")]
    return [(resource, "policy")]


RULE = Rule(
    id="aws-sec-03",
    title="A policy names its actions, and what they write",
    category="security",
    severity="high",
    types=(ROLE_POLICY, POLICY, ROLE),
    check=check,
    sources=(GUIDE, REFERENCE),
    settings={
        "withoutResource": texts(WITHOUT_RESOURCE, "Actions that AWS allows on every resource alone", source=REFERENCE)
    },
)
