"""A surge of ten times as many orders on a stack whose checkout has little room: shed, nothing lost, drained after."""

import dataclasses
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from plane_fixture import eventually
from shop_fixture import Shop, copied

from trials.checker import ANALYTICS, check
from trials.html_report import html_page
from trials.lake import CONFIRMED
from trials.ledger import read_lines
from trials.ledger_facts import ACCEPTED, SHED
from trials.load_plan import profile
from trials.platforms.aws.lake import s3_lake
from trials.surge import SurgeResult, WorkerCounts
from trials.trial import Load, ShopTarget, Trial, collect_evidence, run_trial

pytestmark = pytest.mark.plane
STACK, SEED, SECONDS, RATE, SETTLE_SECONDS, DRAIN_SECONDS = "aws-trial", 7, 5.0, 3.0, 120.0, 60.0
PENDING = 4
"""So many orders may be under way before the shop's own admission sheds; the sizing's own number takes a minute."""
# Room at the stage for twice the surge: orders are shed behind it. Only customers who try again at once may be too many
# for the stage as well.
SIZED = """\
    sizing:
      peak_orders_per_second: 60
      headroom: 1
      handler_mean_seconds: 0.02
      handler_p99_seconds: 0.03
      cold_start_seconds: 8
      account_concurrency: 169
"""
RESERVED = 2
"""Executions of checkout, far below what the sizing gives it."""
# Cards that need a second try would only be waited for.
FLASH_SALE = dataclasses.replace(profile("flash-sale"), payments={"ok": 0.9, "decline": 0.1})


@dataclass
class Surged:
    """A stack after its surge, and after the same one without limits."""

    small: "Small"
    limits: Mapping[str, Any]
    surge: SurgeResult
    waiting: Sequence[int]
    """Messages in each queue, at last."""
    unlimited: Trial

    def refusals(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Each answer that shed, with the layer that gave it."""
        return refusals(self.surge.trial)


def size(settings: str) -> str:
    """A stack's settings with another sizing block."""
    before, _, after = settings.partition("    sizing:\n")
    return before + SIZED + "    queues:" + after.partition("    queues:")[2]


class Small:
    """The stack, sized for little."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        shop.edit_settings(STACK, size)
        shop.json("up", "--stack", STACK, "--engine", "embedded", "--no-verify")
        self.outputs = shop.json("outputs", "--stack", STACK)
        self.checkout = self.outputs["functionNames"]["checkout"]
        self.operate("seed")

    def operate(self, action: str, **arguments: Any) -> Mapping[str, Any]:
        payload = json.dumps({"action": action, **arguments})
        answer = self.shop.client("lambda").invoke(FunctionName=self.outputs["opsFunctionName"], Payload=payload)
        return json.loads(answer["Payload"].read())

    def target(self) -> ShopTarget:
        lake = self.outputs["lake"]
        analytics = s3_lake(self.shop.client("s3"), lake["bucketName"], float(lake["bufferSeconds"]))
        return ShopTarget(self.outputs["apiUrl"], self.operate, ["PEN-01", "MUG-01", "NOTE-01"], lake=analytics)

    def surge(self, directory: Path, settle_seconds: float) -> Trial:
        load = Load(FLASH_SALE, SECONDS, RATE, SEED)
        return run_trial(self.target(), load, directory, lambda _: None, settle_seconds=settle_seconds)

    def control(self, directory: Path) -> Trial:
        """The same surge without limits. Only its answers matter: nobody waits for the orders' ends."""
        self.admit(0)
        self.shop.client("lambda").delete_function_concurrency(FunctionName=self.checkout)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("trials.load_plan.FOLLOWED", 0)
            patch.setattr("trials.load_plan.CANCELLED", 0)
            return self.surge(directory, 0)

    def admit(self, pending: int) -> None:
        """Another limit of the shop's own admission, as a new version behind the alias."""
        functions = self.shop.client("lambda")
        found = functions.get_function_configuration(FunctionName=self.checkout)["Environment"]["Variables"]
        changed = {"Variables": {**found, "MAX_PENDING_ORDERS": str(pending)}}
        functions.update_function_configuration(FunctionName=self.checkout, Environment=changed)
        functions.get_waiter("function_updated").wait(FunctionName=self.checkout, WaiterConfig={"Delay": 1})
        version = functions.publish_version(FunctionName=self.checkout)["Version"]
        functions.update_alias(FunctionName=self.checkout, Name="live", FunctionVersion=version)

    def waiting(self) -> list[int]:
        """Messages in each queue, once all are empty, or when that took too long."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        urls = [*self.outputs["queueUrls"].values(), *self.outputs["deadLetterQueues"].values()]
        queues, deadline = self.shop.client("sqs"), time.monotonic() + DRAIN_SECONDS
        while True:
            found = [queues.get_queue_attributes(QueueUrl=u, AttributeNames=list(names))["Attributes"] for u in urls]
            counts = [sum(int(attributes[name]) for name in names) for attributes in found]
            if not any(counts) or time.monotonic() > deadline:
                return counts
            time.sleep(0.2)  # between two looks


@pytest.fixture(scope="module")
def surged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surged]:
    root = tmp_path_factory.mktemp("surge")
    with copied(root) as shop:
        small = Small(shop)
        reserved = {"FunctionName": small.checkout, "ReservedConcurrentExecutions": RESERVED}
        limits = shop.client("lambda").put_function_concurrency(**reserved)
        small.admit(PENDING)
        trial = small.surge(root / "ledgers", SETTLE_SECONDS)
        waiting = small.waiting()
        unlimited = small.control(root / "ledgers")
        yield Surged(small, limits, SurgeResult(trial, WorkerCounts(), 0.0), waiting, unlimited)


def refusals(trial: Trial) -> list[tuple[str, Mapping[str, Any]]]:
    """Each answer that shed, with the layer that gave it.

    A problem of the shop's has a code. What stands in front of it has none, and on an HTTP API can set no header: the
    stage's throttle answers 429, and a function without room 503:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
    """
    shed = [line for line in read_lines(trial.ledger) if line["line"] == "answer" and line["status"] in SHED]
    return [("shop" if line.get("code") else {429: "stage", 503: "function"}[line["status"]], line) for line in shed]


def test_the_surge_is_shed_by_the_functions_limit_and_by_the_shop_itself(surged: Surged) -> None:
    assert surged.limits["ReservedConcurrentExecutions"] == RESERVED
    layers = Counter(layer for layer, _ in surged.refusals())
    assert layers["function"] > 0
    assert layers["shop"] > 0
    assert 0 < surged.surge.document()["shed_share"] < 1


def test_every_refusal_of_the_shop_itself_says_when_to_come_again(surged: Surged) -> None:
    own = [line for layer, line in surged.refusals() if layer == "shop"]
    assert {line["code"] for line in own} >= {"shop_full"}
    assert [line for line in own if not line.get("retry")] == []


def test_nothing_that_was_accepted_is_lost(surged: Surged) -> None:
    report = surged.surge.trial.report
    assert {j.id: list(j.first) for j in report.verdicts if j.outcome == "fail"} == {}
    checked = {j.id: bool(j.checked) for j in report.verdicts if j.outcome == "pass"}
    assert {name: checked[name] for name in ("I3", "I5", "I5a", "I10")} == dict.fromkeys(
        ("I3", "I5", "I5a", "I10"), True
    )
    assert report.accepted > 10


def test_the_queues_are_empty_after_it(surged: Surged) -> None:
    assert set(surged.waiting) == {0}


def test_the_age_of_the_oldest_order_rises_and_falls_to_nothing(surged: Surged) -> None:
    ages = surged.surge.document()["oldest_order_seconds"]
    assert max(ages) > 0
    assert ages[-1] == 0
    assert "Age of the oldest order under way" in html_page(surged.surge.trial, "the sandbox", surged.surge.curves())


def test_without_the_limits_the_same_surge_is_not_shed(surged: Surged) -> None:
    assert refusals(surged.unlimited) == []
    statuses = Counter(sample.status for sample in surged.unlimited.measurements.samples)
    assert statuses.keys() == {ACCEPTED}


def test_what_is_taken_from_the_lake_is_missed_by_analytics_alone(surged: Surged) -> None:
    small, trial = surged.small, surged.surge.trial
    bucket, s3 = small.outputs["lake"]["bucketName"], small.shop.client("s3")
    for entry in s3.list_objects_v2(Bucket=bucket, Prefix=f"events/type={CONFIRMED}/")["Contents"]:
        s3.delete_object(Bucket=bucket, Key=entry["Key"])

    def failed() -> set[str]:
        report = check(collect_evidence(small.target(), trial.evidence.ledger, trial.run.began))
        return {j.id for j in report.verdicts if j.outcome == "fail"}

    # Stock is on its way for as long as the orders of the control are.
    eventually(lambda: failed() == {ANALYTICS}, "that alone", seconds=DRAIN_SECONDS)
