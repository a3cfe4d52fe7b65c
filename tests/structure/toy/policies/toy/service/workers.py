"""TOY-RES-01: a service has workers."""

from collections.abc import Iterator

from policies.platforms.toy.links import SERVICE, WORKER

from policies.core.resource import Resource
from policies.core.rule import Rule, RuleContext, Violation, number


def check(service: Resource, context: RuleContext) -> Iterator[Violation]:
    """Count the workers of a service."""
    found = len(context.graph.referrers(service, WORKER, "service"))
    least = context.number("least")
    if found < least:
        yield Violation(f"{found} workers", f"add workers until there are {least:g}", found, least)


RULE = Rule(
    id="toy-res-01",
    title="A service has a worker for each consumer",
    category="resilience",
    severity="critical",
    types=(SERVICE,),
    reads=(WORKER,),
    check=check,
    sources=("https://toy.example/workers",),
    settings={"least": number(3, "Workers that a service needs")},
)
