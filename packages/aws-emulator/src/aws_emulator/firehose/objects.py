"""The object that a batch becomes: its body, its extension, its key."""

import base64
import gzip
import json
import uuid
from collections.abc import Callable

from aws_emulator.firehose.buffers import ObjectBatch

Evaluate = Callable[[str, float, dict[str, str], str], str]
"""A prefix expression, a time, partition keys and an error's kind, to a prefix."""
Format = Callable[[str, float], str]
"""A pattern of Java's DateTimeFormatter and a time, to text."""


def build_key(batch: ObjectBatch, evaluate: Evaluate, written: Format) -> str:
    """The key of the object: `<prefix><stream>-<version>-<year>-...-<second>-<uuid><extension>`.

    Times are those of the oldest record: https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html,
    https://docs.aws.amazon.com/firehose/latest/dev/s3-object-name.html
    """
    config, error = batch.config, batch.partition.error
    template = str(config.get("Prefix") or "")
    if error:
        # Without a prefix for errors they are kept beside the data, by their kind.
        template = str(config.get("ErrorOutputPrefix") or f"{template.partition('!{')[0]}{error}/")
    moment = written("yyyy-MM-dd-HH-mm-ss", batch.oldest)
    name = f"{batch.stream.name}-{batch.version}-{moment}-{uuid.uuid4()}"
    return evaluate(template, batch.oldest, dict(batch.partition.keys), error) + name + find_extension(batch)


def find_extension(batch: ObjectBatch) -> str:
    """What the object's name ends with."""
    if batch.partition.error:
        return ""
    return str(batch.config.get("FileExtension") or (".gz" if batch.settings.gzip else ""))


def build_body(batch: ObjectBatch) -> bytes:
    """The content of the object; records that failed are never compressed."""
    whole = b"".join(batch.records)
    return gzip.compress(whole, 6) if batch.settings.gzip and not batch.partition.error else whole


def build_failed_record(record: bytes, code: str, message: str, arrived: float) -> bytes:
    """A record that has no place, as Firehose writes it: one line of JSON.

    https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
    """
    milliseconds = int(arrived * 1000)
    document = {
        "attemptsMade": 1,
        "arrivalTimestamp": milliseconds,
        "errorCode": code,
        "errorMessage": message,
        "attemptEndingTimestamp": milliseconds,
        "rawData": base64.b64encode(record).decode(),
    }
    return json.dumps(document).encode() + b"\n"
