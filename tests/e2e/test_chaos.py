"""The failures F1 to F13 on AWS, each by its name: one trial stack, one run of experiments, one verdict for each.

The same failures in this process are in tests/trials/test_failures_memory.py; F14 is in tests/trials as well.
"""

import json
import sys
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from loopback import NO_CERTIFICATES

sys.path.insert(0, str(Path(__file__).parents[1] / "trials"))
sys.path.insert(0, str(Path(__file__).parents[1] / "apps"))

from failures import (
    BASKETS,
    await_ends,
    order,
    same_key_a_hundred_times_at_once,
    totals,
    two_hundred_buyers_of_ten_units,
)
from memory_platform import memory_platform
from shop_contract import check_event
from shop_fixture import Shop, copied, substitute

from apps.shop.domain.events import parse_event
from trials.trial import ShopTarget

pytestmark = pytest.mark.plane
SEED, SECONDS, RUN_SECONDS = 11, 6, 800
# On a machine that is busy with other tests an order of the trial stack would end by its deadline before it is handled;
# where a deadline is the matter, an experiment moves the clock further than this.
DEADLINES = {
    "reservation_ttl_seconds: 20": "reservation_ttl_seconds: 300",
    "order_deadline_seconds: 40": "order_deadline_seconds: 600",
}
RUN = (
    "relay-killed",
    "bus-refuses",
    "answers-lost",
    "store-unavailable",
    "clock-ahead",
    "deliveries-again",
    "workers-killed",
    "poison",
)


@dataclass
class Trials:
    """A trial stack that is up, and what came of the experiments on it."""

    shop: Shop
    outputs: Mapping[str, Any] = field(default_factory=dict)
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tap: str = ""
    """The URL of a queue that everything on the bus comes to."""

    def target(self) -> ShopTarget:
        return ShopTarget(self.outputs["apiUrl"], self.operate, ["PEN-01"])

    def operate(self, action: str, **arguments: Any) -> Mapping[str, Any]:
        payload = json.dumps({"action": action, **arguments})
        answer = self.shop.client("lambda").invoke(FunctionName=self.outputs["opsFunctionName"], Payload=payload)
        return json.loads(answer["Payload"].read())

    def assert_passed(self, experiment: str, *invariants: str) -> None:
        """The experiment disturbed what it had to, and passed; these invariants were checked on something."""
        found = self.found[experiment]
        assert (found["verdict"], found["why"]) == ("pass", [])
        checked = {i["id"]: (i["outcome"], bool(i["checked"])) for i in found["trial"]["invariants"]}
        assert {name: checked[name] for name in invariants} == dict.fromkeys(invariants, ("pass", True))

    @cached_property
    def published(self) -> Sequence[Mapping[str, Any]]:
        """The events that the tap took until the first look, as consumers get them."""
        found: list[Mapping[str, Any]] = []
        while True:
            queues = self.shop.client("sqs")
            messages = queues.receive_message(QueueUrl=self.tap, MaxNumberOfMessages=10).get("Messages", [])
            if not messages:
                return found
            found += [json.loads(message["Body"])["detail"] for message in messages]
            letters = [{"Id": m["MessageId"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages]
            queues.delete_message_batch(QueueUrl=self.tap, Entries=letters)


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trials]:
    with copied(tmp_path_factory.mktemp("chaos")) as shop:
        shop.edit_settings("aws-trial", lambda text: substitute(text, DEADLINES))
        shop.json("up", "--stack", "aws-trial", "--engine", "embedded", "--no-verify")
        made = Trials(shop, shop.json("outputs", "--stack", "aws-trial"))
        made.operate("seed")
        start_functions(made.target())
        made.tap = tapped(shop, made.outputs["busName"])
        arguments = ("chaos", "aws", *RUN, "--yes", "--seed", str(SEED), "--seconds", str(SECONDS))
        process = shop.start(*arguments, "--json")
        said, errors = process.communicate(timeout=RUN_SECONDS)
        assert said, errors
        made.found = {one["name"]: one for one in json.loads(said)["experiments"]}
        yield made


def start_functions(target: ShopTarget) -> None:
    """Bring one order to its end: a function that only starts while an experiment runs is out of that one's reach."""
    with httpx.Client(trust_env=False, verify=NO_CERTIFICATES, timeout=30) as http:
        accepted = order(target.base_url, http, str(uuid.uuid4()), "PEN-01", "first")
    (first,) = await_ends(target, [accepted.json()["order_id"]]).values()
    assert first.state == "CONFIRMED"


def tapped(shop: Shop, bus: str) -> str:
    """A queue of its own for everything that the shop tells."""
    queues, events, name = shop.client("sqs"), shop.client("events"), f"tap-{uuid.uuid4().hex[:8]}"
    url = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [{**allowed, "Resource": arn}]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    pattern = json.dumps({"source": [{"prefix": "shop."}]})
    events.put_rule(Name=name, EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule=name, EventBusName=bus, Targets=[{"Id": "tap", "Arn": arn}])
    return str(url)


def test_f1_a_retry_makes_no_second_order(trials: Trials) -> None:
    same_key_a_hundred_times_at_once(trials.target(), "PEN-01")


def test_f2_a_key_is_not_burned_by_a_failure(trials: Trials) -> None:
    trials.assert_passed("answers-lost", "I2", "I3")


def test_f3_whatever_was_accepted_is_readable_and_comes_to_an_end(trials: Trials) -> None:
    for name in RUN:
        trials.assert_passed(name, "I3")


def test_f4_events_that_the_bus_refused_are_published_later(trials: Trials) -> None:
    trials.assert_passed("bus-refuses", "I7")


def test_f5_a_killed_relay_leaves_nothing_behind(trials: Trials) -> None:
    trials.assert_passed("relay-killed", "I7")


def test_f6_nothing_is_acknowledged_before_it_is_stored(trials: Trials) -> None:
    trials.assert_passed("store-unavailable", "I3", "I7")
    trials.assert_passed("poison", "I9")


def test_f7_two_hundred_buyers_of_ten_units_make_ten_confirmed_orders(trials: Trials) -> None:
    two_hundred_buyers_of_ten_units(trials.target(), "HOT-01")


def test_f8_stock_of_an_expired_order_goes_back(trials: Trials) -> None:
    trials.assert_passed("clock-ahead", "I1", "I6")


def test_f9_a_second_delivery_gets_the_same_verdict(trials: Trials) -> None:
    trials.assert_passed("deliveries-again", "I5a", "I7", "I8")
    assert max(Counter(envelope["id"] for envelope in trials.published).values()) > 1, "nothing came twice"


def test_f10_no_charge_without_an_order_or_a_refund(trials: Trials) -> None:
    trials.assert_passed("workers-killed", "I5", "I5a")
    trials.assert_passed("clock-ahead", "I5", "I5a")


def test_f11_every_key_has_an_order_of_its_own(trials: Trials) -> None:
    orders: list[str] = []
    pointed: list[str] = []
    cursor: Any = None
    while cursor is not None or not orders:
        page = trials.operate("records", store="orders", cursor=cursor)
        orders += [record["order_id"] for record in page["items"] if record["kind"] == "order"]
        pointed += [record["order_id"] for record in page["items"] if record["kind"] == "key"]
        cursor = page["cursor"]
    assert len(orders) == len(set(orders)) > 100
    assert sorted(pointed) == sorted(orders)


def test_f12_totals_are_the_same_as_in_memory(trials: Trials) -> None:
    with memory_platform() as memory:
        assert totals(trials.target(), BASKETS) == totals(memory.target(), BASKETS)


def test_f13_every_event_keeps_its_schema_on_the_bus(trials: Trials) -> None:
    types: set[str] = set()
    for envelope in trials.published:
        check_event(envelope)
        types.add(parse_event(envelope).type)
    assert len(types) >= 8


def test_a_stack_that_enables_no_faults_is_not_broken(trials: Trials) -> None:
    functions, name = trials.shop.client("lambda"), trials.outputs["functionNames"]["ops"]
    before = functions.get_function_configuration(FunctionName=name)["Environment"]
    changed = {"Variables": {**before["Variables"], "FAULTS_ENABLED": "false"}}
    functions.update_function_configuration(FunctionName=name, Environment=changed)
    try:
        said = trials.shop.run("chaos", "aws", "relay-killed", "--yes", code=2)
    finally:
        functions.update_function_configuration(FunctionName=name, Environment=before)
    assert "Stack 'aws-trial' takes no faults: its settings do not enable faults: rules.faults_enabled" in said


def test_it_asks_before_it_breaks_anything(trials: Trials) -> None:
    assert "Nobody can be asked here; add --yes" in trials.shop.run("chaos", "aws", "relay-killed", code=2)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["earthquake"], "There is no experiment 'earthquake'; there are: answers-lost, bus-refuses"),
        ([], "Name an experiment, or give --all; there are: relay-killed"),
        (["poison", "--all"], "Name experiments or give --all, not both: poison."),
        (["aws", "earthquake"], "There is no experiment 'earthquake'; there are: answers-lost, bus-refuses"),
        (
            ["aws", "poison", "--arch", "other"],
            "--arch (or ARCH in the environment) is 'other' and the first word is 'aws'; leave one of them out.",
        ),
        (["poison", "--stack", "aws-dev"], "Stack 'aws-dev' is not up; run `scaleshop up --stack aws-dev` first."),
    ],
)
def test_wrong_usage_is_reported(trials: Trials, arguments: Sequence[str], said: str) -> None:
    code = 1 if "aws-dev" in arguments else 2
    assert said in trials.shop.run("chaos", *arguments, code=code)
