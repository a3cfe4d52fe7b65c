"""AWS-SEC-04: each function has a role of its own."""

from collections.abc import Iterator

from policies.core.resource import Resource
from policies.core.rule import NotApplicableError, Rule, RuleContext, Violation, number
from policies.platforms.aws.links import FUNCTION, ROLE

GUIDE = "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"


def check(role: Resource, context: RuleContext) -> Iterator[Violation]:
    """Count the functions that work by a role."""
    functions = context.graph.referrers(role, FUNCTION, "role")
    if not functions:
        raise NotApplicableError("no function of this stack has it")
    most = context.number("functions")
    if len(functions) > most:
        names = ", ".join(f"'{function.name}'" for function in functions)
        yield Violation(
            f"{len(functions)} functions have it ({names}) and may do what all of them need; at most {most:g} should",
            "give each function a role of its own",
            actual=len(functions),
            required=most,
        )


RULE = Rule(
    id="aws-sec-04",
    title="A role serves one function",
    category="security",
    severity="medium",
    types=(ROLE,),
    reads=(FUNCTION,),
    check=check,
    sources=(GUIDE,),
    settings={"functions": number(1, "Functions that may share a role")},
)
