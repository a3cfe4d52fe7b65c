"""What the code says of itself: the text under each field, and annotations as they are written."""

import ast
import inspect
import re
import textwrap
from dataclasses import dataclass

_DEFAULT = re.compile(r"\(default ([^()]*(?:\([^()]*\)[^()]*)*)\)")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a class with the docstring that stands under it."""

    name: str
    annotation: str
    text: str
    value: str = ""
    """Its default as written; empty without one."""


def fields(kind: type) -> list[Field]:
    """The annotated fields of a class, in order, private ones left out."""
    body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    if not isinstance(body, ast.ClassDef):
        msg = f"{kind} is not a class"
        raise TypeError(msg)
    followers = [*body.body[1:], None]
    return [
        Field(
            name=node.target.id,
            annotation=ast.unparse(node.annotation),
            text=_text(after),
            value="" if node.value is None else ast.unparse(node.value),
        )
        for node, after in zip(body.body, followers, strict=True)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and not node.target.id.startswith("_")
    ]


def default_of(text: str) -> tuple[str, str]:
    """A description without its "(default ...)", and what stood in there."""
    found = _DEFAULT.search(text)
    if found is None:
        return text, ""
    return (text[: found.start()].rstrip() + text[found.end() :]).strip(), found[1]


def sections(kind: object) -> tuple[str, list[str]]:
    """A docstring's first line, and its other paragraphs."""
    first, *rest = inspect.cleandoc(getattr(kind, "__doc__", None) or "").split("\n\n")
    return first.replace("\n", " "), rest


def _text(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return " ".join(inspect.cleandoc(node.value.value).split())
    return ""
