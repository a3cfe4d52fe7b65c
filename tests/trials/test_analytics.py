"""What analytics counts is compared with what the stores confirmed, and waited for no longer than it may take."""

import gzip
import io
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

sys.path.insert(0, str(Path(__file__).parent))

from memory_platform import MemoryPlatform, hasten, memory_platform

from trials import lake
from trials.checker import Judgement
from trials.lake import Lake, LakeError
from trials.operators import GarbageError
from trials.page import page
from trials.plan import profile
from trials.platforms.aws.lake import s3_lake
from trials.report import document, junit
from trials.surge import Surge, Workers
from trials.trial import ANALYTICS, Load, Target, Trial, records, run

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = "events/type=shop.order.confirmed.v1/day=2026-03-01"


@pytest.fixture(scope="module")
def platform() -> Iterator[MemoryPlatform]:
    with memory_platform() as running, hasten():
        yield running


def tried(platform: MemoryPlatform, directory: Path, counted: Lake | None, settle: float = 10) -> Trial:
    load = Load(replace(profile("steady"), payments={"ok": 1}), 0.5, 40, 5)
    target = replace(platform.target(), lake=counted)
    return run(target, load, directory, lambda _: None, settle_seconds=settle)


def judged(trial: Trial) -> Judgement:
    return next(judgement for judgement in trial.report.judgements if judgement.id == ANALYTICS)


def failed(trial: Trial) -> set[str]:
    return {judgement.id for judgement in trial.report.judgements if judgement.outcome == "fail"}


def test_analytics_counts_what_was_confirmed(platform: MemoryPlatform, tmp_path: Path) -> None:
    trial = tried(platform, tmp_path, platform.target().lake)
    assert (judged(trial).id, judged(trial).outcome) == ("I5a", "pass")
    assert judged(trial).checked == trial.report.accepted > 0
    assert trial.report.passed


def test_an_event_that_came_twice_is_counted_once(platform: MemoryPlatform, tmp_path: Path) -> None:
    twice = Lake(lambda since: [*platform.confirmed(since), *platform.confirmed(since)], 1)
    assert judged(tried(platform, tmp_path, twice)).outcome == "pass"


def test_a_lake_that_lost_an_order_fails_and_nothing_else_does(platform: MemoryPlatform, tmp_path: Path) -> None:
    trial = tried(platform, tmp_path, Lake(lambda since: platform.confirmed(since)[:-1], 0), settle=2)
    assert failed(trial) == {ANALYTICS}
    assert judged(trial).offences == {"wrong in analytics": 1}
    assert "analytics has none of it" in judged(trial).first[0].text


def test_the_lake_has_its_own_time_on_top_of_the_shops(platform: MemoryPlatform, tmp_path: Path) -> None:
    began: list[float] = []

    def late(since: float) -> Sequence[Mapping[str, Any]]:
        began.append(time.monotonic())
        return platform.confirmed(since) if began[-1] - began[0] > 3 else []

    assert judged(tried(platform, tmp_path / "patient", Lake(late, 30), settle=1)).outcome == "pass"
    began.clear()
    assert failed(tried(platform, tmp_path / "hasty", Lake(late, 0), settle=1)) == {ANALYTICS}


def test_the_lake_is_read_before_the_stores_so_that_they_know_all_of_it() -> None:
    asked: list[str] = []

    def operate(_: str, *, table: str, cursor: Any) -> Mapping[str, Any]:
        asked.append(table)
        return {"items": [], "cursor": cursor}

    def confirmed(_: float) -> Sequence[Mapping[str, Any]]:
        asked.append("lake")
        return []

    assert [record["kind"] for _, record in records(Target("", operate, [], lake=Lake(confirmed, 0)), 0)] == ["lake"]
    assert asked == ["lake", "orders", "inventory", "payments"]


def test_without_a_lake_the_report_says_that_it_was_not_evaluated(platform: MemoryPlatform, tmp_path: Path) -> None:
    trial = tried(platform, tmp_path, None)
    assert trial.report.passed
    (cell,) = [i for i in document(trial, "memory")["invariants"] if i["id"] == ANALYTICS]
    assert (cell["outcome"], cell["lacking"]) == ("not evaluated", "this deployment names no lake")
    assert cell["proven"] == {"memory": "not evaluated", "sandbox": "not run", "cloud": "not run"}
    assert "<td class=not>not evaluated</td>" in page(trial, "memory")
    assert '<skipped message="this deployment names no lake" />' in junit(trial, "memory")


def test_a_surges_page_and_document_have_the_age_of_the_oldest_order(platform: MemoryPlatform, tmp_path: Path) -> None:
    surge = Surge(tried(platform, tmp_path, None), Workers(), 0.0)
    ages = surge.document()["oldest_order_seconds"]
    assert len(ages) >= 2
    assert ages[-1] == 0
    assert "Age of the oldest order under way" in page(surge.trial, "memory", surge.curves())
    assert any(line.startswith("Oldest order under way: ") for line in surge.lines())


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


def packed(*events: Any) -> bytes:
    return gzip.compress(b"".join(json.dumps(event).encode() + b"\n" for event in events), mtime=0)


def read(client: Any) -> Callable[[], list[Mapping[str, Any]]]:
    found = s3_lake(client, "lake", 300)
    return lambda: [dict(record) for _, record in lake.records(found, NOW.timestamp())]


def sale(order_id: str) -> Mapping[str, Any]:
    data = {"order_id": order_id, "total_minor": 848, "currency": "EUR", "confirmed_at": "2026-03-01T12:00:00.000Z"}
    return {"detail-type": lake.CONFIRMED, "detail": {"id": f"event of {order_id}", "data": data}}


def test_objects_of_the_run_are_read_once_however_often_is_looked() -> None:
    yesterday = DAY.replace("03-01", "02-28")
    client = Bucket({f"{DAY}/a.gz": packed(sale("1"), sale("2")), f"{yesterday}/b.gz": packed(sale("0"))})
    look = read(client)
    assert [record.get("order_id") for record in look()] == [None, "1", "2"]
    client.objects[f"{DAY}/c.gz"] = packed(sale("3"))
    assert [record.get("order_id") for record in look()] == [None, "1", "2", "3"]
    assert client.got == [f"{DAY}/a.gz", f"{DAY}/c.gz"]


def test_objects_from_before_the_run_are_left_alone() -> None:
    client = Bucket({f"{DAY}/a.gz": packed(sale("1"))}, modified=NOW - timedelta(hours=2))
    assert [record["kind"] for record in read(client)()] == ["lake"]
    assert client.got == []


def test_the_lake_may_take_as_long_as_firehose_says() -> None:
    assert s3_lake(Bucket({}), "lake", 300).seconds == 1.5 * 300 + 60


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no gzip", r"s3://lake/events/.*a\.gz is no object of events: BadGzipFile"),
        (gzip.compress(b"{}\n", mtime=0), r"a\.gz is no object of events: KeyError 'detail'"),
        (packed(sale("1"))[:-9], r"a\.gz is no object of events: EOFError"),
        (packed({"detail": {"id": "x", "data": {}}}), "no event of a confirmed order .KeyError 'order_id'"),
    ],
)
def test_what_is_no_event_is_named_and_never_skipped(content: bytes, said: str) -> None:
    with pytest.raises(GarbageError, match=said):
        read(Bucket({f"{DAY}/a.gz": content}))()


def test_a_lake_that_may_not_be_read_is_told_with_the_rights_that_it_takes() -> None:
    class Closed(Bucket):
        def paginate(self, **_: Any) -> Iterator[Mapping[str, Any]]:
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListObjectsV2")

    with pytest.raises(LakeError, match=r"s3://lake/events/.*AccessDenied.*it takes s3:ListBucket"):
        read(Closed({}))()
