"""docs/reference/components.md: what each component is, costs, takes and gives."""

import inspect
import re
import textwrap
import typing
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from components import load, platforms
from scripts.source import default_of, fields, sections
from scripts.tables import code, page, table

INTRODUCTION = """\
`from components.<platform> import <Component>`, or in any other Pulumi language after `pulumi package add` of this
repository. There, inputs and outputs are camelCase, and `reference` and the methods that grant rights are left out: use
the outputs."""
_EXAMPLE = re.compile(r"```python\n(?P<code>.*?)\n *```", re.DOTALL)
_WRAPPERS = re.compile(r"\b(NotRequired|Input|Output)\[")


def components_page(identity: Mapping[str, Sequence[str]]) -> str:
    """The page.

    Args:
        identity: The children of each component with all its options, as the identity snapshot has them.
    """
    kinds = {name: load(name) for name in sorted(platforms())}
    contents = table(
        ["component", "is"], [[f"[{name}](#{name.lower()})", sections(kind)[0]] for name, kind in kinds.items()]
    )
    return page(
        "Components", INTRODUCTION, contents, *(_component(kind, identity[name]) for name, kind in kinds.items())
    )


def simplify_annotation(annotation: str) -> str:
    """An annotation without what only says "may be omitted" or "may be an Output"."""
    found = _WRAPPERS.search(annotation)
    while found:
        end = _closing(annotation, found.end())
        annotation = annotation[: found.start()] + annotation[found.end() : end] + annotation[end + 1 :]
        found = _WRAPPERS.search(annotation)
    return annotation


def _component(kind: Any, children: Sequence[str]) -> str:
    first, rest = sections(kind)
    prose = [" ".join(part.split()) for part in rest if not part.startswith("Example:")]
    example = _EXAMPLE.search(kind.__doc__ or "")
    args = inspect.get_annotations(kind.__init__)["args"]
    blocks = [
        f"## {kind.__name__}",
        first,
        *prose,
        f"Made of: {_made_of(kind.__name__, children)}.",
        f"```python\n{textwrap.dedent(example['code'])}\n```" if example else "",
        "Inputs:",
        _inputs(args),
        *(f"{_title(nested)}\n\n{_inputs(nested)}" for nested in _nested(args, [])),
        "Outputs:",
        table(
            ["output", "type", "is"],
            [[code(f.name), code(simplify_annotation(f.annotation)), f.text] for f in fields(kind)],
        ),
        _reference(kind),
        _grants(kind),
    ]
    return "\n\n".join(block for block in blocks if block)


def _inputs(args: Any) -> str:
    rows = []
    for field in fields(args):
        text, default = default_of(field.text)
        needed = "required" if field.name in args.__required_keys__ else default
        rows.append([code(field.name), code(simplify_annotation(field.annotation)), needed, text])
    return table(["input", "type", "default", "is"], rows)


def _title(nested: Any) -> str:
    return f"`{nested.__name__}`: {sections(nested)[0]}"


def _nested(args: Any, seen: list[Any]) -> list[Any]:
    """The typed dictionaries that the inputs name, in order of appearance."""
    for hint in inspect.get_annotations(args).values():
        for kind in _find_typed_dicts(hint):
            if kind not in seen and kind is not args:
                seen.append(kind)
                _nested(kind, seen)
    return seen


def _find_typed_dicts(hint: Any) -> Iterator[Any]:
    if typing.is_typeddict(hint):
        if hint.__module__.startswith("components."):
            yield hint
        return
    for inner in typing.get_args(hint):
        yield from _find_typed_dicts(inner)


def _reference(kind: Any) -> str:
    reference = vars(kind).get("reference")
    if reference is None:
        return ""
    return f"`reference`, a `{reference.fget.__annotations__['return'].__name__}`: {sections(reference)[0]}"


def _grants(kind: Any) -> str:
    rows = [
        [code(f"{name}{_call(method)}"), sections(method)[0]]
        for name, method in vars(kind).items()
        if name.startswith("grant") and callable(method)
    ]
    return f"Rights, as statements of the platform's own kind:\n\n{table(['method', 'is'], rows)}" if rows else ""


def _call(method: Any) -> str:
    names = [str(p) for p in inspect.signature(method).parameters.values() if p.name != "self"]
    return f"({', '.join(names)})"


def _made_of(name: str, children: Sequence[str]) -> str:
    types = Counter(line.split(" > ")[1].split(" ")[0].split(":")[-1] for line in children)
    del types[name]
    return ", ".join(f"{number} {type_}" if number > 1 else type_ for type_, number in sorted(types.items()))


def _closing(text: str, start: int) -> int:
    depth = 1
    for position in range(start, len(text)):
        depth += {"[": 1, "]": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)
