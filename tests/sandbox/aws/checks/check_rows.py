"""One wrong input: a valid declaration with one change, and what the user reads."""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from declaration_blocks import REGION
from declarations import BASES, declared_resources

from engine.protocol import CheckFailure
from sandbox.aws.checks import KnownResources, validate

DROP = object()
# Programs write these as JSON text; rows write them as objects.
DOCUMENTS = frozenset(
    {"redrivePolicy", "redriveAllowPolicy", "policy", "assumeRolePolicy", "eventPattern", "filterPolicy"}
    | {"dashboardBody"}
)


@dataclass(frozen=True)
class Row:
    """A change that AWS refuses."""

    base: str
    change: Mapping[str, Any]
    """New values by path, e.g. `rules[0].id`; `DROP` takes a property away."""
    message: str
    beside: Mapping[str, tuple[str, Mapping[str, Any]]] = field(default_factory=dict)
    """Changed copies of other declarations that are there already, by logical name."""
    region: str = REGION

    @property
    def token(self) -> str:
        return BASES[self.base][0]

    def __str__(self) -> str:
        return f"{self.base} {self.message}"


def check_row(row: Row) -> list[CheckFailure]:
    """The failures of a row."""
    return validate(row.token, row.base, build_inputs(row.base, row.change), resources_of(row))


def resources_of(row: Row) -> KnownResources:
    """The resources that are known where a row is checked."""
    around = declared_resources(row.region)
    for name, (base, change) in row.beside.items():
        around.add_planned(BASES[base][0], name, build_inputs(base, change))
    return around


def build_inputs(base: str, change: Mapping[str, Any]) -> dict[str, Any]:
    """A declaration with changes."""
    inputs = copy.deepcopy(BASES[base][1])
    for path, value in change.items():
        own = DROP if value is DROP else copy.deepcopy(value)
        text = json.dumps(own) if path in DOCUMENTS and isinstance(own, dict) else own
        _put(inputs, re.findall(r"[^.\[\]]+", path), text)
    return inputs


def _put(node: Any, parts: Sequence[str], value: Any) -> None:
    *route, last = [int(part) if part.isdigit() else part for part in parts]
    for part in route:
        node = node[part]
    if value is DROP:
        node.pop(last)
    elif isinstance(node, list) and last == len(node):
        node.append(value)
    else:
        node[last] = value
