# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What a program asks for: registrations as goals, the names they claim, and the old states they mean."""

import contextlib
import functools
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.assets import hashed
from engine.providers import INTERNAL, Providers
from engine.run import Run
from engine.state import PROVIDER, STACK, State, urn_name, urn_type
from engine.wire import from_struct, from_value

Goal = dict[str, Any]
SECONDS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
INHERITED = ("deletedWith", "protect", "retainOnDelete")


class Goals:
    """Reads registrations; children inherit options from what their parent asked for."""

    def __init__(self, run: Run, providers: Providers) -> None:
        self._run = run
        self._providers = providers
        self._options: dict[str, Goal] = {}
        self._component_providers: dict[str, dict[str, str]] = {}

    def read(self, request: Any, register_default: Any) -> Goal:
        """The goal of a RegisterResource request, options inherited and provider decided."""
        goal: Goal = {
            "type": request.type,
            "name": request.name,
            "custom": request.custom,
            "parent": request.parent,
            "provider": request.provider,
            "inputs": hashed(from_struct(request.object)),
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
        """Keep what children of a resource inherit."""
        self._options[urn] = {key: goal.get(key) for key in INHERITED}
        if not goal["custom"]:
            self._component_providers[urn] = goal["providers"]

    def position(self, request: Any) -> dict[str, Any]:
        """Where in the program the resource was made, relative to the project."""
        root = self._run.options.root
        frames = request.stackTrace.frames if request.HasField("stackTrace") else []
        places = [_place(frame.pc, root) for frame in frames]
        return {
            "sourcePosition": _place(request.sourcePosition, root) if request.HasField("sourcePosition") else "",
            "stackTrace": [{"sourcePosition": place} if place else {} for place in places],
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
            goal["provider"] = default or self._providers.default(package, request.version, register_default)


class Names:
    """URNs: made, claimed once, and found again under older names."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def claim(self, parent: str, token: str, name: str) -> str:
        """The URN of a new registration.

        Raises:
            StepError: another resource has it, or the parent is not registered.
        """
        run = self._run
        if parent and parent not in run.urns:
            raise run.fail("", f"could not find the parent resource {parent}")
        urn = self._urn(parent, token, name)
        if urn in run.urns:
            raise run.fail(urn, f"duplicate resource URN '{urn}'; give one of the two another name")
        run.urns.add(urn)
        return urn

    def find_old(self, urn: str, parent: str, token: str, name: str, aliases: Sequence[Any]) -> State | None:
        """The old state a registration means: under its own URN, an alias, or one that its parent's alias implies."""
        run = self._run
        candidates = [self._collapse(alias, parent, token, name) for alias in aliases]
        if parent in run.renamed:
            implied = [self._inherited(parent, urn_type(c), urn_name(c)) for c in candidates]
            candidates += [self._inherited(parent, token, name), *implied]
        for candidate in (urn, *candidates):
            if candidate not in run.olds:
                continue
            if candidate != urn:
                self._adopt(candidate, urn)
            return run.olds[candidate]
        return None

    def _adopt(self, old: str, urn: str) -> None:
        run = self._run
        if old in run.urns or old in run.aliased:
            raise run.fail(urn, f"'{old}' was already claimed by another resource in this program")
        run.aliased[old], run.renamed[urn] = urn, old
        with run.lock:  # whatever still refers to the old URN refers to the new one from here on
            for state in run.base:
                state.rename(old, urn)

    def _collapse(self, alias: Any, parent: str, token: str, name: str) -> str:
        if alias.HasField("urn"):
            return alias.urn
        spec = alias.spec
        wanted = str(spec.parentUrn)
        above = self._run.renamed.get(wanted, wanted) if wanted else parent
        names = {"project": spec.project, "stack": spec.stack}
        return self._urn("" if spec.noParent else above, spec.type or token, spec.name or name, names)

    def _inherited(self, parent: str, token: str, name: str) -> str:
        # A child's name follows its parent's old one when it starts with the parent's.
        old_parent, prefix = self._run.renamed[parent], urn_name(parent)
        old = urn_name(old_parent) + name[len(prefix) :] if name.startswith(prefix) else name
        return self._urn(old_parent, token, old)

    def _urn(self, parent: str, token: str, name: str, other: Mapping[str, str] | None = None) -> str:
        names = other or {}
        stack = names.get("stack") or self._run.options.stack
        project = names.get("project") or self._run.options.project
        above = parent.split("::")[2] + "$" if parent and urn_type(parent) != STACK else ""
        return f"urn:pulumi:{stack}::{project}::{above}{token}::{name}"


def _place(position: Any, root: Path) -> str:
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
