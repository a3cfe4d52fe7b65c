"""AWS-SEC-02: a queue's policy lets nobody in who is not named."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, texts
from policies.platforms.aws.iam.statements import admits_everybody, allows, narrowing_keys, statements
from policies.platforms.aws.links import QUEUE, QUEUE_POLICY

GUIDE = (
    "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-examples-of-sqs-policies.html"
)
# The keys that make a policy with the principal * private, each of a fixed value:
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
PUBLIC = "https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"
NARROWING = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceIp",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:userid",
)


def check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """Look for statements that allow something to everybody."""
    # A queue shows the policy that another resource gave it.
    if not resource.has("policy") or (
        resource.type == QUEUE and context.graph.referrers(resource, QUEUE_POLICY, "queueUrl")
    ):
        raise NotApplicableError("it has no policy of its own")
    narrowing = {key.lower() for key in context.texts("narrowingKeys")}
    for number, statement in enumerate(statements(resource, "policy"), 1):
        if allows(statement) and admits_everybody(statement) and narrowing.isdisjoint(narrowing_keys(statement)):
            yield Violation(
                f"statement {number} of its policy lets everybody in, of every account",
                "name the principals, or add a condition on aws:SourceArn or aws:PrincipalOrgID",
            )


RULE = Rule(
    id="aws-sec-02",
    title="A queue is open to nobody who is not named",
    category="security",
    severity="critical",
    types=(QUEUE_POLICY, QUEUE),
    check=check,
    sources=(GUIDE, PUBLIC),
    settings={
        "narrowingKeys": texts(NARROWING, "Condition keys that make an open principal a narrow one", source=PUBLIC)
    },
)
