"""What every store of records must do: the memory table, the tests' oracle, and DynamoDB alike."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from dynamo_tables import INDEXES, dynamo_table
from shop_world import START

from apps.shop.adapters.aws import table as dynamo
from apps.shop.adapters.aws.table import DynamoTable
from apps.shop.adapters.memory import MemoryTable
from apps.shop.application.records import changed, key_of, order_pk, shard
from apps.shop.domain.clock import text
from apps.shop.domain.ids import new_id
from apps.shop.ports import Adjust, ConflictError, Item, Key, Put, Table
from sandbox.aws.plane import PLANE
from sandbox.host.sandbox import Sandbox

STOCK = Key("SKU#A", "STOCK")


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A data plane of these tests' own."""
    sandbox = Sandbox(tmp_path_factory.mktemp("plane"), [PLANE])
    found = sandbox.start("aws").endpoint
    assert found is not None
    yield found
    sandbox.stop()


@pytest.fixture(
    params=[
        "memory",
        pytest.param("dynamodb", marks=pytest.mark.plane),
    ]
)
def table(request: pytest.FixtureRequest) -> Table:
    if request.param == "memory":
        return MemoryTable()
    return dynamo_table(request.getfixturevalue("endpoint"))


def record(pk: str = "p", sk: str = "s", **fields: Any) -> Item:
    return {"pk": pk, "sk": sk, "kind": "thing", **fields}


def order(number: int, customer: str = "ann", **fields: Any) -> Item:
    order_id = new_id()
    placed = {"order_id": order_id, "customer_id": customer, "placed_at": text(START + timedelta(milliseconds=number))}
    return {"pk": order_pk(order_id), "sk": "ORDER", "kind": "order", **placed, **fields}


def due(item: Item, at: str) -> Item:
    return {**item, "due_shard": shard(item["pk"]), "due_at": at}


def stocked(table: Table, **counts: int) -> None:
    table.commit([Put({"pk": STOCK.pk, "sk": STOCK.sk, "kind": "stock", **counts})])


def counts(table: Table, *names: str) -> tuple[int, ...]:
    found = table.get(STOCK)
    assert found is not None
    return tuple(found[name] for name in names)


def refused(table: Table, *writes: Put | Adjust) -> tuple[Key, ...]:
    with pytest.raises(ConflictError) as conflict:
        table.commit(writes)
    return conflict.value.failed


def test_what_was_committed_is_read_as_it_was(table: Table) -> None:
    item = record(text="ä", number=3, yes=True, none=None, nested={"list": [1, {"deep": "x"}]}, empty="")
    table.commit([Put(item)])
    assert table.get(Key("p", "s")) == {**item, "version": 1}
    assert table.get(Key("p", "t")) is None


def test_what_was_read_is_a_copy(table: Table) -> None:
    item = record(nested={"n": 1})
    table.commit([Put(item)])
    item["nested"]["n"] = 2
    (table.get(Key("p", "s")) or {})["nested"]["n"] = 3
    assert (table.get(Key("p", "s")) or {})["nested"]["n"] == 1


def test_a_new_record_must_not_exist(table: Table) -> None:
    table.commit([Put(record(n=1))])
    assert refused(table, Put(record(n=2))) == (Key("p", "s"),)
    assert (table.get(Key("p", "s")) or {})["n"] == 1


def test_a_changed_record_must_be_as_it_was_read(table: Table) -> None:
    table.commit([Put(record(n=1, gone="soon"))])
    read = table.get(Key("p", "s")) or {}
    table.commit([Put(changed(read, n=2, gone=None), version=read["version"])])
    assert table.get(Key("p", "s")) == record(n=2, version=2)
    assert refused(table, Put(changed(read, n=3), version=read["version"])) == (Key("p", "s"),)
    assert refused(table, Put(record(sk="missing"), version=1)) == (Key("p", "missing"),)


def test_a_commit_is_all_or_nothing_and_names_what_failed(table: Table) -> None:
    stocked(table, available=1, reserved=0)
    table.commit([Put(record(sk="taken"))])
    writes = (Put(record(sk="new")), Adjust(STOCK, {"available": -2, "reserved": 2}), Put(record(sk="taken")))
    assert refused(table, *writes) == (STOCK, Key("p", "taken"))
    assert table.get(Key("p", "new")) is None
    assert counts(table, "available", "reserved") == (1, 0)


def test_an_adjustment_adds_and_takes_down_to_zero(table: Table) -> None:
    stocked(table, available=5, reserved=0)
    table.commit([Adjust(STOCK, {"available": -5, "reserved": 5})])
    assert counts(table, "available", "reserved") == (0, 5)
    assert refused(table, Adjust(STOCK, {"available": -1, "reserved": 1})) == (STOCK,)
    assert refused(table, Adjust(Key("SKU#B", "STOCK"), {"available": 1})) == (Key("SKU#B", "STOCK"),)
    assert counts(table, "available", "reserved") == (0, 5)


def test_an_adjustment_leaves_the_version_alone(table: Table) -> None:
    stocked(table, available=5)
    table.commit([Adjust(STOCK, {"available": 1})])
    assert counts(table, "version") == (1,)


def test_a_commit_that_writes_a_record_twice_is_a_mistake(table: Table) -> None:
    with pytest.raises(Exception, match=r"(?i)twice|multiple") as mistake:
        table.commit([Put(record(n=1)), Put(record(n=2))])
    assert not isinstance(mistake.value, ConflictError)
    assert table.get(Key("p", "s")) is None


def test_of_many_writers_of_one_record_one_wins(table: Table) -> None:
    barrier = threading.Barrier(16)

    def write(number: int) -> int:
        barrier.wait()
        try:
            table.commit([Put(record(n=number)), Put(record(sk=f"mine-{number}"))])
        except ConflictError:
            return 0
        return 1

    with ThreadPoolExecutor(max_workers=16) as pool:
        won = list(pool.map(write, range(16)))
    assert sum(won) == 1
    left = table.page("p", "mine-", limit=100)
    assert [item["sk"] for item in left] == [f"mine-{won.index(1)}"]
    assert (table.get(Key("p", "s")) or {})["n"] == won.index(1)


def test_two_hundred_takers_of_ten_units_get_ten(table: Table) -> None:
    stocked(table, available=10, reserved=0)

    def take(number: int) -> int:
        for _ in range(50):
            try:
                taken = Put(record(sk=f"taken-{number}"))
                table.commit([Adjust(STOCK, {"available": -1, "reserved": 1}), taken])
            except ConflictError as conflict:
                if STOCK in conflict.failed:
                    return 0
                continue  # a collision, not an answer
            return 1
        return 0

    with ThreadPoolExecutor(max_workers=20) as pool:
        assert sum(pool.map(take, range(200))) == 10
    assert counts(table, "available", "reserved") == (0, 10)
    assert len(table.page("p", "taken-", limit=100)) == 10


def test_many_reads_those_that_exist(table: Table) -> None:
    table.commit([Put(record(sk="a")), Put(record(sk="b"))])
    found = table.many([Key("p", "a"), Key("p", "x"), Key("p", "b")])
    assert sorted(item["sk"] for item in found) == ["a", "b"]
    assert table.many([]) == []


def test_more_records_are_read_than_one_call_takes(table: Table) -> None:
    keys = [Key("p", f"{number:03}") for number in range(130)]
    for start in range(0, 130, 65):
        table.commit([Put(record(sk=key.sk)) for key in keys[start : start + 65]])
    assert {key_of(item) for item in table.many(keys)} == set(keys)


def test_a_page_is_in_order_of_its_sort_keys_and_goes_on_after_one(table: Table) -> None:
    table.commit([Put(record(sk=sk)) for sk in ("SKU#b", "SKU#a", "SKU#c", "OTHER#a", "SKU")])
    table.commit([Put(record(pk="q", sk="SKU#a"))])
    assert [i["sk"] for i in table.page("p", "SKU#", limit=10)] == ["SKU#a", "SKU#b", "SKU#c"]
    assert [i["sk"] for i in table.page("p", "SKU#", limit=2)] == ["SKU#a", "SKU#b"]
    assert [i["sk"] for i in table.page("p", "SKU#", limit=2, after="SKU#b")] == ["SKU#c"]
    assert [i["sk"] for i in table.page("p", "SKU#", limit=2, after="SKU#aa")] == ["SKU#b", "SKU#c"]
    assert table.page("p", "SKU#", limit=2, after="SKU#c") == []


def test_a_customers_orders_come_newest_first_page_by_page(table: Table) -> None:
    mine = [order(number // 2) for number in range(7)]  # two in each millisecond
    for item in [*mine, order(9, "bob")]:
        table.commit([Put(item)])
    seen: list[Item] = []
    after: tuple[str, str] | None = None
    while True:
        page = table.of_customer("ann", limit=3, after=after)
        if not page:
            break
        seen += page
        after = (page[-1]["placed_at"], page[-1]["order_id"])
    assert sorted(item["order_id"] for item in seen) == sorted(item["order_id"] for item in mine)
    moments = [item["placed_at"] for item in seen]
    assert moments == sorted(moments, reverse=True)
    assert table.of_customer("nobody", limit=3) == []


def test_what_is_due_comes_in_order_of_time_from_every_shard(table: Table) -> None:
    items = [due(record(pk=f"p{number}"), f"2026-01-{number:02}") for number in range(1, 13)]
    assert len({item["due_shard"] for item in items}) > 1
    table.commit([Put(item) for item in items])
    table.commit([Put(record(pk="never due"))])
    assert [i["pk"] for i in table.due("2026-01-05", limit=100)] == ["p1", "p2", "p3", "p4", "p5"]
    assert [i["pk"] for i in table.due("2026-02-01", limit=2)] == ["p1", "p2"]
    assert table.due("2025-01-01", limit=10) == []


def test_what_is_settled_is_due_no_more(table: Table) -> None:
    table.commit([Put(due(record(kind="outbox"), "2026-01-01"))])
    for _ in range(2):
        table.settle(Key("p", "s"), "2026-01-02", 99)
    found = table.get(Key("p", "s")) or {}
    assert found == record(kind="outbox", published_at="2026-01-02", ttl=99, version=1)
    assert table.due("2027", limit=10) == []
    table.settle(Key("p", "missing"), "2026-01-02", 99)
    assert table.get(Key("p", "missing")) is None, "marking creates nothing"


def test_orders_without_an_end_are_counted_up_to_a_limit(table: Table, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dynamo, "COUNT_SECONDS", -1)  # count at every call
    assert table.waiting(10) == 0
    waiting = [due(order(number), "2026-01-01") for number in range(6)]
    table.commit([Put(item) for item in waiting])
    table.commit([Put(due(record(kind="outbox"), "2026-01-01")), Put(order(7))])
    assert table.waiting(10) == 6
    assert table.waiting(4) == 4
    ended = table.get(key_of(waiting[0])) or {}
    table.commit([Put(changed(ended, due_at=None, due_shard=None), version=ended["version"])])
    assert table.waiting(10) == 5


def test_a_scan_shows_every_record_once(table: Table) -> None:
    keys = {Key(f"p{number % 3}", f"s{number}") for number in range(20)}
    table.commit([Put(record(key.pk, key.sk)) for key in keys])
    seen: list[Key] = []
    after: Key | None = None
    while True:
        page, after = table.scan(limit=7, after=after)
        assert len(page) <= 7
        seen += [key_of(item) for item in page]
        if after is None:
            break
    assert len(seen) == len(set(seen)) == 20
    assert set(seen) == keys


def test_the_count_of_waiting_orders_is_asked_for_once_a_second() -> None:
    asked: list[str] = []
    table = DynamoTable(_Counting(asked), "orders")
    assert [table.waiting(5) for _ in range(3)] == [4, 4, 4]
    assert len(asked) == dynamo.SHARDS


class _Counting:
    """Answers counts, and notes who asked."""

    def __init__(self, asked: list[str]) -> None:
        self._asked = asked

    def query(self, **request: Any) -> dict[str, Any]:
        self._asked.append(request["ExpressionAttributeValues"][":shard"]["S"])
        return {"Count": 1}


def test_the_architectures_tables_have_the_indexes_that_these_tests_use() -> None:
    declared = (Path(__file__).parents[2] / "stacks" / "aws" / "parts.py").read_text()
    for index, (hash_, range_) in INDEXES.items():
        assert f'{{"{index}": {{"hash_key": "{hash_}", "range_key": "{range_}"}}}}' in declared
