"""What an operation changes, as a tree: changed resources with their properties, unchanged ones only as a way there."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.tree import Tree

from engine.wire import SIGNATURE, UNKNOWN

SIGNS: Mapping[str, tuple[str, str]] = {
    "create": ("+", "green"),
    "update": ("~", "yellow"),
    "replace": ("+-", "magenta"),
    "delete": ("-", "red"),
    "import": ("=", "cyan"),
    "read": ("?", "cyan"),
}
# What the steps of a replacement count as.
AS_REPLACE = ("create-replacement", "delete-replaced", "replace")
SHOWN = 70


def change_of(op: str) -> str:
    """The change that a step belongs to."""
    return "replace" if op in AS_REPLACE else op


def describe_changes(changes: Mapping[str, int]) -> str:
    """Counts in one line, e.g. `3 updated, 195 unchanged`."""
    words = {"same": "unchanged", "create": "created", "update": "updated", "delete": "deleted", "replace": "replaced"}
    parts = [f"{changes[op]} {words.get(op, op)}" for op in sorted(changes, key=_order) if changes[op]]
    return ", ".join(parts) or "nothing"


def describe_plan(changes: Mapping[str, int]) -> str:
    """The same before it happens, e.g. `3 to update, 195 unchanged`."""
    parts = [
        f"{changes[op]} unchanged" if op == "same" else f"{changes[op]} to {op}"
        for op in sorted(changes, key=_order)
        if changes[op]
    ]
    return ", ".join(parts) or "nothing"


def change_tree(
    title: str, resources: Sequence[Mapping[str, Any]], details: Mapping[str, Mapping[str, Any]], *, everything: bool
) -> Group:
    """The resource tree.

    Args:
        title: Its root.
        resources: The deployment that the operation leads to.
        details: Metadata of the engine's events by URN: op, keys, diffs, old and new inputs.
        everything: Also unchanged resources.
    """
    by_urn: dict[str, Mapping[str, Any]] = {r["urn"]: r for r in resources}
    for urn, found in details.items():
        by_urn.setdefault(urn, {"urn": urn, "type": found["type"], "parent": found.get("parent", "")})
    children: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for resource in by_urn.values():
        parent = resource.get("parent") or ""
        children[parent if parent in by_urn else ""].append(resource)

    def grow(branch: Tree, parent: str) -> bool:
        any_shown = False
        for resource in children[parent]:
            urn = resource["urn"]
            op = change_of(details.get(urn, {}).get("op", "same"))
            node = Tree(_label(op, resource))
            for line in _properties(details.get(urn, {})):
                node.add(line)
            below = grow(node, urn)
            if everything or below or op in SIGNS:
                branch.add(node)
                any_shown = True
        return any_shown

    root = Tree(escape(title))
    shown = grow(root, "")
    return Group(root) if shown else Group(f"{escape(title)}: no changes")


def _label(op: str, resource: Mapping[str, Any]) -> str:
    sign, colour = SIGNS.get(op, (" ", "default"))
    name = escape(f"{resource['type']} {resource['urn'].rpartition('::')[2]}")
    return f"[{colour}]{sign:2} {op:8}[/] {name}" if op in SIGNS else f"[dim]{name}[/]"


def _properties(details: Mapping[str, Any]) -> list[str]:
    if "old" not in details or "new" not in details:
        return []
    old, new = details["old"].get("inputs", {}), details["new"].get("inputs", {})
    keys = sorted({key.split(".")[0].split("[")[0] for key in details.get("diffs", ())})
    return [f"[dim]{escape(key)}: {_format(old.get(key))} -> {_format(new.get(key))}[/]" for key in keys]


def _format(value: Any) -> str:
    if value is None:
        return "(not set)"
    if isinstance(value, dict) and SIGNATURE in value:
        return f"(content {str(value.get('hash', ''))[:8]})"
    text = json.dumps(value, sort_keys=True)
    if UNKNOWN in text:
        return "(known after apply)" if value == UNKNOWN else escape(_cut(text.replace(UNKNOWN, "(known after apply)")))
    return escape(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else text[: SHOWN - 3] + "..."


def _order(op: str) -> int:
    order = ("create", "update", "replace", "delete", "import", "read", "refresh", "same")
    return order.index(op) if op in order else len(order)
