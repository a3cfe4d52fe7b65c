"""The base of every architecture's settings: frozen models, and an error with one line for each bad field."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

M = TypeVar("M", bound=BaseModel)


class SettingsError(ValueError):
    """Settings that can't be used; the message lists every bad field."""


class SettingsModel(BaseModel):
    """A frozen group of settings that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def validate(model: type[M], values: Mapping[str, Any], *, stack: str) -> M:
    """The settings of a stack.

    Raises:
        SettingsError: one line for each bad field.
    """
    try:
        return model.model_validate(values)
    except ValidationError as error:
        lines = [f"  {_field(e['loc'])}: {_reason(e)}" for e in error.errors()]
        msg = f"Stack '{stack}': {len(lines)} bad setting(s) in stacks/config/Pulumi.{stack}.yaml:\n" + "\n".join(lines)
        raise SettingsError(msg) from None


def _field(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in ("settings", *location))


def _reason(error: Mapping[str, Any]) -> str:
    text = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "unknown field; remove it or check the spelling"
    if error["type"] == "missing" or not isinstance(error["input"], str | int | float | bool):
        return text
    return f"{text} (got {error['input']!r})"
