"""What a function's answer says about the messages of its batch."""

import json
from typing import Any

PARTIAL = "ReportBatchItemFailures"


def find_failed(answer: Any, ids: frozenset[str]) -> frozenset[str]:
    """Ids of the messages that stay in the queue, by the rules of partial batch responses.

    An answer without failures (null, `{}`, a null or empty list) is a success. One that is no object, whose list is
    none, or that has an entry with an empty, null, missing or unknown `itemIdentifier` fails the whole batch.
    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting

    Args:
        answer: What the function returned, JSON or its text.
        ids: Message ids of the batch.
    """
    if isinstance(answer, str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return ids
    if answer is None:
        return frozenset()
    if not isinstance(answer, dict):
        return ids
    failures = answer.get("batchItemFailures")
    if failures is None:
        return frozenset()
    if not isinstance(failures, list):
        return ids
    named = [_read_identifier(entry) for entry in failures]
    return frozenset(named) if ids.issuperset(named) else ids


def _read_identifier(entry: Any) -> str:
    """The id that an entry names; empty, which is nobody's, where it names none."""
    found = entry.get("itemIdentifier") if isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""
