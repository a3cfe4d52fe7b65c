"""Components are constructed for programs in other languages, through Pulumi's own plugin host."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from contract_examples import components
from contract_snapshots import committed
from plugin_host import STACK_URN, Host, running

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with running() as started:
        yield started


def test_the_host_serves_the_committed_schema(host: Host) -> None:
    served, then = host.schema(), committed("schema.json")
    assert served["resources"] == then["resources"]
    assert served["types"] == then["types"]


def test_a_queue_is_constructed_from_whole_numbers_that_arrive_as_floats(host: Host) -> None:
    state = host.construct("SqsQueue", "orders", {"consumerTimeout": 60.0, "maxReceiveCount": 7.0})
    made = {r.name: r for r in host.monitor.registered if r.name.startswith("orders")}
    assert made["orders"].parent == STACK_URN
    assert {r.parent.split("::")[-1] for name, r in made.items() if name != "orders"} == {"orders"}
    assert made["orders-queue"].inputs["visibilityTimeoutSeconds"] == 360
    redrive = json.loads(made["orders-redrive"].inputs["redrivePolicy"])
    assert redrive == {"deadLetterTargetArn": "arn:orders-dlq", "maxReceiveCount": 7}
    assert '"maxReceiveCount": 7}' in made["orders-redrive"].inputs["redrivePolicy"]
    assert state["url"] == "https://orders-queue"
    assert state["deadLetterArn"] == "arn:orders-dlq"


def test_an_api_is_constructed_from_nested_inputs(host: Host) -> None:
    function = {
        "aliasArn": "arn:aws:lambda:us-east-1:111122223333:function:catalog:live",
        "aliasName": "live",
        "functionName": "catalog",
        "roleName": "catalog-role",
        "timeout": 6.0,
    }
    routed = {"function": function, "routes": ["GET /v1/products"]}
    host.construct("HttpApi", "edge", {"functions": {"catalog": routed}, "throttle": {"rate": 10.0, "burst": 20.0}})
    made = {r.name: r for r in host.monitor.registered if r.name.startswith("edge")}
    assert made["edge-catalog"].inputs["timeoutMilliseconds"] == 7_000
    assert made["edge-catalog"].inputs["integrationUri"] == function["aliasArn"]
    assert made["edge-stage"].inputs["defaultRouteSettings"]["throttlingBurstLimit"] == 20
    assert made["edge-catalog-get-v1-products"].inputs["routeKey"] == "GET /v1/products"


def test_a_missing_input_names_itself(host: Host) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        host.construct("AlarmTopic", "alarms", {})
    assert refused.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert b"accountId" in b"".join(value for key, value in refused.value.trailing_metadata() if key.endswith("-bin"))


def test_a_refused_input_reaches_the_caller_with_the_fix(host: Host) -> None:
    with pytest.raises(grpc.RpcError, match=r"visibility_timeout \(30\) must be at least 6x .* set 360 or more"):
        host.construct("SqsQueue", "short", {"consumerTimeout": 60.0, "visibilityTimeout": 30.0})


@pytest.mark.pulumi_cli
@pytest.mark.skipif(shutil.which("pulumi") is None, reason="the Pulumi CLI is not on PATH")
def test_the_cli_reads_the_schema_from_this_directory(tmp_path: Path) -> None:
    done = subprocess.run(
        ["pulumi", "package", "get-schema", str(ROOT)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert set(json.loads(done.stdout)["resources"]) == {f"scaleshop:index:{name}" for name in components()}
