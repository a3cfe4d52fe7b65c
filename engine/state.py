# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The state of one resource, in the form of Pulumi's checkpoint."""

import json
from collections.abc import Mapping
from typing import Any

from engine.crypter import Crypter
from engine.urns import PROVIDER, provider_urn, rename_urns, urn_name
from engine.wire import SECRET

EMPTY: tuple[Any, ...] = (None, "", [], {}, False)


class ResourceState(dict[str, Any]):
    """A resource in checkpoint form, secrets open until it is written. Compared and hashed by identity."""

    __slots__ = ("_changes", "_text", "_touched")
    __hash__ = object.__hash__  # type: ignore[assignment]

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self._changes = 0
        self._text = (-1, "")
        self._touched: set[ResourceState] | None = None

    def __eq__(self, other: object) -> bool:
        """Identity: two states of one resource are different things."""
        return self is other

    @property
    def urn(self) -> str:
        """The resource's URN."""
        return self["urn"]

    @property
    def inputs(self) -> dict[str, Any]:
        """Its inputs, secrets open."""
        return self.get("inputs") or {}

    @property
    def outputs(self) -> dict[str, Any]:
        """Its outputs, secrets open."""
        return self.get("outputs") or {}

    def put(self, **fields: Any) -> "ResourceState":
        """Change fields and forget the written form."""
        self.update(fields)
        self._changes += 1
        if self._touched is not None:
            self._touched.add(self)
        return self

    def watch(self, touched: "set[ResourceState]") -> None:
        """Add the state to a set at every later change."""
        self._touched = touched

    def text(self, crypter: Crypter) -> str:
        """The state as JSON with secrets sealed; kept until it changes."""
        # Counted first: a provider's thread may change the state while this one writes it down.
        changes = self._changes
        if self._text[0] != changes:
            shown = {key: value for key, value in list(self.items()) if value not in EMPTY or key == "custom"}
            text = json.dumps(shown, sort_keys=True)
            if SECRET in text:
                bags = {key: crypter.seal(shown[key]) for key in ("inputs", "outputs") if key in shown}
                text = json.dumps({**shown, **bags}, sort_keys=True)
            self._text = (changes, text)
        return self._text[1]

    def dependencies(self) -> set[str]:
        """URNs that must exist before this one and be deleted after it."""
        found: set[str] = set(self.get("dependencies") or ()) | set(self.get("replaceWith") or ())
        found |= {self.get("parent") or "", self.get("deletedWith") or ""}
        for urns in (self.get("propertyDependencies") or {}).values():
            found |= set(urns)
        found.add(provider_urn(self.get("provider")))
        return found - {"", self.urn}

    def rename(self, old: str, new: str) -> None:
        """Follow a resource that an alias has given another URN."""
        if old not in self.dependencies():
            return
        for key in ("parent", "deletedWith"):
            if self.get(key) == old:
                self[key] = new
        if provider_urn(self.get("provider")) == old:
            self["provider"] = new + str(self["provider"])[len(old) :]
        properties: Mapping[str, list[str]] = self.get("propertyDependencies") or {}
        self.put(
            dependencies=rename_urns(self.get("dependencies") or [], old, new),
            propertyDependencies={key: rename_urns(urns, old, new) for key, urns in properties.items()},
        )


def is_default_provider(state: Mapping[str, Any]) -> bool:
    """Whether a resource is a provider that the engine made by itself."""
    return str(state["type"]).startswith(PROVIDER) and urn_name(state["urn"]).startswith("default_")
