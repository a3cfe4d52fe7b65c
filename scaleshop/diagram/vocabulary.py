"""How a cloud's resource types are drawn: which are nodes, which are arrows, and in which layer they lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Layer(StrEnum):
    """The groups of a drawing, in the order in which a request passes them."""

    EDGE = "edge"
    COMPUTE = "compute"
    MESSAGING = "messaging"
    DATA = "data"
    OPERATIONS = "operations"


class Flow(StrEnum):
    """What an arrow stands for."""

    REQUEST = "request"
    """A synchronous call."""
    EVENT = "event"
    """A message or record that is handed on."""
    ACCESS = "access"
    """A right to read or write."""
    NOTICE = "notice"
    """What tells an operator."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A resource type that is a node."""

    title: str
    icon: str
    """The class in the `diagrams` package whose icon it is, as `module.Class`."""
    layer: Layer
    """Where it lies unless its component says otherwise."""
    public: bool = False
    """Whether browsers reach it when nothing stands before it."""
    right: Flow = Flow.ACCESS
    """What a right on it is used for."""

    @property
    def noun(self) -> str:
        """What several of it are called."""
        return self.title.split()[-1].lower()


@dataclass(frozen=True, slots=True)
class Link:
    """A resource type that is an arrow: from what one property refers to, to what another refers to.

    `source` or `target` None is the resource itself. Several of a type between the same two nodes are one arrow, with
    `label`, in which `{n}` is their number.
    """

    type: str
    source: str | None
    target: str | None
    flow: Flow
    label: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything a cloud's drawing needs to know of its types."""

    nodes: Mapping[str, Kind]
    links: tuple[Link, ...]
    rights: tuple[Link, ...]
    """Types that let a node act on others."""
    layers: Mapping[str, Layer]
    """Layer of everything in a component, by the component's type token."""
    passes: Mapping[str, str]
    """Types that stand for what a property of theirs refers to: an alias for its function."""
    borne: Mapping[str, str]
    """Types that stand for the node whose property refers to them: a role for the function that takes it on."""
    dead_letters: Mapping[str, tuple[str, str]]
    """Types that are a node only where a link of the given type reads them by the given property; else they are
    where dead letters wait, and are written in the label of their component."""
    counted: Mapping[str, tuple[str, str]]
    """Types written as a number in the label of what a property refers to: the property, and the noun."""
