"""Rules about buckets of a cloud that is not there, resources for them, and packs of such rules."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.core.values import UNKNOWN
from policies.pack import policies
from tests.policies.analyzing import Pack
from tests.policies.cases import TODAY

BUCKET, READER = "demo:index:Bucket", "demo:index:Reader"
MARKER = "s3cr3t-marker"


def check_room(bucket: Resource, context: RuleContext) -> Iterator[Violation]:
    if bucket.flag("scratch"):
        raise NotApplicableError("it is scratch")
    size, least = bucket.number("room.size", 1), context.number("least")
    if size < least:
        yield Violation(f"size ({size:g}) must be at least {least:g}", f"set it to {least:g}", size, least)


def check_reader(bucket: Resource, context: RuleContext) -> Iterator[Violation]:
    if not context.graph.referrers(bucket, READER, "bucket"):
        yield Violation("nobody reads it", "add a reader")


def always_raise(_: Resource, __: RuleContext) -> Iterator[Violation]:
    raise KeyError(MARKER)


def grow(bucket: Resource, context: RuleContext) -> Mapping[str, Any]:
    small = bucket.number("room.size", 1) < context.number("least")
    return {"room": {"size": context.number("least")}} if small else {}


def rule(name: str, check: Any, **facts: Any) -> Rule:
    common = {"title": f"{name} holds", "category": "resilience", "severity": "high", "sources": ("https://demo",)}
    return Rule(**{"id": name, "types": (BUCKET,), "check": check, **common, **facts})


ROOMY = rule("demo-res-01", check_room, settings={"least": number(3, "Least size")}, remedy=grow)
READ = rule("demo-res-02", check_reader, reads=(READER,), severity="low")
# Looks at others too, and can heal.
HEALED = rule("demo-res-03", check_reader, reads=(READER,), settings={"least": number(3, "Least size")}, remedy=grow)
BROKEN = rule("demo-res-04", always_raise, severity="low")
BROKEN_STACK = rule("demo-res-05", always_raise, severity="low", reads=(READER,))


def bucket(name: str = "photos", **properties: Any) -> Resource:
    return Resource(urn=f"urn:pulumi:dev::shop::{BUCKET}::{name}", type=BUCKET, properties=properties)


def reader(of: Resource, value: Any = UNKNOWN, *, depends: bool = True) -> Resource:
    urn = f"urn:pulumi:dev::shop::{READER}::reader"
    behind = {"bucket": [of.urn]} if depends else {}
    return Resource(urn=urn, type=READER, properties={"bucket": value}, dependencies=behind)


def pack(*rules: Rule, today: date = TODAY) -> Pack:
    return Pack.of(policies(rules, today=lambda: today))


def report_violations(*resources: Resource, of: Pack) -> list[tuple[str, str, str]]:
    return [(t.policy, t.level, t.urn.rsplit("::", 1)[-1]) for t in of.all(ResourceGraph(resources))]


def remedying_pack(*rules: Rule, policy: str = "demo_res_01") -> Pack:
    return pack(*(rules or (ROOMY,))).configure(**{policy: {"enforcementLevel": "remediate"}})
