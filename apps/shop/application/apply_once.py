"""Doing something once, while others do the same or change what it depends on."""

import time
from collections.abc import Callable
from typing import TypeVar

from apps.shop.domain.errors import ContendedError
from apps.shop.domain.events import Event
from apps.shop.ports import ConflictError, Lookup, S, ServiceStore

Seen = TypeVar("Seen")
Result = TypeVar("Result")
TRIES = 5


def do_once(
    look: Callable[[], Seen],
    done: Callable[[Seen], Result | None],
    apply: Callable[[Seen], Result],
    *,
    what: str,
    tries: int = TRIES,
    pause_seconds: float = 0,
) -> Result:
    """Look, and unless it is done already, apply; again when somebody else was quicker.

    "Already done" is asked before "still possible", at every try: whoever comes second gets the first one's result, and
    never another verdict on the same matter.

    Args:
        look: Reads what there is.
        done: Its result, where it is done already, else None.
        apply: Does it, given what there is.
        what: Begins the sentence "... changes too often".
        tries: How often to apply at most.
        pause_seconds: Before the second try; twice as long before each further one.

    Raises:
        ContendedError: somebody else was quicker at every try, and it is not done.
        TryAgainError: a store takes no more at the moment.
    """
    for attempt in range(tries):
        seen = look()
        result = done(seen)
        if result is not None:
            return result
        try:
            return apply(seen)
        except ConflictError:
            if pause_seconds:
                time.sleep(pause_seconds * 2**attempt)
    result = done(look())
    if result is None:
        msg = f"{what} changes too often"
        raise ContendedError(msg)
    return result


def apply_once(
    store: ServiceStore[S], fact: Event, decide: Callable[[Lookup[S]], None], *, what: str, tries: int = TRIES
) -> None:
    """Apply a fact to what a store has of its order, unless it was applied before.

    Args:
        store: The service's store.
        fact: The fact.
        decide: Decides by what there is, and saves the decision together with the fact.
        what: Begins the sentence "... changes too often".
        tries: How often to decide at most.

    Raises:
        TryAgainError: others change the same at every try, the store takes no more, or `decide` says so.
    """

    def apply(seen: Lookup[S]) -> bool:
        decide(seen)
        return True

    do_once(lambda: store.look(fact), lambda seen: seen.applied or None, apply, what=what, tries=tries)
