# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
"""Refresh: every resource is read from its provider, and what is there is taken for the truth."""

from concurrent.futures import ThreadPoolExecutor

from engine.operation import Operation, StepRecord
from engine.providers import ProviderRegistry
from engine.state import ResourceState, is_default_provider
from engine.state_file import timestamp
from engine.step_executor import StepExecutor, record_outputs
from engine.urns import PROVIDER
from engine.wire import mark_secrets, unwrap


def refresh(operation: Operation, providers: ProviderRegistry, executor: StepExecutor) -> None:
    """Read every resource of the deployment and replace its state by what is there; what is gone is dropped.

    An error of one read cancels the operation and leaves the deployment as it was.
    """

    def ask(state: ResourceState) -> ResourceState | None:
        with executor.slots:
            return state if operation.cancelled else _refresh_one(operation, providers, state)

    with ThreadPoolExecutor(operation.options.parallel) as pool:
        found = list(pool.map(ask, list(operation.base)))
    if operation.cancelled:
        return
    lost = {old.urn for old, new in zip(operation.base, found, strict=True) if new is None}
    left = [state for state in found if state is not None]
    for state in left:
        _drop_references(state, lost)
    operation.snapshot.replace(left)


def _refresh_one(operation: Operation, providers: ProviderRegistry, state: ResourceState) -> ResourceState | None:
    details = {"op": "refresh", "urn": state.urn, "type": state["type"], "keys": [], "diffs": []}
    operation.emit(resourcePreEvent={"metadata": details})
    op, result = "same", state
    if state["custom"] and not state["type"].startswith(PROVIDER):
        try:
            op, result = _compare(providers, state)
        except Exception as error:  # noqa: BLE001 - whatever a provider raises is this resource's failure
            operation.emit(resOpFailedEvent={"metadata": details})
            operation.fail(state.urn, f"refresh of {state['type']} failed: {error}")
            return state
    with operation.lock:
        if not is_default_provider(state):
            operation.changes[op] = operation.changes.get(op, 0) + 1
        operation.steps.append(StepRecord("refresh", state.urn))
    changed = [] if op != "update" or result is None else _changed_inputs(state, result)
    shown = "refresh" if op == "same" else op
    operation.emit(resOutputsEvent={"metadata": {**details, "op": shown, "diffs": changed}})
    return result


def _compare(providers: ProviderRegistry, state: ResourceState) -> tuple[str, ResourceState | None]:
    provider = providers.get(state["provider"])
    found = provider.read(state["type"], state["id"], unwrap(state.outputs), unwrap(state.inputs))
    if found is None:
        return "delete", None
    new = ResourceState(state)
    record_outputs(new, found.id, found.outputs)
    new["inputs"] = mark_secrets(dict(found.inputs), state.inputs)
    drifted = not state.get("external") and new.inputs != state.inputs
    if new.outputs != state.outputs or drifted:
        return "update", new.put(modified=timestamp())
    return "same", new if state.get("external") else state


def _changed_inputs(old: ResourceState, new: ResourceState) -> list[str]:
    keys = {*old.inputs, *new.inputs}
    return sorted(k for k in keys if old.inputs.get(k) != new.inputs.get(k))


def _drop_references(state: ResourceState, lost: set[str]) -> None:
    """Drop references to what is gone; the real engine drops empty lists here as well."""
    properties: dict[str, list[str]] = state.get("propertyDependencies") or {}
    left = {key: [u for u in urns if u not in lost] for key, urns in properties.items()}
    state.put(
        dependencies=[u for u in state.get("dependencies") or [] if u not in lost],
        propertyDependencies={key: urns for key, urns in left.items() if urns},
        deletedWith="" if state.get("deletedWith") in lost else state.get("deletedWith"),
    )
