# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Goals: what a program's RegisterResource requests ask for, as Pulumi's `resource.Goal`."""

import contextlib
import functools
import os
import re
from pathlib import Path
from typing import Any

from engine.assets import hash_assets
from engine.operation import Operation
from engine.providers import INTERNAL, ProviderRegistry
from engine.urns import PROVIDER
from engine.wire import from_struct, from_value

Goal = dict[str, Any]
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
INHERITED = ("deletedWith", "protect", "retainOnDelete")


class GoalReader:
    """Reads registrations as goals; children inherit options and providers from their parent's goal."""

    def __init__(self, operation: Operation, providers: ProviderRegistry) -> None:
        self._operation = operation
        self._providers = providers
        self._options: dict[str, Goal] = {}
        self._component_providers: dict[str, dict[str, str]] = {}

    def read(self, request: Any, register_default: Any) -> Goal:
        """The goal of a RegisterResource request, options inherited and provider decided.

        Args:
            request: The protobuf message.
            register_default: Registers the goal of a default provider and returns its state.
        """
        goal: Goal = {
            "type": request.type,
            "name": request.name,
            "custom": request.custom,
            "parent": request.parent,
            "provider": request.provider,
            "inputs": hash_assets(from_struct(request.object)),
            "dependencies": sorted(request.dependencies),
            "importID": request.importId,
            "propertyDependencies": {k: sorted(v.urns) for k, v in request.propertyDependencies.items()},
            "deleteBeforeReplace": request.deleteBeforeReplace
            if request.deleteBeforeReplaceDefined or request.deleteBeforeReplace
            else None,
            "ignoreChanges": list(request.ignoreChanges),
            "replaceOnChanges": list(request.replaceOnChanges),
            "additionalSecretOutputs": list(request.additionalSecretOutputs),
            "deletedWith": request.deletedWith,
            "replaceWith": list(request.replace_with),
            "aliases": list(request.aliases),
            "position": self.position(request),
            "protect": request.protect if request.HasField("protect") else None,
            "retainOnDelete": request.retainOnDelete if request.HasField("retainOnDelete") else None,
            "trigger": from_value(request.replacement_trigger) if request.HasField("replacement_trigger") else None,
            "customTimeouts": _timeouts(request.customTimeouts),
        }
        parent = self._options.get(request.parent)
        if parent:
            goal["deletedWith"] = goal["deletedWith"] or parent["deletedWith"]
            for key in ("protect", "retainOnDelete"):
                goal[key] = parent[key] if goal[key] is None else goal[key]
        self._decide_provider(goal, request, register_default)
        return goal

    def remember(self, urn: str, goal: Goal) -> None:
        """Keep what the children of a resource inherit from its goal."""
        self._options[urn] = {key: goal.get(key) for key in INHERITED}
        if not goal["custom"]:
            self._component_providers[urn] = goal["providers"]

    def position(self, request: Any) -> dict[str, Any]:
        """The lines of the program that made the resource, relative to the project: `sourcePosition`, `stackTrace`."""
        root = self._operation.options.root
        frames = request.stackTrace.frames if request.HasField("stackTrace") else []
        sources = [_source_position(frame.pc, root) for frame in frames]
        return {
            "sourcePosition": _source_position(request.sourcePosition, root)
            if request.HasField("sourcePosition")
            else "",
            "stackTrace": [{"sourcePosition": source} if source else {} for source in sources],
        }

    def _decide_provider(self, goal: Goal, request: Any, register_default: Any) -> None:
        package = str(goal["type"]).split(":", 1)[0]
        given = self._component_providers.get(goal["parent"], {})
        if not goal["custom"]:
            goal["providers"] = {**given, **dict(request.providers)}
            goal["provider"] = ""
        elif goal["type"].startswith(PROVIDER):
            known = self._providers.package(goal["type"][len(PROVIDER) :])
            goal["inputs"] = {**goal["inputs"], INTERNAL: {}, "version": request.version or known.version}
        elif not goal["provider"]:
            default = given.get(package)
            goal["provider"] = default or self._providers.default_reference(package, request.version, register_default)


def _source_position(position: Any, root: Path) -> str:
    path = _relative(position.uri, root)
    return f"project:///{path}#{position.line}" + (f",{position.column}" if position.column else "") if path else ""


@functools.lru_cache(maxsize=1024)  # a program has few files, and every resource some twenty frames in them
def _relative(uri: str, root: Path) -> str:
    with contextlib.suppress(ValueError):
        if uri.startswith("file:///"):
            return os.path.relpath(uri[7:], root)
    return ""


def _timeouts(given: Any) -> dict[str, float]:
    return {k: _seconds(getattr(given, k)) for k in ("create", "update", "delete") if getattr(given, k)}


def _seconds(duration: str) -> float:
    total = sum(float(amount) * SECONDS[unit] for amount, unit in re.findall(r"([\d.]+)(ms|h|m|s)", duration))
    return int(total) if total == int(total) else total
