"""AWS-SEC-06: who may invoke a function is narrowed to one source."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation
from policies.platforms.aws.links import PERMISSION

# Without a source, other accounts could configure resources in theirs that invoke the function:
GUIDE = "https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html"
URLS = "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
EVERYBODY = "*"
# `events.amazonaws.com`, `alexa-appkit.amazon.com`, `s3.amazonaws.com.cn`.
SERVICE = ".amazon"
SOURCES = ("sourceArn", "sourceAccount", "principalOrgId", "eventSourceToken")


def check(permission: Resource, _: RuleContext) -> Iterator[Violation]:
    """Look at whom a permission names, and whether it says on whose behalf."""
    principal = permission.text("principal")
    if principal != EVERYBODY and (SERVICE not in principal or principal.startswith("arn:")):
        raise NotApplicableError("its principal is an account or a role, which is narrow itself")
    if any(permission.has(path) for path in SOURCES):
        return
    if principal == EVERYBODY:
        yield Violation(
            "everybody may invoke the function, of every account",
            "name a principal, or set principalOrgId or sourceArn",
            severity="critical",
        )
    else:
        yield Violation(
            "the service may invoke the function on behalf of any account: neither sourceArn nor sourceAccount is set",
            "set sourceArn to what invokes it",
        )


RULE = Rule(
    id="aws-sec-06",
    title="A permission to invoke names its source",
    category="security",
    severity="high",
    types=(PERMISSION,),
    check=check,
    sources=(GUIDE, URLS),
)
