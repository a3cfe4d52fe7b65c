"""The environment of the shop's units: a stack writes it, the shop reads it, and there is no other list of it.

A schema is a generic `TypedDict`: a stack fills `ShopEnvironment[Input[str]]`, and a type checker finds what is missing
or misspelt; the shop hands its process's variables to `read_environment`, which refuses the same at start. What a
platform adds stands in `apps/contracts/platforms/`.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any, Generic, Literal, TypedDict, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
# How much of two names must be alike (difflib's ratio). A process has variables of others: only what is nearly a name
# of the shop's is taken for a misspelt one; where that name is missing too, less likeness is evidence enough.
MISSPELT, INSTEAD_OF_MISSING = 0.85, 0.75


class ShopEnvironmentError(ValueError):
    """Variables that can't be used; the message has a line for each."""


@dataclass(frozen=True, slots=True)
class VariableFormat:
    """How a variable is written."""

    must_be: str
    """Ends the sentence "it must be ...", for whoever wrote something else."""
    read: Callable[[str], Any]
    """The value of a text; raises ValueError for any other text."""


def _read_text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _read_seconds(text: str) -> float:
    seconds = float(text)
    if not 0 <= seconds < math.inf:
        raise ValueError(text)
    return seconds


def _read_count(text: str) -> int:
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def _one_of(*values: str) -> VariableFormat:
    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return VariableFormat(" or ".join(f"'{value}'" for value in values), read)


TEXT = VariableFormat("a text that is not empty", _read_text)
SECONDS = VariableFormat("a number of seconds, 0 or more", _read_seconds)
COUNT = VariableFormat("a whole number, 0 or more", _read_count)
FLAG = VariableFormat("'true' or 'false'", lambda text: {"true": True, "false": False}[text])

AuthMode = Literal["header", "jwt"]


class ShopEnvironment(TypedDict, Generic[T]):
    """What every unit is given on every platform."""

    SHOP_PLATFORM: Annotated[T, TEXT]
    """The architecture, as GET /v1/meta shows it."""
    SHOP_VERSION: Annotated[T, TEXT]
    """The release, as GET /v1/meta shows it."""
    AUTH_MODE: Annotated[T, _one_of(*get_args(AuthMode))]
    """Who names the customer: a verified token's `sub` (`jwt`), or the header X-Customer-Id (`header`)."""
    RESERVATION_TTL_SECONDS: Annotated[T, SECONDS]
    """How long stock stays reserved for an order that is not paid."""
    ORDER_DEADLINE_SECONDS: Annotated[T, SECONDS]
    """Age at which an order that is neither confirmed nor cancelled is cancelled."""
    OUTBOX_RESEND_AFTER_SECONDS: Annotated[T, SECONDS]
    """Age at which the sweeper publishes an event that no relay has."""
    PAYMENT_SLOW_SECONDS: Annotated[T, SECONDS]
    """How long the fake payment provider takes for the token `slow`."""
    MAX_PENDING_ORDERS: Annotated[T, COUNT]
    """Orders without an end at which new ones are shed; 0 sheds none."""
    FAULTS_ENABLED: Annotated[T, FLAG]
    """Whether a trial may break things."""


def merge_variables(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Schemas that a stack has filled, as one mapping for whatever sets a process's variables."""
    return {name: value for part in parts for name, value in part.items()}


def read_environment(schema: Any, variables: Mapping[str, str], known: tuple[Any, ...] = ()) -> Mapping[str, Any]:
    """The values of a schema's variables, by name; optional ones that are not set are left out.

    Args:
        schema: A class of variables, whose fields are annotated with their format.
        variables: What the process was given.
        known: Classes of other units' variables, whose names are not misspelt though `schema` lacks them.

    Raises:
        ShopEnvironmentError: variables are missing, malformed or misspelt; all are named at once.
    """
    formats, others = _formats(schema), {name for other in known for name in _formats(other)}
    strangers = sorted(set(variables) - set(formats) - others)
    values: dict[str, Any] = {}
    wrong: list[str] = []
    for name, format_ in formats.items():
        if name not in variables:
            if name in schema.__required_keys__:
                near = get_close_matches(name, strangers, 1, INSTEAD_OF_MISSING)
                wrong.append(f"{name} is missing" + (f" (there is {near[0]})" if near else ""))
            continue
        try:
            values[name] = format_.read(variables[name])
        except (ValueError, KeyError, TypeError, AttributeError):
            wrong.append(f"{name} is '{variables[name]}'; it must be {format_.must_be}")
    wrong += [
        f"{stranger} is unknown; did you mean {near}?"
        for stranger in strangers
        for near in get_close_matches(stranger, formats, 1, MISSPELT)
    ]
    if wrong:
        raise ShopEnvironmentError("the shop's environment is wrong; the stack sets it:\n  " + "\n  ".join(wrong))
    return values


@cache
def _formats(schema: Any) -> Mapping[str, VariableFormat]:
    return {name: _format_of(hint) for name, hint in get_type_hints(schema, include_extras=True).items()}


def _format_of(hint: Any) -> VariableFormat:
    while get_origin(hint) is not Annotated:  # Required, NotRequired
        (hint,) = get_args(hint)
    return next(part for part in hint.__metadata__ if isinstance(part, VariableFormat))
