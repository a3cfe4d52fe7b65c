"""What survives: a stop, a functions' process that is killed, and what is reported of a world that is lost."""

import os
import signal
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from loopback import NO_CERTIFICATES
from plane_fixture import eventually
from shop_fixture import Shop, copied

sys.path.insert(0, str(Path(__file__).parents[1] / "trials"))

from failures import TERMINAL, order

from apps.contracts.consumers import consumers
from trials.checker import check
from trials.invariants.evidence import Evidence
from trials.ledger_facts import parse_ledger
from trials.operators import read_dead_letters, read_records
from trials.store_records import parse_records

pytestmark = pytest.mark.plane
# Payments that take two seconds each: a batch of more would outlive its function's timeout.
SLOW, QUICK = 2, 10
# A message that was being handled is hidden for its visibility timeout (36 s), and then handled again.
END_SECONDS = 90.0


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with copied(tmp_path_factory.mktemp("durability")) as made:
        made.json("up", "--engine", "embedded")
        yield made


class Buyer:
    """A customer who writes down what the shop answered."""

    def __init__(self, shop: Shop) -> None:
        self.shop, self.name = shop, f"buyer-{uuid.uuid4().hex[:8]}"
        self.lines: list[dict[str, Any]] = []
        self.url = shop.outputs["apiUrl"]

    def orders(self) -> Sequence[str]:
        """The ids of accepted orders, those first that have not all come to an end."""
        with ThreadPoolExecutor(max(SLOW, QUICK)) as pool:
            quick = list(pool.map(self._order, ["ok"] * QUICK))
            placed = [*pool.map(self._order, ["slow"] * SLOW), *quick]  # the slow ones last: they are under way yet
        for number, (key, answer) in enumerate(placed):
            assert answer.status_code == 202, answer.text
            common = {"n": number, "at": time.time()}
            order_id = answer.json()["order_id"]
            attempt = {"customer": self.name, "key": key, "body": "one pen", "lines": [["PEN-01", 1]]}
            self.lines.append({"line": "attempt", **common, **attempt})
            self.lines.append({"line": "answer", **common, "status": 202, "order": order_id, "digest": order_id})
        orders = [answer.json()["order_id"] for _, answer in placed]
        assert not set(self.states(orders[:SLOW]).values()) <= set(TERMINAL)
        return orders

    def states(self, orders: Sequence[str]) -> Mapping[str, str]:
        """Each order's state, nothing where a look was one too many for its route."""
        headers = {"X-Customer-Id": self.name}
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30, headers=headers) as client:
            return {one: client.get(f"{self.url}/v1/orders/{one}").json().get("state", "") for one in orders}

    def _order(self, token: str) -> tuple[str, httpx.Response]:
        key = str(uuid.uuid4())
        with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30) as client:
            return key, order(self.url, client, key, "PEN-01", self.name, token)


def test_orders_under_way_end_after_a_stop_and_a_start(shop: Shop) -> None:
    buyer = Buyer(shop)
    orders = buyer.orders()
    shop.run("down")
    assert "create" not in shop.up()["changes"]  # what there was is there
    assert_all_end(buyer, orders)
    assert_nothing_is_lost_or_done_twice(buyer)


def test_a_killed_functions_process_is_reported_and_mended_and_nothing_is_lost(shop: Shop) -> None:
    buyer = Buyer(shop)
    orders = buyer.orders()
    (companion,) = shop.plane["companions"]
    os.kill(companion["pid"], signal.SIGKILL)
    eventually(lambda: shop.plane["companions"][0]["state"] == "dead", "the end of the functions' process")
    said = shop.run("order", "--sku", "PEN-01", code=3)
    assert "functions beside the aws data plane has ended; `scaleshop up` starts it again" in said
    assert "create" not in shop.up()["changes"]  # what there was is there
    assert shop.plane["companions"][0]["state"] == "running"
    assert_all_end(buyer, orders)
    assert_nothing_is_lost_or_done_twice(buyer)


def test_a_snapshot_that_cannot_be_written_is_reported(shop: Shop) -> None:
    snapshot = shop.root / ".scaleshop/run/aws/data/state/sqs.json"
    snapshot.unlink(missing_ok=True)
    snapshot.mkdir(parents=True)  # in the way of the file
    said = shop.run("down", code=3)
    assert "could not save what it had, which is lost" in said
    assert shop.plane["state"] == "dead"
    assert "what it had is lost" in shop.run("verify", code=3)
    again = shop.json("up", "--engine", "embedded")
    assert again["changes"]["create"] >= 100
    assert {verdict["outcome"] for verdict in again["verdicts"]} == {"pass"}


def test_a_plane_that_is_killed_at_work_is_another_world_and_every_command_says_so(shop: Shop) -> None:
    buyer = Buyer(shop)
    lost = buyer.orders()
    plane = shop.plane
    os.kill(plane["pid"], signal.SIGKILL)
    eventually(lambda: shop.plane["state"] == "dead", "the end of the plane")
    assert "what it had is lost; `scaleshop up` starts it and rebuilds the stack" in shop.run("status")
    for command in (("order",), ("verify",), ("logs",), ("redrive", "orders"), ("grants",)):
        assert "what it had is lost" in shop.run(*command, code=3), command
    shop.run("refresh", "--engine", "embedded")  # starts a plane, which is empty
    assert shop.json("status")["stale"]
    assert shop.json("up", "--engine", "embedded", "--no-verify")["changes"]["create"] >= 100
    assert shop.plane["generation"] != plane["generation"]
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, headers={"X-Customer-Id": buyer.name}) as client:
        assert client.get(f"{shop.outputs['apiUrl']}/v1/orders/{lost[0]}").status_code == 404


def assert_all_end(buyer: Buyer, orders: Sequence[str]) -> None:
    """Every order comes to an end in time."""
    eventually(lambda: set(buyer.states(orders).values()) <= set(TERMINAL), "ends", seconds=END_SECONDS)
    found = buyer.states(orders)
    buyer.lines += [{"line": "seen", "at": time.time(), "order": o, "state": state} for o, state in found.items()]


def assert_nothing_is_lost_or_done_twice(buyer: Buyer) -> None:
    """The invariants hold once everything has come to rest."""

    def offences() -> Mapping[str, Any]:
        operate = lambda action, **how: buyer.shop.invoke("ops", {"action": action, **how})[0]  # noqa: E731
        letters = read_dead_letters(operate)
        world = Evidence(parse_ledger(buyer.lines), parse_records(read_records(operate)), consumers(), letters)
        return {j.title: list(j.first) for j in check(world).verdicts if j.outcome == "fail"}

    eventually(lambda: not offences(), "rest", seconds=30)
