"""Deletions at the end of an operation: what the program no longer has, and what replacements left behind."""

import contextlib
from concurrent.futures import ThreadPoolExecutor

from engine.errors import StepError
from engine.operation import Operation
from engine.state import ResourceState
from engine.step_executor import StepExecutor
from engine.step_generator import PlannedStep


def delete_leftovers(operation: Operation, executor: StepExecutor) -> None:
    """Delete what the program no longer has and what replacements left behind, dependents first.

    Raises:
        StepError: the state's dependencies form a circle.
    """
    kept = set(operation.ops) | set(operation.aliased)
    left = [s for s in operation.base if s not in operation.snapshot.gone]
    todo = [
        s
        for s in left
        if s not in operation.early and (s.get("delete") or s in operation.replaced or s.urn not in kept)
    ]
    todo += [s for s in left if s in operation.early and s.urn in operation.deleted]
    operation.deleted |= {s.urn for s in todo}

    def delete(state: ResourceState) -> None:
        with contextlib.suppress(StepError):  # reported already; its own layer goes on
            if state.get("pendingReplacement"):
                with operation.lock:
                    operation.snapshot.remove(state)
                operation.save()
                return
            replaced = state.get("delete") or state in operation.replaced
            op = "discard" if state.get("external") else "delete-replaced" if replaced else "delete"
            executor.execute(PlannedStep(op, state, None))

    with ThreadPoolExecutor(operation.options.parallel) as pool:
        for layer in reversed(_sort_into_layers(operation, todo)):
            if operation.cancelled:
                break
            list(pool.map(delete, layer))


def _sort_into_layers(operation: Operation, todo: list[ResourceState]) -> list[list[ResourceState]]:
    """States in layers: each depends on earlier layers only."""
    layers: list[list[ResourceState]] = []
    left = set(todo)
    while left:
        by_urn: dict[str, list[ResourceState]] = {}
        for state in left:
            by_urn.setdefault(state.urn, []).append(state)
        ready = [
            s for s in todo if s in left and not any(t is not s for u in s.dependencies() for t in by_urn.get(u, ()))
        ]
        if not ready:
            raise operation.fail(
                "", f"the state has a circle of dependencies among {sorted(by_urn)[:3]}; restore a copy"
            )
        layers.append(ready)
        left -= set(ready)
    return layers
