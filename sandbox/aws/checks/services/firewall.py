"""WAF: web ACLs."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.values import bounded
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
API = "https://docs.aws.amazon.com/waf/latest/APIReference"
GLOBAL_REGION = "us-east-1"
GROUPS = ("managedRuleGroupStatement", "ruleGroupReferenceStatement")


@rule(WEB_ACL, source=f"{API}/API_CreateWebACL.html")
def web_acl_scope(view: View, world: World) -> Iterator[CheckFailure]:
    """CloudFront's web ACLs lie in one region."""
    if view.known("scope") == "CLOUDFRONT" and world.region != GLOBAL_REGION:
        reason = f'is "CLOUDFRONT" in {world.region}; make it with a provider for {GLOBAL_REGION}'
        yield view.fail("scope", reason)


@rule(WEB_ACL, source=f"{API}/API_DefaultAction.html")
def web_acl_default(view: View, world: World) -> Iterator[CheckFailure]:
    """What matches no rule is allowed or blocked."""
    del world
    given = [name for name in ("allow", "block") if view.block(f"defaultAction.{name}") is not None]
    if len(given) == 2 or (not given and view.block("defaultAction") is not None and not view.count("defaultAction")):
        yield view.fail("defaultAction", f"has {' and '.join(given) or 'neither'}; use one of allow and block")


@rule(WEB_ACL, source=f"{API}/API_Rule.html")
def web_acl_rules(view: View, world: World) -> Iterator[CheckFailure]:
    """Rules have names and priorities of their own, and the kind of action that fits."""
    del world
    seen: dict[str, set[object]] = {"name": set(), "priority": set()}
    for block in view.blocks("rules"):
        for path, values in seen.items():
            value = block.text(path) if path == "name" else block.number(path)
            if value is not None and value in values:
                yield block.fail(path, f"is {shown(value)}, another rule's as well; make it unique")
            values.add(value)
        group = any(not block.absent(f"statement.{name}") for name in GROUPS)
        right, wrong = ("overrideAction", "action") if group else ("action", "overrideAction")
        known = block.block("statement") is not None
        if known and block.absent(right):
            kind = "a rule group" if group else "a rule of its own"
            yield block.fail(right, f"is missing; {kind} has {right}")
        if known and not block.absent(wrong):
            yield block.fail(wrong, f"is set; use {right} here")


@rule(WEB_ACL, source=f"{API}/API_RateBasedStatement.html")
def web_acl_rates(view: View, world: World) -> Iterator[CheckFailure]:
    """How many requests, in which time."""
    del world
    for block in view.blocks("rules"):
        rate = block.block("statement.rateBasedStatement")
        if rate is not None:
            yield from bounded(rate, "limit", 10, 2_000_000_000, "requests")
            window = rate.number("evaluationWindowSec")
            if window is not None and window not in (60, 120, 300, 600):
                yield rate.fail("evaluationWindowSec", f"is {window}; use 60, 120, 300 or 600")
