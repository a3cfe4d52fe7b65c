"""One wrong input: a valid declaration with one change, and what the user reads."""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checks_bases import BASES, world
from checks_blocks import REGION

from engine.protocol import CheckFailure
from sandbox.aws.checks import World, validate

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


def judged(row: Row) -> list[CheckFailure]:
    """What the checks say of a row."""
    return validate(row.token, row.base, built(row.base, row.change), surroundings(row))


def surroundings(row: Row) -> World:
    """The world in which a row is checked."""
    around = world(row.region)
    for name, (base, change) in row.beside.items():
        around.expect(BASES[base][0], name, built(base, change))
    return around


def built(base: str, change: Mapping[str, Any]) -> dict[str, Any]:
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
