"""What tables may consume: units, limits, and what is let in."""

from dataclasses import dataclass
from typing import Any

import pytest
from aws_emulator.dynamodb.ledger import Ledger
from aws_emulator.dynamodb.throttles import build_cancellation
from aws_emulator.dynamodb.throughput import Demand, count_read_units, count_write_units
from aws_emulator.quotas.account import AccountQuotas
from hypothesis import given
from hypothesis import strategies as st

BORN = 1_000
KB = 1024


@dataclass
class LedgerWorld:
    """A ledger whose time is moved by hand."""

    now: float = 0.0

    def __post_init__(self) -> None:
        self.limits = AccountQuotas()
        self.ledger = Ledger(self.limits.value, clock=lambda: self.now, now=lambda: BORN + self.now)

    def put(self, table: dict[str, Any], *demands: Demand) -> str:
        """The reason for which demands are refused; `fine` where they are spent."""
        refused = self.ledger.find_throttle(table, demands)
        if refused is None:
            self.ledger.spend(table, demands)
        return refused.reason if refused else "fine"


def table(write: int = 0, *, most: int = 0, index: int = 0, id_: str = "one") -> dict[str, Any]:
    """A table with provisioned write units, or on demand with a maximum."""
    indexes = [{"IndexName": "by-day", "ProvisionedThroughput": {"WriteCapacityUnits": index}}] if index else []
    return {
        "TableId": id_,
        "TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/orders",
        "CreationDateTime": BORN,
        "BillingModeSummary": {"BillingMode": "PROVISIONED" if write else "PAY_PER_REQUEST"},
        "ProvisionedThroughput": {"WriteCapacityUnits": write, "ReadCapacityUnits": write},
        "OnDemandThroughput": {"MaxWriteRequestUnits": most or -1, "MaxReadRequestUnits": -1},
        "GlobalSecondaryIndexes": indexes,
    }


def write(units: float = 1, index: str = "", partition: str | None = None) -> Demand:
    return Demand("write", units, index, partition)


@pytest.mark.parametrize(
    ("size", "units"), [(0, 1), (1, 1), (KB, 1), (KB + 1, 2), (400 * KB, 400)], ids=["none", "one", "1K", "1K+", "400K"]
)
def test_a_write_costs_a_unit_for_each_kb_and_twice_that_in_a_transaction(size: int, units: float) -> None:
    assert (count_write_units(size), count_write_units(size, transactional=True)) == (units, 2 * units)


def test_a_read_costs_a_unit_for_each_4_kb_half_when_it_may_be_out_of_date_and_twice_in_a_transaction() -> None:
    assert [count_read_units(size) for size in (0, 4 * KB, 4 * KB + 1)] == [0.5, 0.5, 1]
    assert count_read_units(5 * KB, consistent=True) == 2
    assert count_read_units(5 * KB, consistent=True, transactional=True) == 4


@given(
    rate=st.integers(1, 50),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(1, 20)), max_size=60),
    provisioned=st.booleans(),
)
def test_no_more_is_consumed_than_the_table_has_earned_and_kept(
    rate: int, steps: list[tuple[float, int]], provisioned: bool
) -> None:
    world, found, used = LedgerWorld(), table(rate) if provisioned else table(most=rate), 0.0
    kept = rate * (300 if provisioned else 1)
    for seconds, units in steps:
        world.now += seconds
        wanted = min(units, kept)
        used += wanted if world.put(found, write(wanted)) == "fine" else 0
        assert used <= rate * (world.now + 1) + 1e-6
        assert used <= kept + rate * world.now + 1e-6


def test_a_new_table_has_a_second_of_its_units_and_keeps_five_minutes_of_what_is_not_used() -> None:
    world, found = LedgerWorld(), table(2)
    assert [world.put(found, write()) for _ in range(3)] == ["fine", "fine", "TableWriteProvisionedThroughputExceeded"]
    world.now += 1_000
    assert [world.put(found, write()) for _ in range(601)].count("fine") == 600


def test_what_a_table_has_not_used_since_it_was_made_is_there_at_first_sight() -> None:
    world = LedgerWorld(now=60)
    assert [world.put(table(2), write()) for _ in range(130)].count("fine") == 120


def test_a_maximum_on_demand_is_not_kept() -> None:
    world, found = LedgerWorld(now=1_000), table(most=5)
    answers = [world.put(found, write()) for _ in range(6)]
    assert answers == ["fine"] * 5 + ["TableWriteMaxOnDemandThroughputExceeded"]


def test_a_table_on_demand_without_a_maximum_has_the_account_s_quota() -> None:
    world, found = LedgerWorld(now=1_000), table()
    world.limits.change({"dynamodb.table-wcu": 3})
    assert [world.put(found, write()) for _ in range(4)] == ["fine"] * 3 + ["TableWriteAccountLimitExceeded"]
    assert world.put(table(id_="other"), write()) == "fine"


def test_a_maximum_above_the_account_s_quota_does_not_raise_it() -> None:
    world, found = LedgerWorld(now=1_000), table(most=50)
    world.limits.change({"dynamodb.table-wcu": 3})
    assert [world.put(found, write()) for _ in range(4)][-1] == "TableWriteAccountLimitExceeded"


def test_an_index_without_units_refuses_the_write_of_its_table() -> None:
    world, found = LedgerWorld(), table(10, index=1)
    both = write(), write(index="by-day")
    assert [world.put(found, *both) for _ in range(2)] == ["fine", "IndexWriteProvisionedThroughputExceeded"]
    assert world.put(found, write()) == "fine", "what the index refused cost the table nothing"


def test_one_hot_key_is_refused_while_the_others_are_not() -> None:
    world, found = LedgerWorld(), table()
    world.limits.change({"dynamodb.partition-wcu": 2})
    answers = [world.put(found, write(partition="hot")) for _ in range(3)]
    assert answers == ["fine", "fine", "TableWriteKeyRangeThroughputExceeded"]
    assert world.put(found, write(partition="cold")) == "fine"


def test_demands_on_several_keys_of_a_table_are_judged_together() -> None:
    world, found = LedgerWorld(), table(3)
    assert world.put(found, *(write(2, partition=key) for key in "ab")) == "TableWriteProvisionedThroughputExceeded"


def test_a_demand_larger_than_anything_kept_is_let_in_by_a_full_bucket_and_paid_for_later() -> None:
    world, found = LedgerWorld(now=1_000), table(1)
    assert world.put(found, write(400)) == "fine"
    world.now += 100
    assert world.put(found, write()) == "TableWriteProvisionedThroughputExceeded"
    world.now += 1
    assert world.put(found, write()) == "fine"


def test_a_table_made_again_under_its_name_begins_anew() -> None:
    world = LedgerWorld()
    assert world.put(table(1, id_="first"), write()) == "fine"
    assert world.put(table(1, id_="second"), write()) == "fine"


def test_more_units_hold_from_the_next_request_on() -> None:
    world = LedgerWorld()
    world.put(table(1), write())
    world.now += 1
    assert [world.put(table(100), write(1)) for _ in range(2)] == ["fine", "TableWriteProvisionedThroughputExceeded"]
    world.now += 1
    assert [world.put(table(100), write(1)) for _ in range(101)].count("fine") == 100


@pytest.mark.parametrize(
    ("found", "code", "said"),
    [
        (table(1), "ProvisionedThroughputExceededException", "UpdateTable API."),
        (table(most=1), "ThrottlingException", "maximum OnDemandThroughput configured on table or index"),
    ],
    ids=["provisioned", "on demand"],
)
def test_a_refusal_has_the_code_text_and_reason_of_aws(found: dict[str, Any], code: str, said: str) -> None:
    world = LedgerWorld()
    world.put(found, write())
    refused = world.ledger.find_throttle(found, [write()])
    assert refused
    assert refused.body["__type"] == code
    assert refused.body["message"].endswith(said)
    assert refused.body["ThrottlingReasons"] == [{"reason": refused.reason, "resource": found["TableArn"]}]


def test_a_transaction_is_cancelled_with_a_reason_for_each_action() -> None:
    world, found = LedgerWorld(), table(1)
    world.put(found, write())
    refused = world.ledger.find_throttle(found, [write()])
    assert refused
    body = build_cancellation(2, {1: refused})
    assert [reason["Code"] for reason in body["CancellationReasons"]] == ["None", "ProvisionedThroughputExceeded"]
    assert body["message"].endswith("[None, ProvisionedThroughputExceeded]")
