"""A resource as rules see it, whatever it was read from."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from policies.core.values import PropertyNode, SourceLine

_NOTHING: Mapping[str, Sequence[str]] = MappingProxyType({})


class Resource(PropertyNode):
    """One resource: its properties (outputs over inputs, `UNKNOWN` where undecided) and what they depend on."""

    __slots__ = ("dependencies", "name", "parent", "place", "protect", "trace", "type", "urn")

    def __init__(
        self,
        *,
        urn: str,
        type: str,  # noqa: A002 - what Pulumi calls it
        properties: Mapping[str, Any],
        dependencies: Mapping[str, Sequence[str]] = _NOTHING,
        parent: str = "",
        protect: bool = False,
        trace: Sequence[SourceLine] = (),
    ) -> None:
        """Describe a resource.

        Args:
            urn: Its URN.
            type: Its token: `<package>:<module>/<type>:<Type>`.
            properties: By their camelCase names; numbers may be floats.
            dependencies: Property -> URNs of the resources that its value comes from.
            parent: The URN of the component that made it.
            protect: Whether Pulumi refuses to delete it.
            trace: Lines of the program that led to it, innermost first; empty when they were not recorded.
        """
        self.urn, self.type, self.name = urn, type, urn.rsplit("::", 1)[-1]
        super().__init__(properties, "")
        self.dependencies, self.parent, self.protect, self.trace = dependencies, parent, protect, tuple(trace)
        self.place = self.trace[0] if self.trace else None

    @property
    def kind(self) -> str:
        """The last part of its type, as people say it: `Type`."""
        return self.type.rsplit(":", 1)[-1]

    def __repr__(self) -> str:
        return f"{self.kind} '{self.name}'"
