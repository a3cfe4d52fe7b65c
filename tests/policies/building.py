"""Small graphs for rules, written like programs: resources refer to each other, values may be hidden."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from policies.core.graph import ResourceGraph
from policies.core.registry import all_links
from policies.core.resource import Resource
from policies.core.values import UNKNOWN, SourceLine

ACCOUNT = "arn:aws:service:us-east-1:111122223333"
DECIDED_BY_CLOUD = ("arn", "id", "name", "url", "invokeArn", "qualifiedArn", "streamArn")


@dataclass(frozen=True)
class Ref:
    """A property of another resource, such as `queue.arn`."""

    to: "Declaration"
    name: str

    @property
    def value(self) -> Any:
        outputs = self.to.outputs
        return outputs[self.name] if self.name in outputs else _value(self.to.inputs[self.name], hidden=False)


@dataclass(frozen=True)
class Text:
    """A JSON document built from references, as `Output.json_dumps` does."""

    content: Any


@dataclass(frozen=True)
class Concatenation:
    """A text built from references, as `Output.concat` does."""

    parts: Sequence[Any]


@dataclass(eq=False)
class Declaration:
    """A resource of a `Stack`; its attributes are references to what the cloud decides."""

    type: str
    called: str
    """Its logical name; `name` is a reference to the one that the cloud knows."""
    inputs: dict[str, Any]
    protect: bool = False
    parent: str = ""

    def __getattr__(self, name: str) -> Ref:
        return Ref(self, {"invoke_arn": "invokeArn", "stream_arn": "streamArn"}.get(name, name))

    @property
    def outputs(self) -> Mapping[str, str]:
        named = self.inputs.get("name", f"{self.called}-0a1b2c3")
        made = {name: f"{ACCOUNT}:{named}:{name}" for name in DECIDED_BY_CLOUD}
        return {**made, "name": named, "id": f"{named}-id"}

    @property
    def urn(self) -> str:
        return f"urn:pulumi:test::shop::{self.type}::{self.called}"


@dataclass
class Stack:
    """A program's resources, in order."""

    made: list[Declaration] = field(default_factory=list)

    def add(self, type_: str, name: str, /, *, protect: bool = False, **inputs: Any) -> Declaration:
        self.made.append(Declaration(type_, name, inputs, protect))
        return self.made[-1]

    def graph(self, *, hidden: bool = False, dependencies: bool = True) -> ResourceGraph:
        """The resources as rules see them.

        Args:
            hidden: Whether what the cloud decides is unknown, as in a first preview.
            dependencies: Whether it was recorded what properties depend on; without, only values tell.
        """
        return ResourceGraph(
            [_resource(i, made, hidden, dependencies) for i, made in enumerate(self.made, 1)], all_links()
        )


def _resource(line: int, made: Declaration, hidden: bool, dependencies: bool) -> Resource:
    outputs = dict.fromkeys(made.outputs, UNKNOWN) if hidden else made.outputs
    given = {name: _value(value, hidden) for name, value in made.inputs.items()}
    behind = {name: sorted({ref.to.urn for ref in _refs(value)}) for name, value in made.inputs.items()}
    return Resource(
        urn=made.urn,
        type=made.type,
        properties={**outputs, **given},
        dependencies={name: urns for name, urns in behind.items() if urns} if dependencies else {},
        parent=made.parent,
        protect=made.protect,
        trace=[SourceLine("shop.py", line)],
    )


def _value(value: Any, hidden: bool) -> Any:
    if isinstance(value, Ref):
        return UNKNOWN if hidden else value.value
    if isinstance(value, Text):
        # One unknown part makes the whole text unknown.
        return UNKNOWN if hidden and any(_refs(value)) else json.dumps(_value(value.content, hidden=False))
    if isinstance(value, Concatenation):
        parts = [_value(part, hidden) for part in value.parts]
        return UNKNOWN if UNKNOWN in parts else "".join(parts)
    if isinstance(value, Mapping):
        return {name: _value(inner, hidden) for name, inner in value.items()}
    return [_value(inner, hidden) for inner in value] if isinstance(value, list) else value


def _refs(value: Any) -> Sequence[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, Text):
        return _refs(value.content)
    if isinstance(value, Concatenation):
        return _refs(list(value.parts))
    inner = list(value.values()) if isinstance(value, Mapping) else value if isinstance(value, list) else []
    return [ref for one in inner for ref in _refs(one)]
