"""docs/reference/<architecture>/settings.md: every setting, from its model."""

import importlib
import typing
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from scripts.source import Field, fields, sections
from scripts.tables import code, page, prose, table

INTRODUCTION = """\
The value of `scaleshop:settings` in `stacks/config/Pulumi.<stack>.yaml`. Unknown fields and bad values are refused, all
at once. Limits of queues, functions, tables and the API are not settings: they follow from `sizing`, and
`scaleshop preview --explain-sizing` prints how."""
# Pydantic's names of the bounds, and their words.
_BOUNDS = {"gt": "above {}", "ge": "{} or more", "lt": "below {}", "le": "at most {}"}
_LENGTHS = {"min_length": "at least {} long", "max_length": "at most {} long"}


def settings_page(architecture: str) -> str:
    """The page of an architecture."""
    return page("Settings", INTRODUCTION, *(_model(path, model) for path, model in settings_models(architecture)))


def settings_models(architecture: str) -> list[tuple[str, type[BaseModel]]]:
    """The settings of an architecture: the model of each group with the group's path."""
    parse = importlib.import_module(f"stacks.{architecture}.settings").parse
    return list(dict.fromkeys(_models(typing.get_type_hints(parse)["return"])))


def _models(model: type[BaseModel], path: str = "settings") -> Iterator[tuple[str, type[BaseModel]]]:
    yield path, model
    for name, info in model.model_fields.items():
        for kind in _kinds(info.annotation):
            many = (
                ".<name>"
                if typing.get_origin(info.annotation) is not None and "Mapping" in str(info.annotation)
                else ""
            )
            yield from _models(kind, f"{path}.{name}{many}")


def _kinds(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in typing.get_args(annotation):
        yield from _kinds(inner)


def _model(path: str, model: type[BaseModel]) -> str:
    rows = [
        [
            code(field.name),
            code(_annotation(model, field)),
            _describe_allowed(model, field.name),
            _default(model, field),
            field.text,
        ]
        for kind in reversed(model.__mro__)
        if issubclass(kind, BaseModel) and kind is not BaseModel
        for field in fields(kind)
        if field.name in model.model_fields
    ]
    blocks = [f"## {prose(path)}", sections(model)[0], table(["field", "type", "allowed", "default", "is"], rows)]
    return "\n\n".join(blocks)


def _annotation(model: type[BaseModel], field: Field) -> str:
    resolved, text = model.model_fields[field.name].annotation, field.annotation
    if typing.get_origin(resolved) is typing.Literal:
        return type(typing.get_args(resolved)[0]).__name__
    return text.split(",")[0].removeprefix("Annotated[") if text.startswith("Annotated[") else text


def _describe_allowed(model: type[BaseModel], name: str) -> str:
    for annotation in (model.model_fields[name].annotation, *typing.get_args(model.model_fields[name].annotation)[:1]):
        if typing.get_origin(annotation) is typing.Literal:
            return ", ".join(code(str(value)) for value in typing.get_args(annotation))
    found: list[str] = []
    for part in model.model_fields[name].metadata:
        for bound, words in {**_BOUNDS, **_LENGTHS}.items():
            value = getattr(part, bound, None)
            if value is not None:
                found.append(words.format(f"{value:,}"))
        pattern = getattr(part, "pattern", None)
        if pattern is not None:
            found.append(f"matches {code(pattern)}")
    return ", ".join(found)


def _default(model: type[BaseModel], field: Field) -> str:
    info = model.model_fields[field.name]
    if info.is_required():
        return "required"
    default = info.get_default(call_default_factory=True)
    if isinstance(default, BaseModel):
        return "see below"
    return "none" if default is None else code(str(default)) if default not in ([], {}) else "empty"
