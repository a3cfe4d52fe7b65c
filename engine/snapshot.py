"""The deployment as an operation changes it, and what has changed since it was last written."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.crypter import Crypter
from engine.state import State


@dataclass(frozen=True, slots=True)
class Origin:
    """How a checkpoint's lists are read by the journal that extends it."""

    new: int
    """How many resources stand in the new part, which comes first."""
    earlier: int
    """How many operations, the last ones, were interrupted before this operation began."""


@dataclass(frozen=True, slots=True)
class Changes:
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

    def __init__(self, resources: Sequence[State], earlier: Sequence[Mapping[str, Any]]) -> None:
        """Begin with a deployment as it was read."""
        self.base = list(resources)
        """The old deployment, with what of it is gone."""
        self.gone: set[State] = set()
        self.whole = False
        """Whether there are changes that moves do not tell: only a checkpoint has them."""
        self._earlier = list(earlier)
        self._new: dict[State, None] = {}
        self._pending: dict[State, str] = {}
        self._touched: set[State] = set()
        self._restart()

    @property
    def origin(self) -> Origin:
        """How the last checkpoint is read."""
        return self._origin

    @property
    def earlier(self) -> Sequence[Mapping[str, Any]]:
        """Operations that were interrupted before this one began."""
        return self._earlier

    def resources(self) -> list[State]:
        """The deployment, in the order of Pulumi's checkpoint."""
        return [*self._new, *(s for s in self.base if s not in self.gone)]

    def begin(self, state: State, kind: str) -> None:
        """An operation on a resource is under way."""
        self._pending[state] = kind
        self._moves.append(("begin", self._key(state), kind))

    def end(self, state: State) -> None:
        """It is not any more."""
        if self._pending.pop(state, None) is not None:
            self._moves.append(("end", self._key(state)))

    def add(self, state: State) -> None:
        """A resource is part of the new deployment."""
        self._new[state] = None
        self._moves.append(("add", self._key(state)))

    def remove(self, state: State) -> None:
        """A resource is part of the deployment no more."""
        if state not in self.gone:
            self.gone.add(state)
            self._new.pop(state, None)
            self._moves.append(("remove", self._key(state)))

    def keep(self, old: State, new: State) -> None:
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

    def replace(self, resources: Iterable[State]) -> None:
        """Other resources, as found: what was interrupted before is settled by them."""
        self.base = list(resources)
        self._earlier.clear()
        self.whole = True

    def changes(self, crypter: Crypter) -> Changes:
        """What has changed since the last call; it is told once."""
        states: dict[int, str] = {}
        while self._touched:
            state = self._touched.pop()
            if state in self._keys and (state in self._pending or state not in self.gone):
                states[self._keys[state]] = state.text(crypter)
        moves, self._moves = self._moves, []
        return Changes(states, moves)

    def document(self, crypter: Crypter) -> tuple[list[str], list[str]]:
        """Resources and operations of a checkpoint as JSON, secrets sealed; changes from here on extend it."""
        self._restart()
        resources = [s.text(crypter) for s in self.resources()]
        operations = [f'{{"resource": {s.text(crypter)}, "type": "{kind}"}}' for s, kind in self._pending.items()]
        return resources, [*operations, *map(json.dumps, self._earlier)]

    def _restart(self) -> None:
        self.whole = False
        self._origin = Origin(len(self._new), len(self._earlier))
        self._touched.clear()
        self._keys: dict[State, int] = {}
        for key, state in enumerate(self.resources()):
            self._keys[state] = key
            state.watch(self._touched)
        self._next = len(self._keys)
        # Operations are told again: where they stand in the checkpoint says nothing of the resources they are of.
        self._moves: list[tuple[Any, ...]] = [("begin", self._key(s), kind) for s, kind in self._pending.items()]

    def _key(self, state: State) -> int:
        """A resource's key; one that is written for the first time gets the next number."""
        if state not in self._keys:
            self._keys[state] = self._next
            self._next += 1
            state.watch(self._touched)
            self._touched.add(state)
        return self._keys[state]
