"""docs/reference/cli.md: every command with its options and examples, read from the command itself."""

import inspect
import re
import types
import typing
from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

import typer

from scaleshop.cli import app
from scripts.tables import code, page, table

INTRODUCTION = """\
Exit codes are in the [README](../../README.md#exit-codes). `--json` prints one document on stdout; messages go to
stderr."""
# As the command's own help calls them.
_METAVARS: Mapping[Any, str] = MappingProxyType({str: "TEXT", int: "INTEGER", float: "FLOAT", Path: "PATH"})
_EXAMPLES = re.compile(r"Examples?: (.*)", re.DOTALL)


def cli_page() -> str:
    """The page."""
    rows = [[f"[{name}](#scaleshop-{name.replace(' ', '-')})", _summary(c)] for name, c in commands().items()]
    sections = (_command(name, command) for name, command in commands().items())
    return page("The command", INTRODUCTION, table(["command", "does"], rows), *sections)


def commands() -> dict[str, Any]:
    """Every command by its words, those of a group under the group's."""
    group: Any = typer.main.get_command(app)
    return dict(sorted(_leaves(group, ())))


def _leaves(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    if not hasattr(command, "commands"):
        yield " ".join(words), command
        return
    for name, inner in command.commands.items():
        yield from _leaves(inner, (*words, name))


def _summary(command: Any) -> str:
    return _paragraphs(command)[0]


def _command(name: str, command: Any) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
    words = " ".join(p.name.upper() if p.required else f"[{p.name.upper()}]" for p in arguments)
    first, *rest = _paragraphs(command)
    examples = next((found for found in map(_EXAMPLES.search, rest) if found), None)
    blocks = [
        f"## scaleshop {name}",
        f"`scaleshop {name}{f' {words}' if words else ''}{' [options]' if options else ''}`",
        first,
        *(text for text in rest if not _EXAMPLES.search(text)),
        table(["argument", "default", "is"], [[code(p.name.upper()), _default(p), p.help or ""] for p in arguments]),
        table(["option", "default", "is"], [[_names(p), _default(p), p.help or ""] for p in options]),
        _console(examples[1]) if examples else "",
    ]
    return "\n\n".join(block for block in blocks if block)


def _paragraphs(command: Any) -> list[str]:
    return [" ".join(part.split()) for part in inspect.cleandoc(command.help or "").split("\n\n")]


def _console(examples: str) -> str:
    lines = [f"$ {text}" for text in re.findall(r"`([^`]+)`", examples)]
    return "\n".join(["```console", *lines, "```"])


def _names(option: Any) -> str:
    names = [*option.opts, *option.secondary_opts]
    return ", ".join(code(name if option.is_flag else f"{name} {_value(option)}") for name in names)


def _value(option: Any) -> str:
    annotation = option.type_descriptor.annotation
    if isinstance(annotation, types.UnionType):
        annotation = next(kind for kind in typing.get_args(annotation) if kind is not types.NoneType)
    if typing.get_origin(annotation) is list:  # may be repeated
        (annotation,) = typing.get_args(annotation)
    if typing.get_origin(annotation) is typing.Literal:
        return "|".join(map(str, typing.get_args(annotation)))
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return "|".join(str(member.value) for member in annotation)
    return _METAVARS.get(annotation, "VALUE")


def _default(parameter: Any) -> str:
    default = parameter.default.value if isinstance(parameter.default, Enum) else parameter.default
    if parameter.required:
        return "required"
    if default is None or default is False:
        return ""
    return code("on" if default is True else str(default))
