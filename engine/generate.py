# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""From a goal to steps: what to do about one registration, decided from its old state and the provider's diff."""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from engine.goals import Goal, Goals, Names
from engine.paths import covers, keep
from engine.protocol import DiffResult, Provider
from engine.providers import INTERNAL, Providers
from engine.run import Run
from engine.state import PROVIDER, State, provider_urn
from engine.wire import UNKNOWN, elided, mark_secrets, plain


@dataclass(frozen=True, slots=True)
class Plan:
    """A step to take: operation, old and new state, why it replaces, what changed, whether the old state waits."""

    op: str
    old: State | None
    new: State | None
    keys: Sequence[str] = ()
    diffs: Sequence[str] = ()
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What a comparison found."""

    diffs: Sequence[str] = ()
    keys: Sequence[str] = ()
    delete_first: bool = False
    changed: bool = False


class Generator:
    """Decides steps; called by one registration at a time."""

    def __init__(
        self,
        run: Run,
        providers: Providers,
        *,
        execute: Callable[[Plan], None],
        analyze: Callable[[State, Goal], None],
    ) -> None:
        self._run = run
        self._providers = providers
        self._execute = execute
        self._analyze = analyze
        self._dependent_keys: dict[str, Sequence[str]] = {}
        self.goals = Goals(run, providers)
        self.names = Names(run)

    def generate(self, goal: Goal) -> tuple[list[Plan], State]:
        """The steps of one registration in order, and the state they end in."""
        run = self._run
        urn = self.names.claim(goal["parent"], goal["type"], goal["name"])
        old = self.names.find_old(urn, goal["parent"], goal["type"], goal["name"], goal["aliases"])
        new = _state(urn, goal, old)
        run.news[urn] = new
        self.goals.remember(urn, goal)
        recreating = urn in run.deleted
        fresh = recreating or old is None or bool(old.get("external"))
        if self._imports(goal, old):
            imported = State(new)
            self._execute(Plan("import", old, imported))  # reads under the generator's lock: imports are rare
            old, fresh = imported, False
        self._check(goal, new, None if fresh or old is None else old.inputs)
        self._analyze(new, goal)
        if recreating:
            run.deleted.discard(urn)
            run.ops[urn] = "replace"
            return [
                Plan("replace", old, new),
                Plan("create-replacement", old, new, self._dependent_keys.get(urn, ())),
            ], new
        if old is None:
            run.ops[urn] = "create"
            return [Plan("create", None, new)], new
        if old.get("external"):
            run.ops[urn] = "create"
            return [Plan("create-replacement", old, new, mark=True), Plan("replace", old, new)], new
        return self._compare(goal, old, new)

    def _compare(self, goal: Goal, old: State, new: State) -> tuple[list[Plan], State]:
        run, urn = self._run, new.urn
        change = self._diff(goal, old, new)
        if (change.changed and change.keys) or old.get("pendingReplacement"):
            return self._replace(goal, old, new, change), new
        if change.changed:
            run.ops[urn] = "update"
            return [Plan("update", old, new, diffs=change.diffs)], new
        run.ops[urn] = "same"
        if run.olds.get(old.urn) is not old:  # imported just now, and already as the program wants it
            run.news[urn] = old
            return [], old
        return [Plan("same", old, new)], new

    def _replace(self, goal: Goal, old: State, new: State, change: Change) -> list[Plan]:
        run, urn = self._run, new.urn
        if new["protect"] and old.get("protect"):
            message = f"{urn} would be replaced but is protected; set protect to false first"
            if not run.preview:
                raise run.fail(urn, message)
            run.diagnose("error", message, urn, fatal=False)  # a preview goes on and fails at its end
        if goal.get("importID"):
            raise run.fail(
                urn, f"{urn} was imported and still names an import id, so it can't be replaced; remove the id"
            )
        run.ops[urn] = "replace"
        self._check(goal, new, None)  # defaults and automatic names are computed afresh for the replacement
        wanted = goal.get("deleteBeforeReplace")
        if not (change.delete_first if wanted is None else wanted):
            return [
                Plan("create-replacement", old, new, change.keys, change.diffs, mark=True),
                Plan("replace", old, new, change.keys),
            ]
        steps: list[Plan] = []
        for dependent, keys in reversed(self._dependents(old)):
            if dependent in run.early:
                continue
            if dependent.get("protect"):
                raise run.fail(dependent.urn, f"{dependent.urn} must be replaced with {urn} but is protected")
            self._dependent_keys[dependent.urn] = keys
            run.deleted.add(dependent.urn)
            run.early.add(dependent)
            steps.append(Plan("delete-replaced", dependent, None, mark=True))
        if not old.get("pendingReplacement"):
            run.early.add(old)
            steps.append(Plan("delete-replaced", old, None, mark=True))
        return [
            *steps,
            Plan("replace", old, new, change.keys),
            Plan("create-replacement", old, new, change.keys, change.diffs),
        ]

    def _imports(self, goal: Goal, old: State | None) -> bool:
        wanted = goal.get("importID")
        if not goal["custom"] or not wanted:
            return False
        return old is None or bool(old.get("external")) or (old.get("importID") or old["id"]) != wanted

    def _check(self, goal: Goal, new: State, olds: dict[str, Any] | None) -> None:
        wanted = goal["inputs"]
        if olds is not None and goal.get("ignoreChanges"):
            wanted = keep(wanted, olds, goal["ignoreChanges"])
        provider = self._provider(goal)
        if provider is None:
            new.put(inputs=wanted)
            return
        seed = hashlib.sha256(os.urandom(16)).digest()
        result = provider.check(goal["type"], goal["name"], plain(olds or {}), plain(wanted), seed)
        if result.failures:
            reasons = "; ".join(f"{f.property}: {f.reason}" if f.property else f.reason for f in result.failures)
            raise self._run.fail(new.urn, f"{goal['type']} resource '{goal['name']}' has a problem: {reasons}")
        new.put(inputs=mark_secrets(dict(result.inputs), wanted))

    def _provider(self, goal: Goal) -> Provider | None:
        if not goal["custom"] or goal["type"].startswith(PROVIDER):
            return None
        return self._providers.get(goal["provider"])

    def _diff(self, goal: Goal, old: State, new: State) -> Change:
        ops = self._run.ops
        if any(ops.get(urn) == "replace" for urn in goal.get("replaceWith") or ()):
            return Change(keys=["replaceWith"], changed=True)
        if goal.get("deletedWith") and ops.get(goal["deletedWith"]) == "replace":
            return Change(keys=["deletedWith"], changed=True)
        before, after = old.get("provider") or "", new.get("provider") or ""
        if before != after and (not before or not after or self._providers.changed_config(before, after)):
            return Change(keys=["provider"], changed=True)
        found = self._provider_diff(goal, old, new)
        if found is None:
            return Change(changed=old.inputs != new.inputs)
        keys = list(found.replaces)
        for path in goal.get("replaceOnChanges") or ():
            keys += [key for key in found.diffs if key not in keys and covers(path, key)]
        trigger, last = goal.get("trigger"), old.get("replacementTrigger")
        if trigger is not None and last is not None and plain(trigger) != plain(last):
            return Change(list(found.diffs), keys or ["replacementTrigger"], found.delete_before_replace, changed=True)
        return Change(list(found.diffs), keys, found.delete_before_replace, changed=found.changes)

    def _provider_diff(self, goal: Goal, old: State, new: State) -> DiffResult | None:
        olds, news = plain(old.inputs), plain(new.inputs)
        if goal["type"].startswith(PROVIDER):
            package = self._providers.package(goal["type"][len(PROVIDER) :])
            return package.diff_config(_public(olds), _public(news))
        provider = self._provider(goal)
        if provider is None:
            return None
        ignored = goal.get("ignoreChanges") or []
        outputs = elided(plain(old.outputs))
        return provider.diff(new["type"], old["id"], elided(olds), outputs, elided(news), ignored)

    def _dependents(self, root: State) -> list[tuple[State, Sequence[str]]]:
        """Old resources that deleting `root` first would force to be replaced, in dependency order."""
        hit, reach = {root.urn}, {root.urn}
        found: list[tuple[State, Sequence[str]]] = []
        for state in self._run.base:
            if state is root or state.get("delete") or not (state.dependencies() - {state.get("parent")}) & reach:
                continue
            reach.add(state.urn)
            if not state["custom"] or state.get("external") or state.urn in self._run.ops:
                continue
            keys = self._forced(state, hit)
            if keys is not None:
                hit.add(state.urn)
                found.append((state, keys))
        return found

    def _forced(self, state: State, hit: set[str]) -> Sequence[str] | None:
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
        olds, outputs, news = (elided(plain(bag)) for bag in (state.inputs, state.outputs, inputs))
        diff = provider.diff(state["type"], state["id"], olds, outputs, news, ignored)
        forced = [*diff.replaces, *(k for k in diff.diffs if k in (state.get("replaceOnChanges") or ()))]
        return forced or None


def _state(urn: str, goal: Goal, old: State | None) -> State:
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
    return State(
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
