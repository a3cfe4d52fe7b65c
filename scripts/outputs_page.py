"""docs/reference/<architecture>/outputs.md: what a stack exports, with the meaning of each output."""

import importlib
from collections.abc import Mapping
from typing import Any

from scripts.tables import code, page, table

INTRODUCTION = """\
`scaleshop outputs` prints them, `scaleshop outputs NAME` one of them bare. Other stacks read them through a
`StackReference`."""


def outputs_page(architecture: str, outputs: Mapping[str, Any]) -> str:
    """The page of an architecture.

    Args:
        architecture: Its name; `OUTPUTS` of its program's folder says what each output is.
        outputs: A stack's outputs; values are looked at for their shape alone.

    Raises:
        SystemExit: an output has no meaning there, or a meaning has no output.
    """
    meanings: Mapping[str, str] = importlib.import_module(f"stacks.{architecture}.outputs").OUTPUTS
    differing = sorted(set(outputs) ^ set(meanings))
    if differing:
        msg = f"stacks/{architecture}/outputs.py and the outputs of the stack differ in {', '.join(differing)}"
        raise SystemExit(msg)
    rows = [[code(name), _shape(outputs[name]), meanings[name]] for name in sorted(outputs)]
    return page("Stack outputs", INTRODUCTION, table(["output", "type", "is"], rows))


def _shape(value: Any) -> str:
    if isinstance(value, dict):
        return f"map by {', '.join(sorted(value))}"
    return "text"
