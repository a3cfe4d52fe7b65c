"""Firehose: streams to S3."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.core.input_view import InputView
from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.policy_documents import check_trust
from sandbox.aws.checks.core.resource_names import STREAM
from sandbox.aws.checks.core.rules import rule
from sandbox.aws.checks.core.values import check_arn

PARTITIONS = "https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html"
PREFIXES = "https://docs.aws.amazon.com/firehose/latest/dev/s3-prefixes.html"
TO_S3 = "extendedS3Configuration"
# MB, for streams that partition or convert.
LEAST_BUFFER = 64
FROM_QUERY, FROM_FUNCTION = "!{partitionKeyFromQuery:", "!{partitionKeyFromLambda:"
ERROR_TYPE = "!{firehose:error-output-type}"


@rule(STREAM, source="https://docs.aws.amazon.com/firehose/latest/APIReference/API_CreateDeliveryStream.html")
def stream_destination(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A destination has its settings, and a role that Firehose may assume."""
    if view.value("destination") == "extended_s3" and view.is_absent(TO_S3):
        yield view.fail(TO_S3, 'is missing; the destination is "extended_s3"')
    yield from check_trust(view, f"{TO_S3}.roleArn", "firehose.amazonaws.com", resources)
    yield from check_arn(view, f"{TO_S3}.bucketArn", "s3")
    logs = view.block(f"{TO_S3}.cloudwatchLoggingOptions")
    if logs and logs.flag("enabled"):
        for path in ("logGroupName", "logStreamName"):
            if logs.is_absent(path):
                yield logs.fail(path, "is missing; logging is enabled")


@rule(STREAM, source=PARTITIONS)
def stream_buffer(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Partitions and conversions need a large buffer."""
    del resources
    to_s3 = view.block(TO_S3)
    if to_s3 is None:
        return
    partitioned = to_s3.flag("dynamicPartitioningConfiguration.enabled")
    conversion = to_s3.block("dataFormatConversionConfiguration")
    converted = conversion is not None and not (conversion.is_given("enabled") and not conversion.flag("enabled"))
    size, why = to_s3.number("bufferingSize"), "dynamic partitioning" if partitioned else "format conversion"
    if (partitioned or converted) and (to_s3.is_absent("bufferingSize") or (size is not None and size < LEAST_BUFFER)):
        now = "is missing" if size is None else f"is {size}"
        yield to_s3.fail("bufferingSize", f"{now}; {why} needs {LEAST_BUFFER} to 128 MB")
    compression = to_s3.value("compressionFormat")
    if converted and compression not in (None, "UNCOMPRESSED"):
        yield to_s3.fail("compressionFormat", f"is {compression} beside a format conversion; use UNCOMPRESSED")


@rule(STREAM, source=PARTITIONS)
def stream_partitions(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """A prefix with keys of a query needs partitioning, and a processor that asks it."""
    del resources
    to_s3 = view.block(TO_S3)
    prefix = to_s3.text("prefix") if to_s3 else None
    if to_s3 is None or prefix is None:
        return
    if (FROM_QUERY in prefix or FROM_FUNCTION in prefix) and to_s3.is_off("dynamicPartitioningConfiguration.enabled"):
        yield to_s3.fail("prefix", "has partition keys; enable dynamicPartitioningConfiguration or drop them")
    processors = to_s3.blocks("processingConfiguration.processors")
    kinds = [part.value("type") for part in processors]
    known = to_s3.is_complete("processingConfiguration.processors") and None not in kinds
    if FROM_QUERY in prefix and known and "MetadataExtraction" not in kinds:
        yield to_s3.fail("prefix", "has keys of a query; add a processor of the type MetadataExtraction")
    for part in processors:
        names = [one.text("parameterName") for one in part.blocks("parameters")]
        for wanted in ("MetadataExtractionQuery", "JsonParsingEngine"):
            if (
                part.value("type") == "MetadataExtraction"
                and part.is_complete("parameters")
                and None not in names
                and wanted not in names
            ):
                yield part.fail("parameters", f"has no {wanted}; a MetadataExtraction processor needs it")


@rule(STREAM, source=PREFIXES)
def stream_prefixes(view: InputView, resources: KnownResources) -> Iterator[CheckFailure]:
    """Errors go to a place of their own where the prefix is made of expressions."""
    del resources
    to_s3 = view.block(TO_S3)
    if to_s3 is None:
        return
    prefix, errors = to_s3.text("prefix") or "", to_s3.text("errorOutputPrefix")
    if ERROR_TYPE in prefix:
        yield to_s3.fail("prefix", f"has {ERROR_TYPE}; it belongs into errorOutputPrefix")
    elif "!{" in prefix and to_s3.is_absent("errorOutputPrefix"):
        yield to_s3.fail("errorOutputPrefix", f"is missing; prefix has expressions, use e.g. errors/{ERROR_TYPE}/")
    if errors is not None and "!{" in errors and ERROR_TYPE not in errors:
        yield to_s3.fail("errorOutputPrefix", f"has expressions but not {ERROR_TYPE}; add it")
