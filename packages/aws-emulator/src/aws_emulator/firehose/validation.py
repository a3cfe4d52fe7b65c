"""What PutRecord and PutRecordBatch refuse before a record is taken.

https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html
"""

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

RECORD_BYTES = 1_024_000
BATCH_BYTES = 4 * 1024 * 1024
BATCH_RECORDS = 500


def validate_request(action: str, data: Mapping[str, Any]) -> tuple[str, str] | None:
    """Code and message of the refusal; None if there is none."""
    records: Sequence[Any]
    if action == "PutRecord":
        records, where = [data.get("Record") or {}], "record.data"
    elif action == "PutRecordBatch":
        records, where = data.get("Records") or [], "records"
    else:
        return None
    if action == "PutRecordBatch" and not 1 <= len(records) <= BATCH_RECORDS:
        bound = f"less than or equal to {BATCH_RECORDS}" if records else "greater than or equal to 1"
        return "ValidationException", _build_message("records", f"Member must have length {bound}")
    sizes = [_measure_record(record) for record in records]
    for number, size in enumerate(sizes, 1):
        at = where if action == "PutRecord" else f"records.{number}.member.data"
        if size is None:
            return "SerializationException", f"{at} is not base64"
        if size > RECORD_BYTES:
            return "ValidationException", _build_message(
                at, f"Member must have length less than or equal to {RECORD_BYTES}"
            )
    if sum(size or 0 for size in sizes) > BATCH_BYTES:
        return "InvalidArgumentException", "Records size exceeds 4 MB limit"
    return None


def _build_message(field: str, text: str) -> str:
    return f"1 validation error detected: Value at '{field}' failed to satisfy constraint: {text}"


def _measure_record(record: Any) -> int | None:
    """Bytes of a record's data; None if it is not base64."""
    data = record.get("Data") if isinstance(record, dict) else None
    if not isinstance(data, str):
        return None
    try:
        return len(binascii.a2b_base64(data, strict_mode=True))
    except binascii.Error:
        return None
