"""Which operation of which service takes a resource's inputs, and where the two spell a property differently.

A property is found by its own name, upper and lower case apart; the tables name only the differences. A name of None
means that the provider treats the property differently from the service, so that its model says nothing about it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Mapped:
    """An operation that takes inputs of a resource type."""

    service: str
    operation: str
    names: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Members (dotted when nested) by property path without indices; below `root` where that is set."""
    root: str = ""
    """The member that holds all properties which `names` does not mention."""
    private: frozenset[str] = frozenset()
    """Properties whose value no message may show."""


MAPPED: Mapping[str, tuple[Mapped, ...]] = {}
