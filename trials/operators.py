"""What the trial asks of the shop's operators' entry point, on whatever platform."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from trials.held import TABLES

Operate = Callable[..., Mapping[str, Any]]
"""Carries out an action, `operate("ledger", table="orders")`, with the operator's own credentials; may be busy."""
MOST_LETTERS = 1_000


class BusyError(Exception):
    """The entry point takes no call at the moment; the same one may work soon."""


class GarbageError(Exception):
    """An answer that is none of the operators' contract."""


def records(operate: Operate) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Everything that the stores hold, page by page, each record with its service.

    Raises:
        GarbageError: a page is none, or leads to itself.
    """
    for service, table in TABLES.items():
        cursor: Any = None
        while True:
            page = operate("ledger", table=table, cursor=cursor)
            try:
                items, after = page["items"], page["cursor"]
            except (KeyError, TypeError) as error:
                msg = f"the ledger of {table} is no page of it: {page!r:.120}"
                raise GarbageError(msg) from error
            yield from ((service, item) for item in items)
            if after is None:
                break
            if after == cursor:
                msg = f"the ledger of {table} does not move on from {cursor}"
                raise GarbageError(msg)
            cursor = after


def dead_letters(operate: Operate, queues: Sequence[str]) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """What is set aside, by queue; nothing is moved.

    Raises:
        GarbageError: an answer is none of the contract.
    """
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for queue in queues:
        answer = operate("redrive", queue=queue, dry_run=True, limit=MOST_LETTERS)
        if "letters" not in answer and answer.get("found"):
            msg = f"{answer['found']} dead letters of {queue}, and none is shown"
            raise GarbageError(msg)
        found[queue] = answer.get("letters", [])
    return found
