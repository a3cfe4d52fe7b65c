"""WAF: web ACLs."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView, quote
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_range

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
API = "https://docs.aws.amazon.com/waf/latest/APIReference"
GLOBAL_REGION = "us-east-1"
GROUPS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")


@rule(WEB_ACL, source=f"{API}/API_CreateWebACL.html")
def web_acl_scope(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """CloudFront's web ACLs lie in one region."""
    if view.value("scope") == "CLOUDFRONT" and resources.region != GLOBAL_REGION:
        reason = f'is "CLOUDFRONT" in {resources.region}; make it with a provider for {GLOBAL_REGION}'
        yield view.fail("scope", reason)


@rule(WEB_ACL, source=f"{API}/API_DefaultAction.html")
def web_acl_default(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """What matches no rule is allowed or blocked."""
    del resources
    given = [name for name in ("allow", "block") if view.block(f"defaultAction.{name}") is not None]
    if len(given) == 2 or (not given and view.block("defaultAction") is not None and not view.count("defaultAction")):
        yield view.fail("defaultAction", f"has {' and '.join(given) or 'neither'}; use one of allow and block")


@rule(WEB_ACL, source=f"{API}/API_Rule.html")
def web_acl_rules(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Rules have names and priorities of their own, and the kind of action that fits."""
    del resources
    seen: dict[str, set[object]] = {"name": set(), "priority": set()}
    for block in view.blocks("rules"):
        for path, values in seen.items():
            value = block.text(path) if path == "name" else block.number(path)
            if value is not None and value in values:
                yield block.fail(path, f"is {quote(value)}, another rule's as well; make it unique")
            values.add(value)
        group = any(not block.is_absent(f"statement.{name}") for name in GROUPS)
        right, wrong = ("overrideAction", "action") if group else ("action", "overrideAction")
        known = block.block("statement") is not None
        if known and block.is_absent(right):
            kind = "a rule group" if group else "a rule of its own"
            yield block.fail(right, f"is missing; {kind} has {right}")
        if known and not block.is_absent(wrong):
            yield block.fail(wrong, f"is set; use {right} here")


@rule(WEB_ACL, source=f"{API}/API_RateBasedStatement.html")
def web_acl_rates(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """How many requests, in which time."""
    del resources
    for block in view.blocks("rules"):
        rate = block.block("statement.rateBasedStatement")
        if rate is not None:
            yield from check_range(rate, "limit", 10, 2_000_000_000, "requests")
            window = rate.number("evaluationWindowSec")
            if window is not None and window not in (60, 120, 300, 600):
                yield rate.fail("evaluationWindowSec", f"is {window}; use 60, 120, 300 or 600")
