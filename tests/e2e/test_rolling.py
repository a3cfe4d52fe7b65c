"""A rolling change under load: new code, a changed queue and the way back, while customers buy on one stack."""

import asyncio
import dataclasses
import itertools
import json
import shutil
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from loopback import NO_CERTIFICATES
from shop_fixture import ROOT, Shop, copied, substitute

from trials.checker import TrialReport
from trials.ledger import LedgerWriter, TrialRun, read_lines
from trials.ledger_facts import parse_ledger
from trials.load_generator import LoadGenerator, Measurements
from trials.load_plan import plan_orders, profile
from trials.platforms.aws.lake import s3_lake
from trials.trial import ShopTarget, check_until_settled

pytestmark = pytest.mark.plane
STACK = "aws-trial"
SKUS = ("PEN-01", "MUG-01", "NOTE-01")
# A start costs a processor's second, and eight functions start at once: two cores have no more for customers than this.
RATE, SEED, MOST_SECONDS, SETTLE_SECONDS, FOLLOW_SECONDS = 1.0, 5, 200.0, 150.0, 1.0
PROBE_SECONDS = 1.0
VISIBILITY = 300
# Every function begins anew at once, on a machine that runs other tests: as slow a start as this is sized for.
SIZED = {"cold_start_seconds: 2": "cold_start_seconds: 8"}


@dataclass
class Change:
    """What a change did, in the middle of the sales."""

    name: str
    changes: Mapping[str, int]
    began: float
    ended: float
    live: Mapping[str, str]
    """The version that each function's alias points to."""
    code: str
    """The hash of the code behind the alias of `checkout`."""
    visibility: str
    """Seconds, of the queue of payments."""


@dataclass
class Rolled:
    """What came of it all."""

    before: Change
    changes: list[Change]
    course: Measurements
    report: TrialReport
    ledger: Path
    probes: list[tuple[int, str]] = field(default_factory=list)
    """Status and version of each look at what runs."""


class Release:
    """A project whose shop and stack are a copy, so that another version of them can be deployed."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.parts = shop.root / "stacks" / "aws" / "parts.py"
        self.code = shop.root / "apps" / "shop" / "application" / "place_order.py"
        self.settings = shop.settings(STACK)
        shop.edit_settings(STACK, lambda text: substitute(text, SIZED))
        self.first = {file: file.read_text() for file in (self.parts, self.code, self.settings)}

    def new_code(self) -> None:
        self.parts.write_text(self.first[self.parts].replace('"SHOP_VERSION": "1"', '"SHOP_VERSION": "2"'))
        self.code.write_text(self.first[self.code] + "\n# The second release.\n")

    def another_queue(self) -> None:
        new = f"payment: {{max_receive_count: 3, visibility_timeout_seconds: {VISIBILITY}}}"
        changed = substitute(self.first[self.settings], {"payment: {max_receive_count: 3}": new})
        self.settings.write_text(changed)

    def back(self) -> None:
        for file, text in self.first.items():
            file.write_text(text)

    def up(self, name: str) -> Change:
        began = time.time()
        changes = self.shop.json("up", "--stack", STACK, "--engine", "embedded", "--no-verify")["changes"]
        ended, outputs = time.time(), self.shop.json("outputs", "--stack", STACK)
        functions = self.shop.client("lambda")
        live = {n: functions.get_alias(FunctionName=f, Name="live") for n, f in outputs["functionNames"].items()}
        running = functions.get_function_configuration(
            FunctionName=outputs["functionNames"]["checkout"], Qualifier="live"
        )
        queue = self.shop.client("sqs").get_queue_attributes(
            QueueUrl=outputs["queueUrls"]["payment"], AttributeNames=["VisibilityTimeout"]
        )
        versions = {n: str(alias["FunctionVersion"]) for n, alias in live.items()}
        visibility = queue["Attributes"]["VisibilityTimeout"]
        return Change(name, changes, began, ended, versions, running["CodeSha256"], visibility)


@pytest.fixture(scope="module")
def rolled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolled]:
    root = tmp_path_factory.mktemp("rolling")
    with pytest.MonkeyPatch.context() as patch, copied(root) as shop:
        editable(root)
        patch.setenv("PYTHONPATH", str(root))
        release = Release(shop)
        before = release.up("first")
        target = target_of(shop)
        target.operate("seed")
        yield roll(release, before, target, root / "ledger.jsonl")


def editable(root: Path) -> None:
    """The shop and its stack as files of the copied project; the layer, which does not change, is built once."""
    for package in ("apps", "stacks"):
        shutil.copytree(ROOT / package, root / package, dirs_exist_ok=True)
    for file in ("pyproject.toml", "uv.lock"):
        shutil.copy(ROOT / file, root)
    (root / ".scaleshop").mkdir(mode=0o700)
    (ROOT / ".scaleshop" / "build").mkdir(mode=0o700, parents=True, exist_ok=True)
    (root / ".scaleshop" / "build").symlink_to(ROOT / ".scaleshop" / "build")


def target_of(shop: Shop) -> ShopTarget:
    outputs = shop.json("outputs", "--stack", STACK)

    def operate(action: str, **arguments: Any) -> Mapping[str, Any]:
        payload = json.dumps({"action": action, **arguments})
        answer = shop.client("lambda").invoke(FunctionName=outputs["opsFunctionName"], Payload=payload)
        return json.loads(answer["Payload"].read())

    lake = outputs["lake"]
    analytics = s3_lake(shop.client("s3"), lake["bucketName"], float(lake["bufferSeconds"]))
    return ShopTarget(outputs["apiUrl"], operate, SKUS, lake=analytics)


def roll(release: Release, before: Change, target: ShopTarget, file: Path) -> Rolled:
    """Customers buy for as long as the changes take, and one looks all the time which version answers."""
    done, changes, probes = threading.Event(), list[Change](), list[tuple[int, str]]()

    def change() -> None:
        try:
            for name in ("new_code", "another_queue", "back"):
                getattr(release, name)()
                changes.append(release.up(name))
        finally:
            done.set()

    def probe() -> None:
        with httpx.Client(base_url=target.base_url, trust_env=False, verify=NO_CERTIFICATES, timeout=30) as http:
            while not done.wait(PROBE_SECONDS):
                answer = http.get("/v1/meta")
                probes.append((answer.status_code, answer.json().get("version", "")))

    about = TrialRun(uuid.uuid4().hex[:12], SEED, target.base_url, time.time())
    planned = plan_orders(profile("steady"), seed=SEED, run=about.run, seconds=MOST_SECONDS, rate=RATE, skus=SKUS)
    # Cards that need a second try would only be waited for: what a change does to deliveries is the matter here.
    sold = (dataclasses.replace(order, payment="ok") for order in planned)
    flowing = itertools.takewhile(lambda _: not done.is_set(), sold)
    with LedgerWriter(file, about) as written, ThreadPoolExecutor(2) as threads:
        running = [threads.submit(change), threads.submit(probe)]
        crowd = LoadGenerator(target.base_url, written, seed=SEED, follow_seconds=FOLLOW_SECONDS)
        course = asyncio.run(crowd.send(flowing, lambda *_: None))
    for work in running:
        work.result()
    _, report, _ = check_until_settled(target, file, lambda _: None, seconds=SETTLE_SECONDS)
    return Rolled(before, changes, course, report, file, probes)


def test_new_code_a_changed_queue_and_the_way_back_are_deployed(rolled: Rolled) -> None:
    first, (code, queue, back) = rolled.before, rolled.changes
    moved = {name for name in first.live if first.live[name] != code.live[name]}
    assert moved == set(first.live), "every function has the new code"
    assert code.code != first.code
    assert (code.visibility, queue.visibility, back.visibility) == (first.visibility, str(VISIBILITY), first.visibility)
    assert queue.live == code.live
    assert queue.changes["update"] == 1
    assert back.code == first.code
    assert all(back.live[name] != queue.live[name] for name in first.live)


def test_orders_flow_during_each_change(rolled: Rolled) -> None:
    accepted = [line["at"] for line in read_lines(rolled.ledger) if line["line"] == "answer" and line["status"] == 202]
    for change in rolled.changes:
        assert sum(change.began < at < change.ended for at in accepted) >= 3, change.name


def test_no_request_fails(rolled: Rolled) -> None:
    assert Counter(sample.status for sample in rolled.course.samples).keys() == {202}
    assert {status for status, _ in rolled.probes} == {200}
    outcomes = parse_ledger(read_lines(rolled.ledger)).outcomes
    assert (outcomes["failed"], outcomes["ambiguous"], outcomes["shed"]) == (0, 0, 0)


def test_who_asks_sees_the_new_version_and_then_the_old_one_again(rolled: Rolled) -> None:
    versions = [version for version, _ in itertools.groupby(version for _, version in rolled.probes)]
    assert versions in (["1", "2", "1"], ["1", "2"])  # the last look may be before the way back


def test_no_order_is_lost_and_every_invariant_holds(rolled: Rolled) -> None:
    failed = {j.title: list(j.first) for j in rolled.report.verdicts if j.outcome == "fail"}
    assert failed == {}
    assert rolled.report.passed
    assert rolled.report.accepted > 20
