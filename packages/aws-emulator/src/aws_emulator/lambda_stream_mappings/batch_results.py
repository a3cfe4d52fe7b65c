"""What an invocation's answer means for its batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from aws_emulator.lambda_stream_mappings.records import StreamRecord


@dataclass(frozen=True, slots=True)
class InvocationAnswer:
    """What came of an invocation."""

    invoked: bool = True
    """False when the function could not be called: throttled, gone, no place to run."""
    error: str = ""
    """The kind of a function's error, `Unhandled`; empty if it returned."""
    body: Any = None
    """What it returned."""
    version: str = "$LATEST"
    """The version that ran."""
    request: str = ""
    """The invocation's id, if it had one."""


class BatchOutcome(Enum):
    """What became of a batch."""

    HANDLED = "handled"
    PARTLY = "partly"
    """Some records, from the first failed one on, are to be tried again."""
    FAILED = "failed"
    REFUSED = "refused"
    """The function was not called, which uses no retry up."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """An outcome, and how many records at the batch's beginning are handled."""

    outcome: BatchOutcome
    handled: int = 0


def evaluate_answer(answer: InvocationAnswer, batch: Sequence[StreamRecord], *, partial: bool) -> BatchResult:
    """Decide what an answer means.

    https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html lists what counts as a whole
    success and as a whole failure. An answer that is no JSON object is not in those lists; here it is a failure.

    Args:
        answer: What came of the invocation.
        batch: The records that it was given.
        partial: The mapping has `ReportBatchItemFailures`; the function's answer is read only then.
    """
    if not answer.invoked or answer.error:
        return BatchResult(BatchOutcome.FAILED if answer.invoked else BatchOutcome.REFUSED)
    if not partial or answer.body in (None, "", {}):
        return BatchResult(BatchOutcome.HANDLED, len(batch))
    if not isinstance(answer.body, Mapping):
        return BatchResult(BatchOutcome.FAILED)
    failures = answer.body.get("batchItemFailures")
    if not failures:
        return BatchResult(BatchOutcome.HANDLED, len(batch))
    places = {record.sequence: place for place, record in enumerate(batch)}
    failed = [places.get(_read_identifier(failure)) for failure in _as_list(failures)]
    known = [place for place in failed if place is not None]
    if len(known) < len(failed) or not known:
        return BatchResult(BatchOutcome.FAILED)
    # "Lambda uses the record with the lowest sequence number as the checkpoint", same page.
    return BatchResult(BatchOutcome.PARTLY, min(known))


def _as_list(failures: Any) -> Sequence[Any]:
    return failures if isinstance(failures, list) else ()


def _read_identifier(failure: Any) -> str:
    found = failure.get("itemIdentifier") if isinstance(failure, Mapping) else None
    return found if isinstance(found, str) else ""
