"""The lake on AWS: objects in S3, as Firehose writes them."""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from trials.lake import CONFIRMED, Lake, LakeError
from trials.operators import MalformedDataError

PREFIX = f"events/type={CONFIRMED}/"
CLOCKS_SECONDS = 3_600.0
"""How far this machine's clock may be ahead. S3 itself refuses requests that are a quarter of an hour off:
https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html (RequestTimeTooSkewed)."""
# "End-to-end delay of a batch of records might be 1.5 times of the configured buffering hint time":
# https://docs.aws.amazon.com/firehose/latest/dev/buffering.html
STAGES, WRITE_SECONDS = 1.5, 60.0


def s3_lake(client: Any, bucket: str, buffer_seconds: float) -> Lake:
    """The lake in a bucket.

    Args:
        client: An S3 client with the operator's credentials.
        bucket: The stack's output `lake.bucketName`.
        buffer_seconds: How long Firehose collects events, the stack's output `lake.bufferSeconds`.
    """
    return Lake(_Objects(client, bucket).confirmed, STAGES * buffer_seconds + WRITE_SECONDS)


class _Objects:
    """Objects are never changed: each is read once, however often is looked."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket
        self._read: dict[str, Sequence[Mapping[str, Any]]] = {}

    def confirmed(self, since: float) -> Iterator[Mapping[str, Any]]:
        after = datetime.fromtimestamp(since - CLOCKS_SECONDS, UTC)
        try:
            for key in self._keys(after):
                if key not in self._read:
                    self._read[key] = list(self._envelopes(key))
                yield from self._read[key]
        except (BotoCoreError, ClientError) as error:
            msg = (
                f"the lake s3://{self._bucket}/{PREFIX} can't be read: {error}; "
                "it takes s3:ListBucket of the bucket and s3:GetObject of its objects"
            )
            raise LakeError(msg) from error

    def _keys(self, after: datetime) -> Iterator[str]:
        # Days stand in the keys: nothing before that of the run is listed, however old the shop is.
        start = f"{PREFIX}day={after:%Y-%m-%d}/"
        pages = self._client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=PREFIX, StartAfter=start):
            for entry in page.get("Contents", ()):
                if entry["LastModified"] >= after:
                    yield entry["Key"]

    def _envelopes(self, key: str) -> Iterator[Mapping[str, Any]]:
        body = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        try:
            for line in (gzip.decompress(body) if key.endswith(".gz") else body).splitlines():
                yield json.loads(line)["detail"]
        except (EOFError, KeyError, OSError, TypeError, ValueError) as error:
            msg = f"s3://{self._bucket}/{key} is no object of events: {type(error).__name__} {error}"
            raise MalformedDataError(msg) from error
