"""An operation's snapshot: the deployment as it changes, and what has changed since it was last written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.crypter import Crypter
from engine.state import ResourceState


@dataclass(frozen=True, slots=True)
class CheckpointLayout:
    """How a checkpoint's lists are read by the journal that extends it."""

    new: int
    """How many resources stand in the new part, which comes first."""
    earlier: int
    """How many operations, the last ones, were interrupted before this operation began."""


@dataclass(frozen=True, slots=True)
class SnapshotChanges:
    """What has happened to a deployment since it was last written."""

    states: Mapping[int, str]
    """Resources by key: JSON, secrets sealed."""
    moves: Sequence[Sequence[Any]]
    """What became of the keys, in order; `engine.journal` names the moves."""


class Snapshot:
    """New resources, then what is left of the old ones; operations under way, then those that were interrupted before.

    Every resource that was ever written has a key: its position in the checkpoint, or the next number. The caller holds
    the operation's lock, except for `State.put`.
    """

    def __init__(self, resources: Sequence[ResourceState], earlier: Sequence[Mapping[str, Any]]) -> None:
        """Begin with a deployment as it was read.

        Args:
            resources: The states of the last checkpoint, in its order.
            earlier: Pending operations that the checkpoint records.
        """
        self.base = list(resources)
        """The old deployment, with what of it is gone."""
        self.gone: set[ResourceState] = set()
        self.whole = False
        """Whether there are changes that moves do not express: only a checkpoint has them."""
        self._earlier = list(earlier)
        self._new: dict[ResourceState, None] = {}
        self._pending: dict[ResourceState, str] = {}
        self._touched: set[ResourceState] = set()
        self._restart()

    @property
    def layout(self) -> CheckpointLayout:
        """How the lists of the last checkpoint are read."""
        return self._layout

    @property
    def earlier_operations(self) -> Sequence[Mapping[str, Any]]:
        """Operations that were interrupted before this one began."""
        return self._earlier

    def resources(self) -> list[ResourceState]:
        """The deployment, in the order of Pulumi's checkpoint."""
        return [*self._new, *(s for s in self.base if s not in self.gone)]

    def begin(self, state: ResourceState, kind: str) -> None:
        """An operation on a resource is under way."""
        self._pending[state] = kind
        self._moves.append(("begin", self._key(state), kind))

    def end(self, state: ResourceState) -> None:
        """It is not any more."""
        if self._pending.pop(state, None) is not None:
            self._moves.append(("end", self._key(state)))

    def add(self, state: ResourceState) -> None:
        """A resource is part of the new deployment."""
        self._new[state] = None
        self._moves.append(("add", self._key(state)))

    def remove(self, state: ResourceState) -> None:
        """A resource is part of the deployment no more."""
        if state not in self.gone:
            self.gone.add(state)
            self._new.pop(state, None)
            self._moves.append(("remove", self._key(state)))

    def keep(self, old: ResourceState, new: ResourceState) -> None:
        """A new state stands for an old one that reads the same; it moves to the new part."""
        key = self._key(old)
        if old in self._touched:  # it reads the same, but has changed since it was written
            self._touched.add(new)
        self.gone.add(old)
        self._new.pop(old, None)
        self._keys[new] = key
        new.watch(self._touched)
        self._new[new] = None
        self._moves.append(("add", key))

    def replace(self, resources: Iterable[ResourceState]) -> None:
        """Take other resources, as a refresh found them; that answers for what was interrupted before."""
        self.base = list(resources)
        self._earlier.clear()
        self.whole = True

    def take_changes(self, crypter: Crypter) -> SnapshotChanges:
        """What has changed since the last call; the next one starts from here."""
        states: dict[int, str] = {}
        while self._touched:
            state = self._touched.pop()
            if state in self._keys and (state in self._pending or state not in self.gone):
                states[self._keys[state]] = state.text(crypter)
        moves, self._moves = self._moves, []
        return SnapshotChanges(states, moves)

    def take_checkpoint(self, crypter: Crypter) -> tuple[list[str], list[str]]:
        """Resources and pending operations of a new checkpoint as JSON, secrets sealed; later changes extend it."""
        self._restart()
        resources = [s.text(crypter) for s in self.resources()]
        operations = [f'{{"resource": {s.text(crypter)}, "type": "{kind}"}}' for s, kind in self._pending.items()]
        return resources, [*operations, *map(json.dumps, self._earlier)]

    def _restart(self) -> None:
        self.whole = False
        self._layout = CheckpointLayout(len(self._new), len(self._earlier))
        self._touched.clear()
        self._keys: dict[ResourceState, int] = {}
        for key, state in enumerate(self.resources()):
            self._keys[state] = key
            state.watch(self._touched)
        self._next = len(self._keys)
        # Operations are journalled again: their position in the checkpoint does not say which resource they are of.
        self._moves: list[tuple[Any, ...]] = [("begin", self._key(s), kind) for s, kind in self._pending.items()]

    def _key(self, state: ResourceState) -> int:
        """A resource's key; one that is written for the first time gets the next number."""
        if state not in self._keys:
            self._keys[state] = self._next
            self._next += 1
            state.watch(self._touched)
            self._touched.add(state)
        return self._keys[state]
