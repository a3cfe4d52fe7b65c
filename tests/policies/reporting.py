"""A report with every verdict in it, for tests of what reports are rendered as."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from policies.core.configuration import Configuration
from policies.core.evaluate import evaluate
from policies.core.exemptions import Exemption, Exemptions
from policies.core.graph import ResourceGraph
from policies.core.report import Report
from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Severity, Violation, number
from policies.core.values import UNKNOWN, SourceLine

TODAY = date(2026, 1, 15)
QUEUE = "aws:sqs/queue:Queue"
HOSTILE = "x|`<img src=x onerror=alert(1)>](http://evil)\n@everyone #1 ]]>&"
"""A name that tries to be Markdown, HTML, XML and a mention."""


def size_check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """A rule's check: one problem below ten, a critical one below zero."""
    if not resource.has("size"):
        raise NotApplicableError("it has no size")
    size = resource.number("size")
    if size < context.number("least"):
        worst: Severity | None = "critical" if size < 0 else None
        yield Violation(f"size ({size:g}) must be at least 10", "set size to 10", size, 10, worst)


def broken_check(resource: Resource, context: RuleContext) -> Iterator[Violation]:
    """A check that raises, with a value in its text that must not be shown."""
    if resource.has("size"):
        raise KeyError(str(resource.value))
    yield from ()


def rule(rule_id: str = "aws-res-91", severity: Severity = "high", check: Any = size_check) -> Rule:
    return Rule(
        id=rule_id,
        title=f"Things of {rule_id} are large",
        category="resilience",
        severity=severity,
        types=(QUEUE,),
        check=check,
        sources=("https://docs.aws.amazon.com/one", "https://docs.aws.amazon.com/two"),
        settings={"least": number(10, "Smallest size", source="https://docs.aws.amazon.com/one")},
    )


def queue(name: str, *, line: int = 7, trace: Sequence[SourceLine] | None = None, **properties: Any) -> Resource:
    places = [SourceLine("shop/queues.py", line), SourceLine("shop/__main__.py", 3)] if trace is None else trace
    return Resource(urn=f"urn:pulumi:test::shop::{QUEUE}::{name}", type=QUEUE, properties=properties, trace=places)


def exemption(name: str, expires: date | None = date(2026, 3, 1), **changes: Any) -> Exemption:
    made = Exemption(
        ("aws-res-91",), (f"*::{name}",), "because", "platform-team", expires, "policies/exemptions.yaml:2"
    )
    return replace(made, **changes)


def report(
    resources: Sequence[Resource],
    rules: Sequence[Rule] | None = None,
    *,
    given: Sequence[Exemption] = (),
    configuration: Configuration | None = None,
) -> Report:
    exemptions = Exemptions(given)
    chosen = rules or [rule()]
    results = evaluate(chosen, ResourceGraph(resources), configuration or Configuration(), exemptions, today=TODAY)
    return Report("shop-test", "mocks", "prod", results, exemptions.find_unused())


def everything(*, line: int = 7, name: str = "small") -> Report:
    """Each verdict, an exemption that holds, one that is expired, one that nothing needs, and a rule that breaks."""
    resources = [
        queue(name, line=line, size=4),
        queue("worst", line=line + 1, size=-1),
        queue("large", size=40),
        queue("sizeless"),
        queue("hidden", size=UNKNOWN),
        queue("allowed", size=5),
        queue("late", size=6),
        queue("nowhere", trace=(), size=7),
    ]
    given = [exemption("allowed"), exemption("late", date(2026, 1, 14)), exemption("gone", where="exemptions.yaml:9")]
    rules = [rule(), rule("aws-obs-92", "low"), rule("aws-sec-93", "medium", broken_check)]
    return report(resources, rules, given=given)
