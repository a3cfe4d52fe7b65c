# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""URNs, `urn:pulumi:<stack>::<project>::<parents$type>::<name>`: their parts, and which old state an alias means."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.operation import Operation
    from engine.state import ResourceState

STACK = "pulumi:pulumi:Stack"
"""The type of a stack's root."""
PROVIDER = "pulumi:providers:"
"""What the types of provider resources begin with."""


class UrnRegistry:
    """The URNs of one operation, and which old state each registration continues."""

    def __init__(self, operation: "Operation") -> None:
        self._operation = operation

    def claim(self, parent: str, token: str, name: str) -> str:
        """The URN of a new registration.

        Raises:
            StepError: another resource has claimed it, or the parent is not registered.
        """
        operation = self._operation
        if parent and parent not in operation.urns:
            raise operation.fail("", f"could not find the parent resource {parent}")
        urn = self._urn(parent, token, name)
        if urn in operation.urns:
            raise operation.fail(urn, f"duplicate resource URN '{urn}'; give one of the two another name")
        operation.urns.add(urn)
        return urn

    def find_old(self, urn: str, parent: str, token: str, name: str, aliases: Sequence[Any]) -> "ResourceState | None":
        """The old state that a registration continues: under its own URN, an alias, or one its parent's implies."""
        operation = self._operation
        candidates = [self._collapse(alias, parent, token, name) for alias in aliases]
        if parent in operation.renamed:
            implied = [self._inherited(parent, urn_type(c), urn_name(c)) for c in candidates]
            candidates += [self._inherited(parent, token, name), *implied]
        for candidate in (urn, *candidates):
            if candidate not in operation.olds:
                continue
            if candidate != urn:
                self._adopt(candidate, urn)
            return operation.olds[candidate]
        return None

    def _adopt(self, old: str, urn: str) -> None:
        operation = self._operation
        if old in operation.urns or old in operation.aliased:
            raise operation.fail(urn, f"'{old}' was already claimed by another resource in this program")
        operation.aliased[old], operation.renamed[urn] = urn, old
        with operation.lock:  # whatever still refers to the old URN refers to the new one from here on
            for state in operation.base:
                state.rename(old, urn)

    def _collapse(self, alias: Any, parent: str, token: str, name: str) -> str:
        if alias.HasField("urn"):
            return alias.urn
        spec = alias.spec
        wanted = str(spec.parentUrn)
        above = self._operation.renamed.get(wanted, wanted) if wanted else parent
        names = {"project": spec.project, "stack": spec.stack}
        return self._urn("" if spec.noParent else above, spec.type or token, spec.name or name, names)

    def _inherited(self, parent: str, token: str, name: str) -> str:
        # A child's name follows its parent's old one when it starts with the parent's.
        old_parent, prefix = self._operation.renamed[parent], urn_name(parent)
        old = urn_name(old_parent) + name[len(prefix) :] if name.startswith(prefix) else name
        return self._urn(old_parent, token, old)

    def _urn(self, parent: str, token: str, name: str, other: Mapping[str, str] | None = None) -> str:
        names = other or {}
        stack = names.get("stack") or self._operation.options.stack
        project = names.get("project") or self._operation.options.project
        above = parent.split("::")[2] + "$" if parent and urn_type(parent) != STACK else ""
        return f"urn:pulumi:{stack}::{project}::{above}{token}::{name}"


def provider_urn(reference: str | None) -> str:
    """The provider's URN in a reference `<urn>::<id>`, empty without one."""
    return reference.rsplit("::", 1)[0] if reference else ""


def urn_type(urn: str) -> str:
    """The type token in a URN, without its parents'."""
    return urn.split("::")[2].rsplit("$", 1)[-1]


def urn_name(urn: str) -> str:
    """The logical name in a URN."""
    return urn.split("::", 3)[3]


def rename_urns(urns: Iterable[str], old: str, new: str) -> list[str]:
    """A list of URNs in which one is another."""
    return [new if urn == old else urn for urn in urns]
