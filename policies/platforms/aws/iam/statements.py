"""IAM documents as rules read them, given as JSON text or as objects: statements, who, what, on what."""

import re
from collections.abc import Iterator, Sequence

from policies.core.values import PropertyNode

# A name that begins so only reads; the reference lists each action's access level:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
READING = (
    "batchget",
    "check",
    "describe",
    "filter",
    "get",
    "head",
    "list",
    "lookup",
    "query",
    "scan",
    "search",
    "view",
)
# An Allow on these operators holds for callers that lack the key, or for all but some.
_WIDE_OPERATORS = ("not", "null", "ifexists", "forallvalues")
_EVERYTHING = re.compile(r"\*|arn:[^:]*(:[^:]*)?(:\*?){3,}")


def statements(resource: PropertyNode, path: str) -> Sequence[PropertyNode]:
    """The statements of a policy document that a property holds; none when the property is not given.

    Raises:
        NotEvaluatedError: the document is unknown or none.
    """
    return resource.nodes(f"{path}.Statement") if resource.keys(path) else ()


def allows(statement: PropertyNode) -> bool:
    """Whether a statement grants something, rather than forbids it."""
    return statement.text("Effect") == "Allow"


def covers_all_actions(statement: PropertyNode) -> bool:
    """Whether a statement is about every action, or every one but some."""
    return statement.has("NotAction") or any(set(action) <= set("*:") for action in statement.texts("Action"))


def writing_actions(statement: PropertyNode) -> Sequence[str]:
    """The actions of a statement that can do more than read, in lower case; `s3:*` can."""
    actions = [action.lower() for action in statement.texts("Action")]
    return [action for action in actions if not action.rpartition(":")[2].startswith(READING)]


def covers_all_resources(statement: PropertyNode) -> bool:
    """Whether a statement names no resource: `*`, an ARN of wildcards alone, or every resource but some."""
    return statement.has("NotResource") or any(_EVERYTHING.fullmatch(text) for text in statement.texts("Resource"))


def admits_everybody(statement: PropertyNode) -> bool:
    """Whether a statement of a resource's policy is about every caller, or every one but some."""
    if statement.has("NotPrincipal"):
        return True
    principal = statement.raw("Principal")
    if isinstance(principal, str):
        return principal == "*"
    return any("*" in statement.texts(f"Principal.{kind}") for kind in statement.keys("Principal"))


def narrowing_keys(statement: PropertyNode) -> Iterator[str]:
    """The condition keys, in lower case, that a request must have and match."""
    for operator in statement.keys("Condition"):
        if not any(part in operator.lower() for part in _WIDE_OPERATORS):
            yield from (key.lower() for key in statement.keys(f"Condition.{operator}"))
