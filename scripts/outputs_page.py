"""docs/reference/outputs.md: what a stack exports, with the meaning of each output."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from scripts.tables import code, page, table

INTRODUCTION = """\
`scaleshop outputs` prints them, `scaleshop outputs NAME` one of them bare. Other stacks read them through a
`StackReference`."""
MEANINGS: Mapping[str, str] = MappingProxyType(
    {
        "apiDomainTarget": "What the custom domain's DNS record points at; empty without a domain.",
        "apiUrl": "Where the HTTP API answers.",
        "architecture": "Which program made the stack.",
        "busName": "The event bus.",
        "deadLetterQueues": "URL of each consumer's dead-letter queue.",
        "functionNames": "Physical name of each function.",
        "lake": "The bucket that events are kept in for analytics, and how long they are collected first.",
        "logGroups": "Log group of each function.",
        "opsFunctionName": "The function behind `scaleshop redrive` and the operators' other actions.",
        "queueUrls": "URL of each consumer's queue.",
        "region": "Where the stack is.",
        "storefrontUrl": "Where browsers go.",
        "tableNames": "Physical name of each table.",
    }
)


def outputs_page(outputs: Mapping[str, Any]) -> str:
    """The page.

    Args:
        outputs: A stack's outputs; values are looked at for their shape alone.

    Raises:
        SystemExit: an output has no meaning here, or a meaning has no output.
    """
    differing = sorted(set(outputs) ^ set(MEANINGS))
    if differing:
        msg = f"scripts/outputs_page.py: MEANINGS and the outputs of the stack differ in {', '.join(differing)}"
        raise SystemExit(msg)
    rows = [[code(name), _shape(outputs[name]), MEANINGS[name]] for name in sorted(outputs)]
    return page("Stack outputs", INTRODUCTION, table(["output", "type", "is"], rows))


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return f"map by {', '.join(sorted(value))}"
    return "text"
