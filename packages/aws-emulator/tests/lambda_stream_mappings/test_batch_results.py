"""What a function's answer means for its batch."""

from typing import Any

import pytest
from aws_emulator.lambda_stream_mappings.batch_results import (
    BatchOutcome,
    BatchResult,
    InvocationAnswer,
    evaluate_answer,
)
from aws_emulator.lambda_stream_mappings.records import StreamRecord
from shard_unit import FAILED, THROTTLED, body, report_failures

BATCH = [StreamRecord.of(position, body(position)) for position in range(5)]
WHOLE = BatchResult(BatchOutcome.HANDLED, 5)
NONE = BatchResult(BatchOutcome.FAILED)


@pytest.mark.parametrize("answer", [None, "", {}, {"batchItemFailures": []}, {"batchItemFailures": None}, {"other": 1}])
def test_these_answers_are_whole_successes(answer: Any) -> None:
    assert evaluate_answer(InvocationAnswer(body=answer), BATCH, partial=True) == WHOLE


@pytest.mark.parametrize(
    "failures",
    [
        [{"itemIdentifier": ""}],
        [{"itemIdentifier": None}],
        [{"itemIdentifier": 3}],
        [{"wrongKey": f"{2:030d}"}],
        [{"itemIdentifier": "no record's"}],
        [{"itemIdentifier": f"{2:030d}"}, {"itemIdentifier": "no record's"}],
        ["text"],
        "text",
        {"itemIdentifier": f"{2:030d}"},
    ],
)
def test_these_reports_are_whole_failures(failures: Any) -> None:
    assert evaluate_answer(InvocationAnswer(body={"batchItemFailures": failures}), BATCH, partial=True) == NONE


@pytest.mark.parametrize("answer", ["done", 1, [], [1]])
def test_an_answer_that_is_no_object_is_a_failure_where_failures_are_reported(answer: Any) -> None:
    assert evaluate_answer(InvocationAnswer(body=answer), BATCH, partial=True) == NONE
    assert evaluate_answer(InvocationAnswer(body=answer), BATCH, partial=False) == WHOLE


def test_the_lowest_number_counts() -> None:
    assert evaluate_answer(report_failures(4, 1, 3), BATCH, partial=True) == BatchResult(BatchOutcome.PARTLY, 1)


def test_a_report_is_not_read_unless_the_mapping_asks_for_it() -> None:
    assert evaluate_answer(report_failures(1), BATCH, partial=False) == WHOLE


def test_an_error_counts_whatever_was_returned_and_a_throttle_is_none() -> None:
    assert evaluate_answer(FAILED, BATCH, partial=True) == NONE
    assert evaluate_answer(THROTTLED, BATCH, partial=True) == BatchResult(BatchOutcome.REFUSED)
