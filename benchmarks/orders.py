"""Orders a second and their latency through the HTTP API, against the emulator's own ceiling for the same calls.

The ceiling is a function that makes the calls of an order (read the key, count what waits, read the product, write
three items in one transaction) and nothing else, behind a route of the same API and on the same data plane. Both are
asked in turn by the same clients. These are figures of the emulator on this machine, not of AWS.
"""

import json
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import httpx
from support.stack import percentile, sandboxed

from sandbox.aws.contract.fixtures.account import zip_files
from trials.ledger_facts import TERMINAL

CLIENTS = 8
REQUESTS = 20
ROUNDS = 3
SETTLE_SECONDS = 120
SKU = "MUG-01"
REGION = "us-east-1"
CEILING = """
import json, os, uuid
import boto3
database, table = boto3.client("dynamodb"), os.environ["TABLE"]

def handler(event, context):
    key = lambda name: {"pk": {"S": name}, "sk": {"S": "X"}}
    made = [uuid.uuid4().hex for _ in range(3)]
    database.get_item(TableName=table, Key=key(made[0]), ConsistentRead=True)
    database.query(TableName=table, Select="COUNT", KeyConditionExpression="pk = :p",
                   ExpressionAttributeValues={":p": {"S": "waiting"}})
    database.batch_get_item(RequestItems={table: {"Keys": [key("product")]}})
    database.transact_write_items(TransactItems=[
        {"Put": {"TableName": table, "Item": {**key(name), "body": {"S": "x" * 300}},
                 "ConditionExpression": "attribute_not_exists(pk)"}} for name in made])
    print(json.dumps({"done": made[0]}))
    return {"statusCode": 202, "body": json.dumps({"order_id": made[0]})}
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What the clients measured together."""

    seconds: float
    latencies: list[float]
    refused: int
    orders: list[str]


def main() -> None:
    """Deploy the stack, ask both in turn, and print rates, latencies and ratios."""
    with sandboxed() as deployment:
        result, _ = deployment.up()
        outputs = result.outputs
        client = _clients(deployment.endpoint)
        _seed(client("lambda"), str(outputs["opsFunctionName"]))
        url = str(outputs["apiUrl"])
        _ceiling(client, outputs)
        kinds: Mapping[str, Callable[[httpx.Client], httpx.Response]] = {"ceiling": _same_calls, "orders": _order}
        for send in kinds.values():
            _round(url, send, 3)  # cold starts
        rounds: dict[str, list[Round]] = {name: [] for name in kinds}
        settled: list[float] = []
        ends: Counter[str] = Counter()
        for _ in range(ROUNDS):
            for name, send in kinds.items():
                started = time.perf_counter()
                rounds[name].append(_round(url, send, REQUESTS))
                if name == "orders":
                    placed = rounds[name][-1].orders
                    ends.update(_settle(url, placed))
                    settled.append(len(placed) / (time.perf_counter() - started))
    rates = {name: _shown(name, found) for name, found in rounds.items()}
    print(f"orders at {rates['orders'] / rates['ceiling']:.2f} of the ceiling; {CLIENTS} clients, {ROUNDS} rounds")
    states = ", ".join(f"{number} {state}" for state, number in sorted(ends.items()))
    print(f"from the first request to the last end {min(settled):.1f} to {max(settled):.1f} orders a second: {states}")


def _shown(name: str, rounds: list[Round]) -> float:
    latencies = [seconds * 1000 for found in rounds for seconds in found.latencies]
    rate = sum(len(found.latencies) for found in rounds) / sum(found.seconds for found in rounds)
    refused = sum(found.refused for found in rounds)
    p50, p99 = percentile(latencies, 50), percentile(latencies, 99)
    count = f"{len(latencies)} requests, {refused} refused"
    print(f"{name:8} {rate:6.1f} a second  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms  {count}")
    return rate


def _round(url: str, send: Callable[[httpx.Client], httpx.Response], requests: int) -> Round:
    latencies: list[float] = []
    refused: list[int] = []
    orders: list[str] = []

    def run() -> None:
        with httpx.Client(base_url=url, timeout=60) as http:
            for _ in range(requests):
                started = time.perf_counter()
                answer = send(http)
                latencies.append(time.perf_counter() - started)
                if answer.status_code == 202:
                    orders.append(answer.json()["order_id"])
                else:
                    refused.append(answer.status_code)

    threads = [threading.Thread(target=run) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Round(time.perf_counter() - started, latencies, len(refused), orders)


def _order(http: httpx.Client) -> httpx.Response:
    body = {"lines": [{"sku": SKU, "quantity": 1}], "payment_token": "ok"}
    headers = {"Idempotency-Key": str(uuid.uuid4()), "X-Customer-Id": "benchmark"}
    return http.post("/v1/orders", json=body, headers=headers)


def _same_calls(http: httpx.Client) -> httpx.Response:
    return http.post("/ceiling", json={})


def _settle(url: str, orders: list[str]) -> Counter[str]:
    """The ends of all orders, once each has one."""
    ends: Counter[str] = Counter()
    deadline, left = time.monotonic() + SETTLE_SECONDS, list(orders)
    with httpx.Client(base_url=url, timeout=60, headers={"X-Customer-Id": "benchmark"}) as http:
        while left:
            state = http.get(f"/v1/orders/{left[-1]}").json().get("state")
            if state in TERMINAL:
                left.pop()
                ends[state] += 1
            elif time.monotonic() > deadline:
                raise SystemExit(f"{len(left)} of {len(orders)} orders had no end after {SETTLE_SECONDS} s")
            else:
                time.sleep(0.05)
    return ends


def _clients(endpoint: str) -> Callable[[str], Any]:
    keys: dict[str, Any] = {
        "aws_access_key_id": "test",
        "aws_secret_access_key": "test",
    }  # the emulator's root, on loopback
    return lambda service: boto3.client(service, region_name=REGION, endpoint_url=endpoint, **keys)


def _seed(functions: Any, name: str) -> None:
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"action": "seed"}))
    if answer.get("FunctionError"):
        raise SystemExit(answer["Payload"].read().decode())


def _ceiling(client: Callable[[str], Any], outputs: Mapping[str, Any]) -> None:
    """A function that makes an order's calls, behind the same API."""
    client("dynamodb").create_table(
        TableName="ceiling",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    checkout = client("lambda").get_function_configuration(FunctionName=outputs["functionNames"]["checkout"])
    made = client("lambda").create_function(
        FunctionName="ceiling",
        Runtime=checkout["Runtime"],
        Architectures=checkout["Architectures"],
        Role=checkout["Role"],
        Handler="ceiling.handler",
        Code={"ZipFile": zip_files({"ceiling.py": CEILING})},
        Layers=[layer["Arn"] for layer in checkout.get("Layers", [])],
        Environment={"Variables": {"TABLE": "ceiling"}},
        MemorySize=checkout["MemorySize"],
        Timeout=checkout["Timeout"],
    )
    api = client("apigatewayv2")
    api_id = next(found["ApiId"] for found in api.get_apis()["Items"])
    integration = api.create_integration(
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=made["FunctionArn"],
        PayloadFormatVersion="2.0",
    )
    api.create_route(ApiId=api_id, RouteKey="POST /ceiling", Target=f"integrations/{integration['IntegrationId']}")


if __name__ == "__main__":
    main()
