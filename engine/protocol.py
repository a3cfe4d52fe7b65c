"""The provider protocol: what the engine calls on provider packages and on the providers that they configure.

The engine calls it in process; the same objects can be served over gRPC to the Pulumi CLI. Property bags are plain
JSON values in Pulumi's camelCase spelling. Three kinds of value are not plain: an unknown is the string
`engine.wire.UNKNOWN` (previews only), an asset or archive is a dict with Pulumi's signature key, and a secret that a
provider itself generates is wrapped by `engine.wire.secret`. Secrets of the program arrive unwrapped; the engine marks
them again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

Properties = dict[str, Any]
"""A resource's inputs or outputs: JSON values by camelCase name."""


@dataclass(frozen=True, slots=True)
class CheckFailure:
    """One refused input: the property's path (empty for the whole resource) and what is wrong with it."""

    property: str
    reason: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The inputs with defaults and automatic names filled in, and the failures that refuse them."""

    inputs: Properties
    failures: Sequence[CheckFailure] = ()


@dataclass(frozen=True, slots=True)
class DiffResult:
    """The properties that changed, those that force a replacement, and in which order it happens."""

    diffs: Sequence[str] = ()
    replaces: Sequence[str] = ()
    delete_before_replace: bool = False

    @property
    def changes(self) -> bool:
        """Whether there is anything to do."""
        return bool(self.diffs or self.replaces)


@dataclass(frozen=True, slots=True)
class CreateResult:
    """The provider's id of a new resource and its outputs."""

    id: str
    outputs: Properties


@dataclass(frozen=True, slots=True)
class ReadResult:
    """What exists behind an id now."""

    id: str
    outputs: Properties
    inputs: Properties


@dataclass(frozen=True, slots=True)
class InvokeResult:
    """A function's answer, or why its arguments were refused."""

    result: Properties = field(default_factory=dict[str, Any])
    failures: Sequence[CheckFailure] = ()


class Provider(Protocol):
    """A configured provider. Any exception but `CheckResult.failures` fails the one operation with its message."""

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        """Validate `news` and fill in defaults; `olds` are the last inputs, empty for a new or replaced resource."""
        ...

    def diff(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:  # fmt: skip
        """Compare two sets of inputs. May not contact the cloud: a preview runs where none is."""
        ...

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        """Create the resource; in a preview return no id and only outputs that are certain."""
        ...

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        """Look up what exists; None when it is gone."""
        ...

    def update(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        """Change the resource in place and return its outputs."""
        ...

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete the resource; succeed when it is already gone."""
        ...

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        """Call a provider function by its token, `<package>:<module>:<function>`."""
        ...


class Package(Protocol):
    """A provider package before configuration; `name` is what type tokens begin with."""

    name: str
    version: str

    def configure(self, config: Mapping[str, Any]) -> Provider:
        """Build a provider instance. May not contact the cloud."""
        ...

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        """Compare two provider configurations; `replaces` replaces every resource behind it."""
        ...
