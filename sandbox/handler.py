"""Handlers: one a resource type, which says how it is made, read, changed and deleted in a data plane."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

from engine.protocol import DiffResult, Properties
from engine.wire import UNKNOWN
from sandbox.host.errors import SandboxError
from sandbox.modules import import_modules

Enforcement = Literal["acts", "records"]
# As Pulumi's own automatic names: the logical name and seven random hex digits.
RANDOM_DIGITS = 7


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """What the sandbox does with a resource type."""

    token: str
    enforcement: Enforcement
    """`acts`: the thing exists in the data plane. `records`: it is kept and returned, and has no effect."""
    note: str
    """What is not enforced, or what the cloud would do."""


class Handler:
    """A resource type. Subclasses say how it is created, read, changed and deleted in the data plane.

    `clients` gives the plane's API clients; properties are in Pulumi's spelling.
    """

    token: str = ""
    enforcement: Enforcement = "acts"
    note: str = ""
    name_property: str | None = None
    """The property that is named automatically when the program leaves it out."""
    name_limit: int = 64
    replaces: frozenset[str] = frozenset()
    """Properties whose change replaces the resource."""
    documents: frozenset[str] = frozenset()
    """Properties that hold JSON and are compared by meaning."""
    delete_before_replace: bool = False

    def add_name(self, name: str, olds: Properties, news: Properties, seed: bytes) -> Properties:
        """The inputs with an automatic name where they have none; the old one is kept.

        Args:
            name: The resource's logical name, which an automatic name begins with.
            olds: Its last inputs; empty for a new resource.
            news: Its inputs.
            seed: Random bytes, from which the name's last seven hexadecimal digits are taken.
        """
        key = self.name_property
        if key is None or key in news:
            return news
        suffix = self.name_suffix(news)
        made = f"{name[: self.name_limit - RANDOM_DIGITS - 1 - len(suffix)]}-{seed.hex()[:RANDOM_DIGITS]}{suffix}"
        return {**news, key: olds.get(key) or self.name_shape(made)}

    def name_shape(self, made: str) -> str:
        """An automatic name as the service wants it."""
        return made

    def name_suffix(self, inputs: Properties) -> str:
        """What an automatic name must end with."""
        del inputs
        return ""

    def diff(self, olds: Properties, news: Properties, ignored: Sequence[str]) -> DiffResult:
        """Which properties differ between two sets of inputs, apart from ignored ones."""
        keys = [
            key
            for key in sorted({*olds, *news})
            if key not in ignored and not self._is_same(key, olds.get(key), news.get(key))
        ]
        return DiffResult(keys, [key for key in keys if key in self.replaces], self.delete_before_replace)

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        """Create the resource; return its id and the outputs that are not inputs."""
        raise NotImplementedError(self.token)

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        """The outputs, and the inputs as they are now; None when the resource is gone."""
        raise NotImplementedError(self.token)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        """Change the resource in place and return its outputs."""
        raise NotImplementedError(self.token)

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        """Delete the resource; an error that says it is gone is fine."""
        raise NotImplementedError(self.token)

    def _is_same(self, key: str, old: Any, new: Any) -> bool:
        if old == new or (not old and not new and not isinstance(old, bool | int) and not isinstance(new, bool | int)):
            return True
        return key in self.documents and UNKNOWN not in (old, new) and parse_document(old) == parse_document(new)


class HandlerRegistry:
    """Handlers by type token."""

    def __init__(self, handlers: Iterable[Handler]) -> None:
        self._handlers = {handler.token: handler for handler in handlers}

    def find(self, token: str) -> Handler | None:
        """The handler of a type, None when the sandbox has none."""
        return self._handlers.get(token)

    def catalog(self) -> list[CatalogEntry]:
        """Every type with what the sandbox does about it."""
        return [CatalogEntry(h.token, h.enforcement, h.note) for _, h in sorted(self._handlers.items())]


def collect_handlers(package: ModuleType) -> HandlerRegistry:
    """The handlers that the modules of a package list in `HANDLERS`; a module without it is shared code.

    Raises:
        SandboxError: a module raises at import, or two have a handler of one type.
    """
    found: dict[str, str] = {}
    handlers: list[Handler] = []
    for module in import_modules(package.__name__, package.__path__, "handler module"):
        for handler in getattr(module, "HANDLERS", ()):
            other = found.setdefault(handler.token, module.__name__)
            if other != module.__name__ or any(known.token == handler.token for known in handlers):
                msg = f"{handler.token} has two handlers, in {other} and {module.__name__}; remove one"
                raise SandboxError(msg)
            handlers.append(handler)
    return HandlerRegistry(handlers)


def parse_document(text: Any) -> Any:
    """The value of a JSON text; anything else as it is."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        return text


def observe_inputs(handler: Handler, inputs: Properties, found: Mapping[str, Any]) -> Properties:
    """The inputs of a program with the values that are there now; a document that means the same keeps its text.

    A property that the program never set is left out: its value is the service's default. One that it set and that is
    found as None is not there any more.
    """
    seen = dict(inputs)
    for key, value in found.items():
        given = inputs.get(key)
        is_same = key in handler.documents and parse_document(given) == parse_document(value)
        if given is None or given == value or is_same:
            continue
        if value is not None:
            seen[key] = value
        elif given:
            del seen[key]
    return seen
