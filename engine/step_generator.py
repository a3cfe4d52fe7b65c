# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""The step generator: what to do about one registration, decided from its goal, old state and the provider's diff."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.goals import Goal, GoalReader
from engine.operation import Operation
from engine.property_paths import covers, restore_paths
from engine.protocol import DiffResult, Provider
from engine.providers import INTERNAL, ProviderRegistry
from engine.state import ResourceState
from engine.urns import PROVIDER, UrnRegistry, provider_urn
from engine.wire import UNKNOWN, elide_assets, mark_secrets, unwrap


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step that a registration or a deletion needs."""

    op: str
    """As `StepRecord.op`."""
    old: ResourceState | None
    new: ResourceState | None
    keys: Sequence[str] = ()
    """Properties whose change replaces the resource."""
    diffs: Sequence[str] = ()
    """Properties that changed."""
    mark: bool = False
    """Whether the old state stays in the deployment and waits for its deletion."""


@dataclass(frozen=True, slots=True)
class ResourceDiff:
    """How a registration differs from its old state."""

    diffs: Sequence[str] = ()
    keys: Sequence[str] = ()
    delete_first: bool = False
    changed: bool = False


class StepGenerator:
    """Plans the steps of registrations, one registration at a time."""

    def __init__(
        self,
        operation: Operation,
        providers: ProviderRegistry,
        *,
        execute: Callable[[PlannedStep], None],
        analyze: Callable[[ResourceState, Goal], None],
    ) -> None:
        self._operation = operation
        self._providers = providers
        self._execute = execute
        self._analyze = analyze
        self._dependent_keys: dict[str, Sequence[str]] = {}
        self.goals = GoalReader(operation, providers)
        self.urns = UrnRegistry(operation)

    def generate(self, goal: Goal) -> tuple[list[PlannedStep], ResourceState]:
        """The steps of one registration in order, and the state they end in."""
        operation = self._operation
        urn = self.urns.claim(goal["parent"], goal["type"], goal["name"])
        old = self.urns.find_old(urn, goal["parent"], goal["type"], goal["name"], goal["aliases"])
        new = _new_state(urn, goal, old)
        operation.news[urn] = new
        self.goals.remember(urn, goal)
        recreating = urn in operation.deleted
        fresh = recreating or old is None or bool(old.get("external"))
        if self._imports(goal, old):
            imported = ResourceState(new)
            self._execute(PlannedStep("import", old, imported))  # reads under the generator's lock: imports are rare
            old, fresh = imported, False
        self._check(goal, new, None if fresh or old is None else old.inputs)
        self._analyze(new, goal)
        if recreating:
            operation.deleted.discard(urn)
            operation.ops[urn] = "replace"
            return [
                PlannedStep("replace", old, new),
                PlannedStep("create-replacement", old, new, self._dependent_keys.get(urn, ())),
            ], new
        if old is None:
            operation.ops[urn] = "create"
            return [PlannedStep("create", None, new)], new
        if old.get("external"):
            operation.ops[urn] = "create"
            return [PlannedStep("create-replacement", old, new, mark=True), PlannedStep("replace", old, new)], new
        return self._compare(goal, old, new)

    def _compare(self, goal: Goal, old: ResourceState, new: ResourceState) -> tuple[list[PlannedStep], ResourceState]:
        operation, urn = self._operation, new.urn
        change = self._diff(goal, old, new)
        if (change.changed and change.keys) or old.get("pendingReplacement"):
            return self._replace(goal, old, new, change), new
        if change.changed:
            operation.ops[urn] = "update"
            return [PlannedStep("update", old, new, diffs=change.diffs)], new
        operation.ops[urn] = "same"
        if operation.olds.get(old.urn) is not old:  # imported just now, and already as the program wants it
            operation.news[urn] = old
            return [], old
        return [PlannedStep("same", old, new)], new

    def _replace(self, goal: Goal, old: ResourceState, new: ResourceState, change: ResourceDiff) -> list[PlannedStep]:
        operation, urn = self._operation, new.urn
        if new["protect"] and old.get("protect"):
            message = f"{urn} would be replaced but is protected; set protect to false first"
            if not operation.preview:
                raise operation.fail(urn, message)
            operation.diagnose("error", message, urn, fatal=False)  # a preview goes on and fails at its end
        if goal.get("importID"):
            raise operation.fail(
                urn, f"{urn} was imported and still names an import id, so it can't be replaced; remove the id"
            )
        operation.ops[urn] = "replace"
        self._check(goal, new, None)  # defaults and automatic names are computed afresh for the replacement
        wanted = goal.get("deleteBeforeReplace")
        if not (change.delete_first if wanted is None else wanted):
            return [
                PlannedStep("create-replacement", old, new, change.keys, change.diffs, mark=True),
                PlannedStep("replace", old, new, change.keys),
            ]
        steps: list[PlannedStep] = []
        for dependent, keys in reversed(self._dependents(old)):
            if dependent in operation.early:
                continue
            if dependent.get("protect"):
                raise operation.fail(dependent.urn, f"{dependent.urn} must be replaced with {urn} but is protected")
            self._dependent_keys[dependent.urn] = keys
            operation.deleted.add(dependent.urn)
            operation.early.add(dependent)
            steps.append(PlannedStep("delete-replaced", dependent, None, mark=True))
        if not old.get("pendingReplacement"):
            operation.early.add(old)
            steps.append(PlannedStep("delete-replaced", old, None, mark=True))
        return [
            *steps,
            PlannedStep("replace", old, new, change.keys),
            PlannedStep("create-replacement", old, new, change.keys, change.diffs),
        ]

    def _imports(self, goal: Goal, old: ResourceState | None) -> bool:
        wanted = goal.get("importID")
        if not goal["custom"] or not wanted:
            return False
        return old is None or bool(old.get("external")) or (old.get("importID") or old["id"]) != wanted

    def _check(self, goal: Goal, new: ResourceState, olds: dict[str, Any] | None) -> None:
        wanted = goal["inputs"]
        if olds is not None and goal.get("ignoreChanges"):
            wanted = restore_paths(wanted, olds, goal["ignoreChanges"])
        provider = self._provider(goal)
        if provider is None:
            new.put(inputs=wanted)
            return
        seed = hashlib.sha256(os.urandom(16)).digest()
        result = provider.check(goal["type"], goal["name"], unwrap(olds or {}), unwrap(wanted), seed)
        if result.failures:
            reasons = "; ".join(f"{f.property}: {f.reason}" if f.property else f.reason for f in result.failures)
            raise self._operation.fail(new.urn, f"{goal['type']} resource '{goal['name']}' has a problem: {reasons}")
        new.put(inputs=mark_secrets(dict(result.inputs), wanted))

    def _provider(self, goal: Goal) -> Provider | None:
        if not goal["custom"] or goal["type"].startswith(PROVIDER):
            return None
        return self._providers.get(goal["provider"])

    def _diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> ResourceDiff:
        ops = self._operation.ops
        if any(ops.get(urn) == "replace" for urn in goal.get("replaceWith") or ()):
            return ResourceDiff(keys=["replaceWith"], changed=True)
        if goal.get("deletedWith") and ops.get(goal["deletedWith"]) == "replace":
            return ResourceDiff(keys=["deletedWith"], changed=True)
        before, after = old.get("provider") or "", new.get("provider") or ""
        if before != after and (not before or not after or self._providers.requires_replacement(before, after)):
            return ResourceDiff(keys=["provider"], changed=True)
        found = self._provider_diff(goal, old, new)
        if found is None:
            return ResourceDiff(changed=old.inputs != new.inputs)
        keys = list(found.replaces)
        for path in goal.get("replaceOnChanges") or ():
            keys += [key for key in found.diffs if key not in keys and covers(path, key)]
        trigger, last = goal.get("trigger"), old.get("replacementTrigger")
        if trigger is not None and last is not None and unwrap(trigger) != unwrap(last):
            return ResourceDiff(
                list(found.diffs), keys or ["replacementTrigger"], found.delete_before_replace, changed=True
            )
        return ResourceDiff(list(found.diffs), keys, found.delete_before_replace, changed=found.changes)

    def _provider_diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> DiffResult | None:
        olds, news = unwrap(old.inputs), unwrap(new.inputs)
        if goal["type"].startswith(PROVIDER):
            package = self._providers.package(goal["type"][len(PROVIDER) :])
            return package.diff_config(_public(olds), _public(news))
        provider = self._provider(goal)
        if provider is None:
            return None
        ignored = goal.get("ignoreChanges") or []
        outputs = elide_assets(unwrap(old.outputs))
        return provider.diff(new["type"], old["id"], elide_assets(olds), outputs, elide_assets(news), ignored)

    def _dependents(self, root: ResourceState) -> list[tuple[ResourceState, Sequence[str]]]:
        """Old resources that deleting `root` first would force to be replaced, in dependency order."""
        hit, reach = {root.urn}, {root.urn}
        found: list[tuple[ResourceState, Sequence[str]]] = []
        for state in self._operation.base:
            if state is root or state.get("delete") or not (state.dependencies() - {state.get("parent")}) & reach:
                continue
            reach.add(state.urn)
            if not state["custom"] or state.get("external") or state.urn in self._operation.ops:
                continue
            keys = self._forced_keys(state, hit)
            if keys is not None:
                hit.add(state.urn)
                found.append((state, keys))
        return found

    def _forced_keys(self, state: ResourceState, hit: set[str]) -> Sequence[str] | None:
        """Why a dependent must go too: its provider says that an unknown input replaces it. None when it stays."""
        if provider_urn(state.get("provider")) in hit or state.get("deletedWith") in hit:
            return []
        if hit & set(state.get("replaceWith") or ()):
            return []
        sources: dict[str, list[str]] = state.get("propertyDependencies") or {}
        inputs = {k: UNKNOWN if hit & set(sources.get(k, ())) else v for k, v in state.inputs.items()}
        if UNKNOWN not in inputs.values() or not state.get("provider"):
            return None
        provider = self._providers.get(state["provider"])
        ignored = state.get("ignoreChanges") or []
        olds, outputs, news = (elide_assets(unwrap(bag)) for bag in (state.inputs, state.outputs, inputs))
        diff = provider.diff(state["type"], state["id"], olds, outputs, news, ignored)
        forced = [*diff.replaces, *(k for k in diff.diffs if k in (state.get("replaceOnChanges") or ()))]
        return forced or None


def _new_state(urn: str, goal: Goal, old: ResourceState | None) -> ResourceState:
    copied = (
        "dependencies",
        "provider",
        "propertyDependencies",
        "additionalSecretOutputs",
        "customTimeouts",
        "importID",
        "deletedWith",
        "replaceWith",
        "ignoreChanges",
        "replaceOnChanges",
    )
    return ResourceState(
        urn=urn,
        custom=goal["custom"],
        id="",
        type=goal["type"],
        inputs=goal["inputs"],
        outputs={},
        parent=goal["parent"],
        protect=goal.get("protect") or False,
        retainOnDelete=goal.get("retainOnDelete") or False,
        created=old.get("created") if old else None,
        modified=old.get("modified") if old else None,
        replacementTrigger=goal.get("trigger"),
        **{key: goal.get(key) for key in copied},
        **goal["position"],
    )


def _public(inputs: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in inputs.items() if k != INTERNAL}
