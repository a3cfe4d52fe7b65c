"""What a trial asks of the shop's operators' entry point, on whatever platform."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from apps.contracts.consumers import consumers
from trials.store_records import STORES, Record

Operate = Callable[..., Mapping[str, Any]]
"""Carries out an action, `operate("records", store="orders")`, with the operator's own credentials; may be busy."""
DeadLetters = Mapping[str, Sequence[Mapping[str, Any]]]
"""Messages that were set aside, by queue."""
MOST_LETTERS = 1_000
"""Of one queue, that are looked at."""


class BusyError(Exception):
    """The entry point takes no call at the moment; the same one may work soon."""


class MalformedDataError(Exception):
    """An answer of the operators, or something in the lake, that is none of the contract."""


def read_records(operate: Operate) -> Iterator[Record]:
    """Everything that the stores have, page by page, each record with its service.

    Raises:
        MalformedDataError: a page is none, or leads to itself.
    """
    for store in STORES:
        cursor: Any = None
        while True:
            page = operate("records", store=store, cursor=cursor)
            try:
                items, after = page["items"], page["cursor"]
            except (KeyError, TypeError) as error:
                msg = f"the records of {store} are no page of them: {page!r:.120}"
                raise MalformedDataError(msg) from error
            yield from ((store, item) for item in items)
            if after is None:
                break
            if after == cursor:
                msg = f"the records of {store} do not move on from {cursor}"
                raise MalformedDataError(msg)
            cursor = after


def read_dead_letters(operate: Operate) -> DeadLetters:
    """What is set aside of every service's queue; nothing is moved.

    Raises:
        MalformedDataError: an answer is none of the contract.
    """
    found: dict[str, Sequence[Mapping[str, Any]]] = {}
    for queue in consumers():
        answer = operate("redrive", queue=queue, dry_run=True, limit=MOST_LETTERS)
        if "letters" not in answer and answer.get("found"):
            msg = f"{answer['found']} dead letters of {queue}, and none is shown"
            raise MalformedDataError(msg)
        found[queue] = answer.get("letters", [])
    return found
