"""Firehose."""

from typing import Any

from engine.protocol import Properties
from sandbox.aws.handlers.conversion import (
    camel_case,
    keep_given,
    own_tags,
    pascal_case,
    retag,
    tag_list,
    tag_pairs,
)
from sandbox.handler import Handler, observe_inputs

BUFFERING = {"bufferingSize": "SizeInMBs", "bufferingInterval": "IntervalInSeconds"}
RENAMED = {"bucketArn": "BucketARN", "roleArn": "RoleARN", "cloudwatchLoggingOptions": "CloudWatchLoggingOptions"}


class DeliveryStreamHandler(Handler):
    """A Firehose stream to S3."""

    token = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    name_property = "name"
    replaces = frozenset({"name", "destination"})
    note = (
        "Acts: records are collected, partitioned and compressed; encryption of the stream is kept in the state. "
        "Streams with a function, format conversion or another compression than GZIP write each record at once."
    )

    def create(self, clients: Any, inputs: Properties) -> tuple[str, Properties]:
        made = clients.firehose.create_delivery_stream(
            DeliveryStreamName=inputs["name"],
            DeliveryStreamType="DirectPut",
            ExtendedS3DestinationConfiguration=_destination(inputs["extendedS3Configuration"]),
            Tags=tag_list(inputs),
        )
        return made["DeliveryStreamARN"], {"arn": made["DeliveryStreamARN"], "versionId": "1"}

    def read(self, clients: Any, id_: str, inputs: Properties) -> tuple[Properties, Properties] | None:
        name = id_.rsplit("/", 1)[1]
        found = clients.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        tags = clients.firehose.list_tags_for_delivery_stream(DeliveryStreamName=name)["Tags"]
        given = inputs.get("extendedS3Configuration")
        now = _parse_destination(found["Destinations"][0].get("ExtendedS3DestinationDescription") or {})
        seen = {"extendedS3Configuration": keep_given(given, now), **own_tags(inputs, tags)}
        return {"arn": id_, "versionId": found["VersionId"]}, observe_inputs(self, inputs, seen)

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        name = id_.rsplit("/", 1)[1]
        found = clients.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        clients.firehose.update_destination(
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=found["VersionId"],
            DestinationId=found["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate=_destination(news["extendedS3Configuration"]),
        )
        retag(
            olds,
            news,
            tag=lambda tags: clients.firehose.tag_delivery_stream(DeliveryStreamName=name, Tags=tag_pairs(tags)),
            untag=lambda keys: clients.firehose.untag_delivery_stream(DeliveryStreamName=name, TagKeys=keys),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.firehose.delete_delivery_stream(DeliveryStreamName=id_.rsplit("/", 1)[1])


HANDLERS = (DeliveryStreamHandler(),)


def _destination(given: Properties) -> dict[str, Any]:
    buffering = {api: given[mine] for mine, api in BUFFERING.items() if given.get(mine) is not None}
    rest = {k: v for k, v in given.items() if k not in RENAMED and not k.startswith("buffering")}
    renamed = {RENAMED[k]: pascal_case(v) for k, v in given.items() if k in RENAMED}
    return {**pascal_case(rest), **renamed, **({"BufferingHints": buffering} if buffering else {})}


def _parse_destination(found: dict[str, Any]) -> Properties:
    """A destination as the service describes it, in the program's spelling."""
    buffering = {mine: (found.get("BufferingHints") or {}).get(api) for mine, api in BUFFERING.items()}
    renamed = {mine: camel_case(found.get(api)) for mine, api in RENAMED.items()}
    return {**camel_case({k: v for k, v in found.items() if k not in RENAMED.values()}), **renamed, **buffering}
