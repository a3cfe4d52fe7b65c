"""The lake on AWS: what is read of S3, how often, and what is refused."""

import gzip
import io
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from trials.lake import CONFIRMED, LakeError, read_sales
from trials.operators import MalformedDataError
from trials.platforms.aws.lake import s3_lake

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = "events/type=shop.order.confirmed.v1/day=2026-03-01"


class Bucket:
    """An S3 client of one bucket, as far as the lake is read."""

    def __init__(self, objects: Mapping[str, bytes], modified: datetime = NOW) -> None:
        self.objects, self.modified, self.got = dict(objects), modified, list[str]()

    def get_paginator(self, operation: str) -> "Bucket":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str, StartAfter: str) -> Iterator[Mapping[str, Any]]:  # noqa: N803
        assert Bucket == "lake"
        for key in sorted(self.objects):
            if key.startswith(Prefix) and key > StartAfter:
                yield {"Contents": [{"Key": key, "LastModified": self.modified}]}

    def get_object(self, *, Bucket: str, Key: str) -> Mapping[str, Any]:  # noqa: N803
        assert Bucket == "lake"
        self.got.append(Key)
        return {"Body": io.BytesIO(self.objects[Key])}


def pack(*events: Any) -> bytes:
    return gzip.compress(b"".join(json.dumps(event).encode() + b"\n" for event in events), mtime=0)


def reader(client: Any) -> Callable[[], list[Mapping[str, Any]]]:
    found = s3_lake(client, "lake", 300)
    return lambda: [dict(record) for _, record in read_sales(found, NOW.timestamp())]


def sale(order_id: str) -> Mapping[str, Any]:
    data = {"order_id": order_id, "total_minor": 848, "currency": "EUR", "confirmed_at": "2026-03-01T12:00:00.000Z"}
    return {"detail-type": CONFIRMED, "detail": {"id": f"event of {order_id}", "data": data}}


def test_objects_of_the_run_are_read_once_however_often_is_looked() -> None:
    yesterday = DAY.replace("03-01", "02-28")
    client = Bucket({f"{DAY}/a.gz": pack(sale("1"), sale("2")), f"{yesterday}/b.gz": pack(sale("0"))})
    look = reader(client)
    assert [record.get("order_id") for record in look()] == [None, "1", "2"]
    client.objects[f"{DAY}/c.gz"] = pack(sale("3"))
    assert [record.get("order_id") for record in look()] == [None, "1", "2", "3"]
    assert client.got == [f"{DAY}/a.gz", f"{DAY}/c.gz"]


def test_objects_from_before_the_run_are_left_alone() -> None:
    client = Bucket({f"{DAY}/a.gz": pack(sale("1"))}, modified=NOW - timedelta(hours=2))
    assert [record["kind"] for record in reader(client)()] == ["lake"]
    assert client.got == []


def test_the_lake_may_take_as_long_as_firehose_says() -> None:
    assert s3_lake(Bucket({}), "lake", 300).seconds == 1.5 * 300 + 60


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no gzip", r"s3://lake/events/.*a\.gz is no object of events: BadGzipFile"),
        (gzip.compress(b"{}\n", mtime=0), r"a\.gz is no object of events: KeyError 'detail'"),
        (pack(sale("1"))[:-9], r"a\.gz is no object of events: EOFError"),
        (pack({"detail": {"id": "x", "data": {}}}), "no event of a confirmed order .KeyError 'order_id'"),
    ],
)
def test_what_is_no_event_is_named_and_never_skipped(content: bytes, message: str) -> None:
    with pytest.raises(MalformedDataError, match=message):
        reader(Bucket({f"{DAY}/a.gz": content}))()


def test_a_lake_that_may_not_be_read_is_named_with_the_rights_that_it_takes() -> None:
    class Closed(Bucket):
        def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")

    with pytest.raises(LakeError, match=r"s3://lake/events/.*AccessDenied.*it takes s3:ListBucket"):
        reader(Closed({}))()
