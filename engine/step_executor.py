"""The step executor: what begins is written to disk, the provider is called, the snapshot moves forward."""

import threading
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.errors import EngineError, StepError
from engine.operation import Operation, StepRecord
from engine.providers import INTERNAL, ProviderRegistry
from engine.state import ResourceState, is_default_provider
from engine.state_file import timestamp
from engine.step_generator import PlannedStep
from engine.urns import PROVIDER, urn_name
from engine.wire import UNKNOWN, mark_secrets, mask_secrets, secret, unwrap

PENDING: Mapping[str, str] = MappingProxyType(
    {
        "create": "creating",
        "create-replacement": "creating",
        "update": "updating",
        "delete": "deleting",
        "delete-replaced": "deleting",
        "read": "reading",
        "import": "importing",
    }
)
COUNTED = frozenset({"same", "create", "update", "delete", "replace", "import", "discard"})
DELETES = frozenset({"delete", "delete-replaced", "discard"})


class StepExecutor:
    """Carries out steps, as many at once as the operation allows."""

    def __init__(self, operation: Operation, providers: ProviderRegistry) -> None:
        self._operation = operation
        self._providers = providers
        self.slots = threading.Semaphore(operation.options.parallel)

    def execute(self, step: PlannedStep) -> None:
        """Carry out one step.

        Raises:
            StepError: it failed, or the operation was cancelled before it began.
        """
        operation = self._operation
        state = step.new if step.new is not None else step.old
        assert state is not None  # noqa: S101 - every step has one of the two
        details = {
            "op": step.op,
            "urn": state.urn,
            "type": state["type"],
            "keys": list(step.keys),
            "diffs": list(step.diffs),
            **_describe_inputs(step),
        }
        with self.slots:
            # Deletes of a layer go on after one has failed; the next layer does not start.
            if operation.cancelled and not operation.preview and step.new is not None:
                msg = "the operation was cancelled"
                raise StepError(msg)
            self._begin(step, state, details)
            try:
                self._apply(step)
            except (StepError, EngineError):
                raise
            except Exception as error:  # whatever a provider raises is this step's failure
                with operation.lock:
                    operation.snapshot.end(state)
                operation.emit(resOpFailedEvent={"metadata": details})
                failure = operation.fail(
                    state.urn, f"{step.op} of {state['type']} '{urn_name(state.urn)}' failed: {error}"
                )
                operation.save()
                raise failure from error
            with operation.lock:
                operation.snapshot.end(state)
                moved = self._commit(step)
            if moved:
                operation.save()
            if state["custom"] or step.op in DELETES or step.op == "replace":
                operation.emit(resOutputsEvent={"metadata": details})

    def _begin(self, step: PlannedStep, state: ResourceState, details: Mapping[str, Any]) -> None:
        operation = self._operation
        operation.emit(resourcePreEvent={"metadata": details})
        with operation.lock:
            operation.steps.append(StepRecord(step.op, state.urn))
            if step.op in COUNTED and not is_default_provider(state):
                operation.changes[step.op] = operation.changes.get(step.op, 0) + 1
        managed = state["custom"] and not state["type"].startswith(PROVIDER)
        if step.op in PENDING and managed and not operation.preview:
            with operation.lock:
                operation.snapshot.begin(state, PENDING[step.op])
            operation.save(wait=True)

    def _apply(self, step: PlannedStep) -> None:
        if step.op in DELETES:
            self._delete(step)
        elif step.new is not None and step.op in ("create", "create-replacement"):
            self._create(step.new)
        elif step.new is not None and step.old is not None and step.op == "update":
            self._update(step.old, step.new)
        elif step.new is not None and step.old is not None and step.op == "same":
            step.new.put(id=step.old.get("id", ""), outputs=step.old.outputs)
            if step.new["type"].startswith(PROVIDER):
                self._providers.configure(step.new)
        elif step.new is not None and step.op in ("read", "import"):
            self._read(step.op, step.new)

    def _create(self, new: ResourceState) -> None:
        preview = self._operation.preview
        if new["type"].startswith(PROVIDER):
            new.put(id=UNKNOWN if preview else str(uuid.uuid4()), outputs=_public(new))
            self._providers.configure(new)
        elif new["custom"]:
            provider = self._providers.get(new["provider"])
            made = provider.create(new["type"], urn_name(new.urn), unwrap(new.inputs), preview=preview)
            if not made.id and not preview:
                msg = "the provider returned no id"
                raise RuntimeError(msg)
            record_outputs(new, made.id, made.outputs)
        time = timestamp()
        new.put(created=time, modified=time)

    def _update(self, old: ResourceState, new: ResourceState) -> None:
        new.put(id=old.get("id", ""))
        if new["type"].startswith(PROVIDER):
            new.put(outputs=_public(new))
            self._providers.configure(new)
        elif new["custom"]:
            outputs = self._providers.get(new["provider"]).update(
                new["type"],
                old["id"],
                unwrap(old.inputs),
                unwrap(old.outputs),
                unwrap(new.inputs),
                preview=self._operation.preview,
            )
            record_outputs(new, old["id"], outputs)
        new.put(modified=timestamp())

    def _read(self, op: str, new: ResourceState) -> None:
        wanted = new["importID"] if op == "import" else new["id"]
        provider = self._providers.get(new["provider"] or "")
        found = provider.read(new["type"], wanted, unwrap(new.inputs), unwrap(new.inputs))
        if found is None:
            msg = f"'{wanted}' does not exist"
            raise RuntimeError(msg)
        record_outputs(new, found.id, found.outputs)
        if op == "import":
            time = timestamp()
            new.put(inputs=mark_secrets(dict(found.inputs), new.inputs), created=time, modified=time)

    def _delete(self, step: PlannedStep) -> None:
        old = step.old
        assert old is not None  # noqa: S101 - a delete has an old state
        if step.op == "delete" and old.get("protect"):
            msg = "it is protected; set protect to false and run `up` before deleting it"
            raise RuntimeError(msg)
        kept = old.get("external") or old.get("retainOnDelete") or old.get("deletedWith") in self._operation.deleted
        if self._operation.preview or not old["custom"] or old["type"].startswith(PROVIDER) or kept:
            return
        provider = self._providers.get(old["provider"])
        provider.delete(old["type"], old["id"], unwrap(old.inputs), unwrap(old.outputs))

    def _commit(self, step: PlannedStep) -> bool:
        """Move the snapshot forward; true when it must be written. Called under the lock."""
        operation, old, new = self._operation, step.old, step.new
        snapshot = operation.snapshot
        if step.op in DELETES and old is not None:
            if step.mark:
                old.put(pendingReplacement=True)
            else:
                snapshot.remove(old)
            return True
        if step.op == "replace" or new is None:
            return False
        if step.op == "same" and old is not None and old.text(operation.crypter) == new.text(operation.crypter):
            snapshot.keep(old, new)
            return False
        if step.op == "create-replacement" and step.mark and old is not None:
            operation.replaced.add(old)
            if not operation.preview:
                old.put(delete=True)
        elif old is not None:
            snapshot.remove(old)
        snapshot.add(new)
        return True


def record_outputs(state: ResourceState, id_: str, outputs: Mapping[str, Any]) -> None:
    """Put what a provider returned into a state: the id, and outputs with their secrets marked."""
    marked = mark_secrets(dict(outputs), state.inputs)
    for key in state.get("additionalSecretOutputs") or ():
        if key in marked:
            marked[key] = secret(marked[key])
    state.put(id=id_, outputs=marked)


def _describe_inputs(step: PlannedStep) -> dict[str, Any]:
    """Old and new inputs of a change, for an event; nothing for the many steps that change nothing."""
    if not step.diffs:
        return {}
    sides = {"old": step.old, "new": step.new}
    return {side: {"inputs": mask_secrets(state.inputs)} for side, state in sides.items() if state is not None}


def _public(state: ResourceState) -> dict[str, Any]:
    return {k: v for k, v in state.inputs.items() if k != INTERNAL}
