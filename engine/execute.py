"""Steps carried out: what is under way is on disk first, the provider is called, the snapshot moves forward."""

import threading
import uuid
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from engine.document import now
from engine.errors import EngineError, StepError
from engine.generate import Plan
from engine.providers import INTERNAL, Providers
from engine.run import Run, Step
from engine.state import PROVIDER, State, is_default_provider, urn_name
from engine.wire import UNKNOWN, mark_secrets, masked, plain, secret

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


class Executor:
    """Carries out steps, as many at once as the operation allows."""

    def __init__(self, run: Run, providers: Providers) -> None:
        self._run = run
        self._providers = providers
        self.slots = threading.Semaphore(run.options.parallel)

    def execute(self, plan: Plan) -> None:
        """Carry out one step.

        Raises:
            StepError: it failed, or the operation was cancelled before it began.
        """
        run = self._run
        state = plan.new if plan.new is not None else plan.old
        assert state is not None  # noqa: S101 - every plan has one of the two
        details = {
            "op": plan.op,
            "urn": state.urn,
            "type": state["type"],
            "keys": list(plan.keys),
            "diffs": list(plan.diffs),
            **_both(plan),
        }
        with self.slots:
            # Deletes of a layer go on after one has failed; the next layer does not start.
            if run.cancelled and not run.preview and plan.new is not None:
                msg = "the operation was cancelled"
                raise StepError(msg)
            self._begin(plan, state, details)
            try:
                self._apply(plan)
            except (StepError, EngineError):
                raise
            except Exception as error:  # whatever a provider raises is this step's failure
                with run.lock:
                    run.snapshot.end(state)
                run.emit(resOpFailedEvent={"metadata": details})
                failure = run.fail(state.urn, f"{plan.op} of {state['type']} '{urn_name(state.urn)}' failed: {error}")
                run.save()
                raise failure from error
            with run.lock:
                run.snapshot.end(state)
                moved = self._commit(plan)
            if moved:
                run.save()
            if state["custom"] or plan.op in DELETES or plan.op == "replace":
                run.emit(resOutputsEvent={"metadata": details})

    def _begin(self, plan: Plan, state: State, details: Mapping[str, Any]) -> None:
        run = self._run
        run.emit(resourcePreEvent={"metadata": details})
        with run.lock:
            run.steps.append(Step(plan.op, state.urn))
            if plan.op in COUNTED and not is_default_provider(state):
                run.changes[plan.op] = run.changes.get(plan.op, 0) + 1
        managed = state["custom"] and not state["type"].startswith(PROVIDER)
        if plan.op in PENDING and managed and not run.preview:
            with run.lock:
                run.snapshot.begin(state, PENDING[plan.op])
            run.save(wait=True)

    def _apply(self, plan: Plan) -> None:
        if plan.op in DELETES:
            self._delete(plan)
        elif plan.new is not None and plan.op in ("create", "create-replacement"):
            self._create(plan.new)
        elif plan.new is not None and plan.old is not None and plan.op == "update":
            self._update(plan.old, plan.new)
        elif plan.new is not None and plan.old is not None and plan.op == "same":
            plan.new.put(id=plan.old.get("id", ""), outputs=plan.old.outputs)
            if plan.new["type"].startswith(PROVIDER):
                self._providers.configure(plan.new)
        elif plan.new is not None and plan.op in ("read", "import"):
            self._read(plan.op, plan.new)

    def _create(self, new: State) -> None:
        preview = self._run.preview
        if new["type"].startswith(PROVIDER):
            new.put(id=UNKNOWN if preview else str(uuid.uuid4()), outputs=_public(new))
            self._providers.configure(new)
        elif new["custom"]:
            provider = self._providers.get(new["provider"])
            made = provider.create(new["type"], urn_name(new.urn), plain(new.inputs), preview=preview)
            if not made.id and not preview:
                msg = "the provider returned no id"
                raise RuntimeError(msg)
            settle(new, made.id, made.outputs)
        time = now()
        new.put(created=time, modified=time)

    def _update(self, old: State, new: State) -> None:
        new.put(id=old.get("id", ""))
        if new["type"].startswith(PROVIDER):
            new.put(outputs=_public(new))
            self._providers.configure(new)
        elif new["custom"]:
            outputs = self._providers.get(new["provider"]).update(
                new["type"],
                old["id"],
                plain(old.inputs),
                plain(old.outputs),
                plain(new.inputs),
                preview=self._run.preview,
            )
            settle(new, old["id"], outputs)
        new.put(modified=now())

    def _read(self, op: str, new: State) -> None:
        wanted = new["importID"] if op == "import" else new["id"]
        provider = self._providers.get(new["provider"] or "")
        found = provider.read(new["type"], wanted, plain(new.inputs), plain(new.inputs))
        if found is None:
            msg = f"'{wanted}' does not exist"
            raise RuntimeError(msg)
        settle(new, found.id, found.outputs)
        if op == "import":
            time = now()
            new.put(inputs=mark_secrets(dict(found.inputs), new.inputs), created=time, modified=time)

    def _delete(self, plan: Plan) -> None:
        old = plan.old
        assert old is not None  # noqa: S101 - a delete has an old state
        if plan.op == "delete" and old.get("protect"):
            msg = "it is protected; set protect to false and run `up` before deleting it"
            raise RuntimeError(msg)
        kept = old.get("external") or old.get("retainOnDelete") or old.get("deletedWith") in self._run.deleted
        if self._run.preview or not old["custom"] or old["type"].startswith(PROVIDER) or kept:
            return
        provider = self._providers.get(old["provider"])
        provider.delete(old["type"], old["id"], plain(old.inputs), plain(old.outputs))

    def _commit(self, plan: Plan) -> bool:
        """Move the snapshot forward; true when it must be written. Called under the lock."""
        run, old, new = self._run, plan.old, plan.new
        snapshot = run.snapshot
        if plan.op in DELETES and old is not None:
            if plan.mark:
                old.put(pendingReplacement=True)
            else:
                snapshot.remove(old)
            return True
        if plan.op == "replace" or new is None:
            return False
        if plan.op == "same" and old is not None and old.text(run.crypter) == new.text(run.crypter):
            snapshot.keep(old, new)
            return False
        if plan.op == "create-replacement" and plan.mark and old is not None:
            run.replaced.add(old)
            if not run.preview:
                old.put(delete=True)
        elif old is not None:
            snapshot.remove(old)
        snapshot.add(new)
        return True


def settle(state: State, id_: str, outputs: Mapping[str, Any]) -> None:
    """Take what a provider returned: the id, and outputs with their secrets marked."""
    marked = mark_secrets(dict(outputs), state.inputs)
    for key in state.get("additionalSecretOutputs") or ():
        if key in marked:
            marked[key] = secret(marked[key])
    state.put(id=id_, outputs=marked)


def _both(plan: Plan) -> dict[str, Any]:
    """Old and new inputs of a change, for whoever shows it; nothing for the many steps that change nothing."""
    if not plan.diffs:
        return {}
    sides = {"old": plan.old, "new": plan.new}
    return {side: {"inputs": masked(state.inputs)} for side, state in sides.items() if state is not None}


def _public(state: State) -> dict[str, Any]:
    return {k: v for k, v in state.inputs.items() if k != INTERNAL}
