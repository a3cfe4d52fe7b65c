"""An event source mapping's settings, as its reader needs them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

# https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
BATCH_SIZE = 100
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html#Streams.DataRetention
RETENTION_SECONDS = 24 * 60 * 60
PARTIAL = "ReportBatchItemFailures"


@dataclass(frozen=True, slots=True)
class StreamSettings:
    """What a mapping says about its batches.

    Meanings and defaults: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-params.html
    """

    batch_size: int = BATCH_SIZE
    window_seconds: float = 0
    """How long to gather a batch that is not full."""
    patterns: tuple[str, ...] = ()
    """Filters as JSON texts; a record that matches none is passed over. All pass if there are none."""
    retries: int | None = None
    """How often a failed batch is tried again; None until its records expire."""
    age_seconds: float = RETENTION_SECONDS
    """Older records are discarded."""
    bisect: bool = False
    """A failed batch is split in two."""
    partial: bool = False
    """The function says which records failed."""
    parallelization: int = 1
    """Batches at the same time; records of one item stay in order."""
    destination: str = ""
    """ARN of the destination of discarded batches."""

    @classmethod
    def of(cls, mapping: Mapping[str, Any]) -> Self:
        """The settings of a mapping in the words of Lambda's API."""
        retries, age = (
            _parse_number(mapping, "MaximumRetryAttempts", -1),
            _parse_number(mapping, "MaximumRecordAgeInSeconds", -1),
        )
        filters = (mapping.get("FilterCriteria") or {}).get("Filters") or ()
        failure = (mapping.get("DestinationConfig") or {}).get("OnFailure") or {}
        return cls(
            batch_size=max(1, _parse_number(mapping, "BatchSize", BATCH_SIZE)),
            window_seconds=_parse_number(mapping, "MaximumBatchingWindowInSeconds", 0),
            patterns=tuple(one["Pattern"] for one in filters if one.get("Pattern")),
            retries=None if retries < 0 else retries,
            age_seconds=RETENTION_SECONDS if age < 0 else min(age, RETENTION_SECONDS),
            bisect=bool(mapping.get("BisectBatchOnFunctionError")),
            partial=PARTIAL in (mapping.get("FunctionResponseTypes") or ()),
            parallelization=max(1, _parse_number(mapping, "ParallelizationFactor", 1)),
            destination=failure.get("Destination") or "",
        )


def _parse_number(mapping: Mapping[str, Any], name: str, default: int) -> int:
    found = mapping.get(name)
    return default if found is None else int(found)
