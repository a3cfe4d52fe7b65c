# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""What happens outside the program: leftovers are deleted, and a refresh asks what is still there."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

from engine.document import now
from engine.errors import StepError
from engine.execute import Executor, settle
from engine.generate import Plan
from engine.providers import Providers
from engine.run import Run, Step
from engine.state import PROVIDER, State, is_default_provider
from engine.wire import mark_secrets, plain


def delete_leftovers(run: Run, executor: Executor) -> None:
    """Delete what the program no longer has and what replacements left behind, dependents first.

    Raises:
        StepError: the state's dependencies go in a circle.
    """
    kept = set(run.ops) | set(run.aliased)
    left = [s for s in run.base if s not in run.snapshot.gone]
    todo = [s for s in left if s not in run.early and (s.get("delete") or s in run.replaced or s.urn not in kept)]
    todo += [s for s in left if s in run.early and s.urn in run.deleted]
    run.deleted |= {s.urn for s in todo}

    def delete(state: State) -> None:
        with contextlib.suppress(StepError):  # reported already; its own layer goes on
            if state.get("pendingReplacement"):
                with run.lock:
                    run.snapshot.remove(state)
                run.save()
                return
            replaced = state.get("delete") or state in run.replaced
            op = "discard" if state.get("external") else "delete-replaced" if replaced else "delete"
            executor.execute(Plan(op, state, None))

    with ThreadPoolExecutor(run.options.parallel) as pool:
        for layer in reversed(_layers(run, todo)):
            if run.cancelled:
                break
            list(pool.map(delete, layer))


def refresh(run: Run, providers: Providers, executor: Executor) -> None:
    """Ask for everything in the deployment and take what is there for the truth."""

    def ask(state: State) -> State | None:
        with executor.slots:
            return state if run.cancelled else _refresh_one(run, providers, state)

    with ThreadPoolExecutor(run.options.parallel) as pool:
        found = list(pool.map(ask, list(run.base)))
    if run.cancelled:
        return
    lost = {old.urn for old, new in zip(run.base, found, strict=True) if new is None}
    left = [state for state in found if state is not None]
    for state in left:
        _forget(state, lost)
    run.snapshot.replace(left)


def _layers(run: Run, todo: list[State]) -> list[list[State]]:
    """States in layers: each depends on earlier layers only."""
    layers: list[list[State]] = []
    left = set(todo)
    while left:
        by_urn: dict[str, list[State]] = {}
        for state in left:
            by_urn.setdefault(state.urn, []).append(state)
        ready = [
            s for s in todo if s in left and not any(t is not s for u in s.dependencies() for t in by_urn.get(u, ()))
        ]
        if not ready:
            raise run.fail("", f"the state has a circle of dependencies among {sorted(by_urn)[:3]}; restore a copy")
        layers.append(ready)
        left -= set(ready)
    return layers


def _refresh_one(run: Run, providers: Providers, state: State) -> State | None:
    details = {"op": "refresh", "urn": state.urn, "type": state["type"], "keys": [], "diffs": []}
    run.emit(resourcePreEvent={"metadata": details})
    op, result = "same", state
    if state["custom"] and not state["type"].startswith(PROVIDER):
        try:
            op, result = _compare(providers, state)
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is this resource's failure
            run.emit(resOpFailedEvent={"metadata": details})
            run.fail(state.urn, f"refresh of {state['type']} failed: {error}")
            return state
    with run.lock:
        if not is_default_provider(state):
            run.changes[op] = run.changes.get(op, 0) + 1
        run.steps.append(Step("refresh", state.urn))
    changed = [] if op != "update" or result is None else _changed(state, result)
    shown = "refresh" if op == "same" else op
    run.emit(resOutputsEvent={"metadata": {**details, "op": shown, "diffs": changed}})
    return result


def _compare(providers: Providers, state: State) -> tuple[str, State | None]:
    provider = providers.get(state["provider"])
    found = provider.read(state["type"], state["id"], plain(state.outputs), plain(state.inputs))
    if found is None:
        return "delete", None
    new = State(state)
    settle(new, found.id, found.outputs)
    new["inputs"] = mark_secrets(dict(found.inputs), state.inputs)
    drifted = not state.get("external") and new.inputs != state.inputs
    if new.outputs != state.outputs or drifted:
        return "update", new.put(modified=now())
    return "same", new if state.get("external") else state


def _changed(old: State, new: State) -> list[str]:
    keys = {*old.inputs, *new.inputs}
    return sorted(k for k in keys if old.inputs.get(k) != new.inputs.get(k))


def _forget(state: State, lost: set[str]) -> None:
    """Drop references to what is gone; the real engine drops empty lists here as well."""
    properties: dict[str, list[str]] = state.get("propertyDependencies") or {}
    left = {key: [u for u in urns if u not in lost] for key, urns in properties.items()}
    state.put(
        dependencies=[u for u in state.get("dependencies") or [] if u not in lost],
        propertyDependencies={key: urns for key, urns in left.items() if urns},
        deletedWith="" if state.get("deletedWith") in lost else state.get("deletedWith"),
    )
