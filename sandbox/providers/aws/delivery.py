"""Firehose."""

from typing import Any

from sandbox.protocol import Properties
from sandbox.providers.aws.values import pascal, tag_list
from sandbox.providers.handler import Handler

RENAMED = {"bucketArn": "BucketARN", "roleArn": "RoleARN", "cloudwatchLoggingOptions": "CloudWatchLoggingOptions"}


class DeliveryStream(Handler):
    """A Firehose stream to S3."""

    token = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
    name_property = "name"
    replaces = frozenset({"name", "destination"})
    note = "Records put directly reach S3, one object each; buffering, compression and delimiters are stored."

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
        return {"arn": id_, "versionId": found["VersionId"]}, inputs

    def update(self, clients: Any, id_: str, olds: Properties, news: Properties) -> Properties:
        del olds
        name = id_.rsplit("/", 1)[1]
        found = clients.firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
        clients.firehose.update_destination(
            DeliveryStreamName=name,
            CurrentDeliveryStreamVersionId=found["VersionId"],
            DestinationId=found["Destinations"][0]["DestinationId"],
            ExtendedS3DestinationUpdate=_destination(news["extendedS3Configuration"]),
        )
        return {"arn": id_}

    def delete(self, clients: Any, id_: str, inputs: Properties) -> None:
        del inputs
        clients.firehose.delete_delivery_stream(DeliveryStreamName=id_.rsplit("/", 1)[1])


HANDLERS = (DeliveryStream(),)


def _destination(given: Properties) -> dict[str, Any]:
    buffering = {
        api: given[mine]
        for mine, api in {"bufferingSize": "SizeInMBs", "bufferingInterval": "IntervalInSeconds"}.items()
        if given.get(mine) is not None
    }
    rest = {k: v for k, v in given.items() if k not in RENAMED and not k.startswith("buffering")}
    renamed = {RENAMED[k]: pascal(v) for k, v in given.items() if k in RENAMED}
    return {**pascal(rest), **renamed, **({"BufferingHints": buffering} if buffering else {})}
