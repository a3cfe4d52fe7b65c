"""What a stream's S3 destination asks for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MIB = 1024 * 1024
# https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
SIZE_MIB = 5
INTERVAL_SECONDS = 300
GZIP, UNCOMPRESSED = "GZIP", "UNCOMPRESSED"
METADATA, DELIMITER = "MetadataExtraction", "AppendDelimiterToRecord"
OURS = frozenset({METADATA, DELIMITER})


@dataclass(frozen=True, slots=True)
class BufferSettings:
    """An S3 destination, as far as buffers need it."""

    size: int
    """Bytes, before compression, at which a buffer is written (default 5 MiB)."""
    seconds: float
    """Age of the oldest record at which it is (default 300, 0 to 900; 0 for at once)."""
    gzip: bool
    delimiter: bytes
    """What is appended to each record."""
    partitioned: bool
    """Whether each partition has a buffer of its own."""


def parse_settings(config: Mapping[str, Any]) -> BufferSettings | None:
    """The settings of a destination; None where it asks for something that is not done here.

    Those are functions and other processors that change records, conversion of formats, and compression other than
    GZIP.
    """
    processing = config.get("ProcessingConfiguration") or {}
    processors = (processing.get("Processors") or []) if processing.get("Enabled") else []
    compression = config.get("CompressionFormat") or UNCOMPRESSED
    conversion = config.get("DataFormatConversionConfiguration") or {}
    converted = bool(conversion) and conversion.get("Enabled", True)
    kinds = {processor.get("Type") for processor in processors}
    if kinds - OURS or converted or compression not in (GZIP, UNCOMPRESSED):
        return None
    hints = config.get("BufferingHints") or {}
    size, seconds = hints.get("SizeInMBs"), hints.get("IntervalInSeconds")
    return BufferSettings(
        size=(SIZE_MIB if size is None else int(size)) * MIB,
        seconds=float(INTERVAL_SECONDS if seconds is None else seconds),
        gzip=compression == GZIP,
        delimiter=_find_delimiter(processors),
        partitioned=bool((config.get("DynamicPartitioningConfiguration") or {}).get("Enabled")),
    )


def _find_delimiter(processors: list[Mapping[str, Any]]) -> bytes:
    for processor in processors:
        if processor.get("Type") == DELIMITER:
            given = {p.get("ParameterName"): p.get("ParameterValue") for p in processor.get("Parameters") or []}
            # Written `\\n` in the API: https://docs.aws.amazon.com/firehose/latest/APIReference/API_Processor.html
            return (given.get("Delimiter") or "\\n").encode().decode("unicode_escape").encode()
    return b""
