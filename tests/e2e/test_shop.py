"""The serverless AWS architecture from the first `up` to the last `down`, through the command a user types.

One deployment serves all tests of this module; each leaves it selling.
"""

import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import psutil
import pytest
from plane_fixture import eventually
from shop_fixture import Shop, copied

from engine.state_file import read_deployment

pytestmark = pytest.mark.plane
QUEUE = "    queues:\n      payment:\n        visibility_timeout_seconds: 240\n"


@dataclass
class FirstShop(Shop):
    """A shop that knows how its first `up` went."""

    first: Any = None


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FirstShop]:
    with copied(tmp_path_factory.mktemp("shop")) as made:
        found = FirstShop(made.root)
        found.first = found.json("up", "--engine", "embedded")
        yield found


def test_up_sells_and_every_verdict_is_a_pass(shop: FirstShop) -> None:
    first = shop.first
    assert {v["outcome"] for v in first["verdicts"]} == {"pass"}
    assert len(first["verdicts"]) >= 8
    assert first["changes"].keys() == {"create"}
    assert 100 <= first["changes"]["create"] <= 250


def test_a_second_up_changes_nothing(shop: FirstShop) -> None:
    assert shop.up()["changes"].keys() == {"same"}


def test_the_storefront_and_the_api_answer_under_one_address_with_security_headers(shop: FirstShop) -> None:
    host = shop.outputs["storefrontUrl"].removeprefix("https://")
    page = httpx.get(shop.endpoint, headers={"Host": host})
    products = httpx.get(f"{shop.endpoint}/v1/products", headers={"Host": host})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert products.json()["items"]
    assert httpx.get(f"{shop.endpoint}/no-such-page", headers={"Host": host}).status_code in (403, 404)


def test_the_files_bucket_is_closed_to_everybody_but_the_distribution(shop: FirstShop) -> None:
    found = [r["Name"] for r in shop.client("s3").list_buckets()["Buckets"] if "storefront" in r["Name"]]
    policy = json.loads(shop.client("s3").get_bucket_policy(Bucket=found[0])["Policy"])
    allowed = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    assert [s["Principal"] for s in allowed] == [{"Service": "cloudfront.amazonaws.com"}]


def test_an_order_is_placed_and_followed_from_the_console(shop: FirstShop) -> None:
    key = str(uuid.uuid4())
    ended = shop.json("order", "--sku", "PEN-01", "--quantity", "3", "--key", key)
    assert (ended["state"], ended["total_minor"]) == ("CONFIRMED", 3 * 349 + 499)
    assert shop.json("order", "--sku", "PEN-01", "--quantity", "3", "--key", key)["order_id"] == ended["order_id"]
    assert "422 key_reused" in shop.run("order", "--sku", "PEN-01", "--key", key, code=1)
    assert "422 unknown_sku" in shop.run("order", "--sku", "NO-SUCH", code=1)


def test_every_route_answers_generated_requests_as_documented(shop: FirstShop) -> None:
    said = shop.json("verify", "--contract-only", "--fuzz", "12", "--seed", "3")
    fuzzed = [v for v in said["verdicts"] if v["check"].endswith("answers as documented")]
    assert {v["check"]: v["detail"] for v in fuzzed if v["outcome"] != "pass"} == {}
    assert len(fuzzed) == 10


def test_functions_log_where_the_command_looks(shop: FirstShop) -> None:
    shop.run("order", "--sku", "PEN-01")
    lines = [json.loads(line) for line in shop.run("logs", "checkout", "--json").splitlines()]
    assert any('"path":"/v1/orders"' in line["message"] for line in lines)
    assert "payment_token" not in json.dumps(lines)


def test_a_changed_setting_touches_exactly_what_it_is_about(shop: FirstShop) -> None:
    shop.edit_settings("aws-dev", lambda text: text + QUEUE)
    try:
        planned = shop.json("preview", "--engine", "embedded")
        changed = [s["urn"].rpartition("::")[2] for s in planned["steps"] if s["op"] not in ("same", "read")]
        assert changed == ["payment-events-work-queue"]
        shown = shop.run("preview", "--engine", "embedded")
        assert "visibilityTimeoutSeconds: 36 -> 240" in shown
        assert "1 to update" in shown
        assert shop.up()["changes"]["update"] == 1
        url = shop.outputs["queueUrls"]["payment"]
        found = shop.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
        assert found["Attributes"]["VisibilityTimeout"] == "240"
    finally:
        shop.edit_settings("aws-dev", lambda text: text.split("    queues:")[0])
        shop.up()


def test_a_queue_deleted_behind_the_stacks_back_is_seen_and_repaired(shop: FirstShop) -> None:
    shop.client("sqs").delete_queue(QueueUrl=shop.outputs["queueUrls"]["payment"])
    drift = shop.json("refresh", "--engine", "embedded")["drift"]
    assert [d["op"] for d in drift if d["urn"].endswith("::payment-events-work-queue")] == ["delete"]
    assert shop.up()["changes"]["create"] >= 1
    assert shop.json("order", "--sku", "PEN-01")["state"] == "CONFIRMED"


def test_a_setting_changed_behind_the_stacks_back_is_seen_and_repaired(shop: FirstShop) -> None:
    url = shop.outputs["queueUrls"]["orders"]
    shop.client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7"})
    (drift,) = shop.json("refresh", "--engine", "embedded")["drift"]
    assert (drift["op"], drift["properties"]) == ("update", ["visibilityTimeoutSeconds"])
    assert shop.up()["changes"]["update"] == 1


def test_dead_letters_are_shown_and_sent_back(shop: FirstShop) -> None:
    order_id = shop.json("order", "--sku", "PEN-01")["order_id"]
    letter = {"detail": {"type": "shop.stock.reserved.v1", "subject": order_id, "id": str(uuid.uuid4())}}
    dead = shop.outputs["deadLetterQueues"]["orders"]
    shop.client("sqs").send_message(QueueUrl=dead, MessageBody=json.dumps(letter))
    shown = shop.json("redrive", "orders", "--dry-run")
    assert [shown["found"], shown["moved"], shown["letters"][0]["order_id"]] == [1, 0, order_id]
    assert eventually(lambda: shop.json("redrive", "orders")["moved"], "a dead letter", seconds=30) == 1
    assert "No queue 'nope'; there are: inventory, orders, payment." in shop.run("redrive", "nope", code=2)


def test_a_function_that_raises_at_import_fails_the_verdict_and_names_its_log(shop: FirstShop) -> None:
    name = shop.outputs["functionNames"]["checkout"]
    client = shop.client("lambda")
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    broken = {**variables, "MAX_PENDING_ORDERS": "many"}
    client.update_function_configuration(FunctionName=name, Environment={"Variables": broken})
    version = client.publish_version(FunctionName=name)["Version"]
    client.update_alias(FunctionName=name, Name="live", FunctionVersion=version)
    try:
        said = shop.run("verify", "--contract-only", code=1)
        assert "scaleshop logs" in said
        shop.run("refresh", "--engine", "embedded")
    finally:
        shop.up()
    assert shop.json("order", "--sku", "PEN-01")["state"] == "CONFIRMED"


def test_a_grant_that_is_missing_fails_here_as_on_aws_and_up_restores_it(shop: FirstShop) -> None:
    iam = shop.client("iam")
    role = next(r["RoleName"] for r in iam.list_roles()["Roles"] if r["RoleName"].startswith("inventory-role"))
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    policy = next(name for name in names if name.startswith("inventory-policy"))
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    assert shop.json("order", "--sku", "PEN-01", "--seconds", "2", code=1)["state"] == "PENDING"
    (drift,) = shop.json("refresh", "--engine", "embedded")["drift"]
    assert (drift["op"], drift["urn"].rpartition("::")[2]) == ("delete", "inventory-policy")
    assert shop.up()["changes"]["create"] == 1
    assert shop.json("order", "--sku", "PEN-01")["state"] == "CONFIRMED"


def test_two_ups_at_once_do_not_fight(shop: FirstShop) -> None:
    first = shop.start("up", "--engine", "embedded", "--no-verify")
    try:
        eventually((shop.root / ".scaleshop/state/aws-dev.lock").exists, "the lock", seconds=60)
        first.send_signal(signal.SIGSTOP)  # however busy the machine is, it is at work when the second comes
        second = shop.start("up", "--engine", "embedded", "--no-verify", "--no-policies")
        messages = second.communicate(timeout=60)[1]
        assert second.returncode == 4
        assert "stack 'aws-dev' is being changed by process" in messages
    finally:
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=60)
    assert first.returncode == 0


def test_a_wrong_passphrase_is_a_state_error_and_loses_nothing(shop: FirstShop) -> None:
    path = shop.root / ".scaleshop/passphrase"
    kept, state = path.read_text(), shop.state.read_text()
    path.write_text("another")
    try:
        assert "passphrase" in shop.run("up", "--engine", "embedded", code=4)
        assert shop.state.read_text() == state
    finally:
        path.write_text(kept)


def test_a_state_of_another_project_is_refused(shop: FirstShop) -> None:
    state = shop.state
    kept = state.read_text()
    state.write_text(kept.replace("::scaleshop::", "::bookshop::"))
    try:
        assert "project 'bookshop'" in shop.run("destroy", "--engine", "embedded", code=4)
    finally:
        state.write_text(kept)


def test_files_with_secrets_are_the_users_alone(shop: FirstShop) -> None:
    run_dir = shop.root / ".scaleshop"
    kept = [run_dir, run_dir / "passphrase", *(run_dir / "state").glob("*.json")]
    modes = {str(path.relative_to(shop.root)): oct(path.stat().st_mode & 0o777) for path in kept}
    assert modes == {
        ".scaleshop": "0o700",
        ".scaleshop/passphrase": "0o600",
        ".scaleshop/state/aws-dev.json": "0o600",
    }


def test_a_stopped_plane_comes_back_with_what_it_had(shop: FirstShop) -> None:
    order_id = shop.json("order", "--sku", "PEN-01")["order_id"]
    shop.run("down")
    assert "does not run; `scaleshop up` starts it" in shop.run("verify", code=3)
    assert shop.up()["changes"].keys() == {"same"}
    found = httpx.get(f"{shop.outputs['apiUrl']}/v1/orders/{order_id}", headers={"X-Customer-Id": "console"})
    assert found.json()["state"] == "CONFIRMED"


def test_after_the_plane_was_killed_up_rebuilds_everything(shop: FirstShop) -> None:
    os.kill(shop.plane["pid"], signal.SIGKILL)
    eventually(lambda: shop.plane["state"] == "dead", "the end of the plane", seconds=30)
    again = shop.json("up", "--engine", "embedded")
    assert again["changes"]["create"] >= 100
    assert {v["outcome"] for v in again["verdicts"]} == {"pass"}


def test_ctrl_c_finishes_what_is_under_way_and_the_next_up_goes_on(shop: FirstShop) -> None:
    shop.run("destroy", "--engine", "embedded")
    process = shop.start("up", "--engine", "embedded", "--no-verify")
    created(shop, 10)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    state = json.loads(shop.state.read_text())
    assert 10 <= len(state["deployment"]["resources"]) < 190
    assert shop.json("up", "--engine", "embedded")["ok"]


def test_a_plane_that_dies_in_the_middle_of_up_is_named_and_up_rebuilds(shop: FirstShop) -> None:
    shop.run("destroy", "--engine", "embedded")
    pid = shop.plane["pid"]
    process = shop.start("up", "--engine", "embedded", "--no-verify")
    created(shop, 10)
    os.kill(pid, signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "`scaleshop up` starts it and rebuilds the stack" in said
    assert "Traceback" not in said
    assert {v["outcome"] for v in shop.json("up", "--engine", "embedded")["verdicts"]} == {"pass"}


def test_destroy_leaves_the_emulator_empty_and_down_leaves_no_process(shop: FirstShop) -> None:
    changes = shop.json("destroy", "--engine", "embedded")["changes"]
    assert changes.keys() == {"delete"}
    assert {name: found for name, found in left_in(shop.client).items() if found} == {}
    plane = shop.plane
    shop.run("down")
    assert not runs(plane["pid"])
    marker = str(shop.root)
    assert [
        p.pid for p in psutil.process_iter(["environ"]) if marker in ((p.info["environ"] or {}).get("TMPDIR") or "")
    ] == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(plane["endpoint"])
    assert "is not up" in shop.run("verify", code=1)


def runs(pid: int) -> bool:
    """Whether a process does anything; one that nobody has reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def created(shop: FirstShop, count: int) -> None:
    """Wait until an `up` under way has that many resources on disk."""

    def there() -> bool:
        stored = read_deployment(shop.state)
        return stored is not None and len(stored.deployment["resources"]) >= count

    eventually(there, f"{count} resources", seconds=30)


def left_in(client: Callable[[str], Any]) -> dict[str, list[Any]]:
    """What every service that the stack uses still holds."""
    calls: Mapping[str, tuple[str, str, str]] = {
        "queues": ("sqs", "list_queues", "QueueUrls"),
        "tables": ("dynamodb", "list_tables", "TableNames"),
        "functions": ("lambda", "list_functions", "Functions"),
        "layers": ("lambda", "list_layers", "Layers"),
        "mappings": ("lambda", "list_event_source_mappings", "EventSourceMappings"),
        "apis": ("apigatewayv2", "get_apis", "Items"),
        "topics": ("sns", "list_topics", "Topics"),
        "buckets": ("s3", "list_buckets", "Buckets"),
        "streams": ("firehose", "list_delivery_streams", "DeliveryStreamNames"),
        "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms"),
        "dashboards": ("cloudwatch", "list_dashboards", "DashboardEntries"),
        "log groups": ("logs", "describe_log_groups", "logGroups"),
        "schedules": ("scheduler", "list_schedules", "Schedules"),
        "archives": ("events", "list_archives", "Archives"),
        "roles": ("iam", "list_roles", "Roles"),
    }
    found = {name: getattr(client(service), call)().get(key, []) for name, (service, call, key) in calls.items()}
    buses = client("events").list_event_buses()["EventBuses"]
    found["buses"] = [bus["Name"] for bus in buses if bus["Name"] != "default"]
    found["rules"] = client("events").list_rules()["Rules"]
    found["distributions"] = client("cloudfront").list_distributions()["DistributionList"].get("Items", [])
    found["budgets"] = client("budgets").describe_budgets(AccountId="000000000000").get("Budgets", [])
    return found
