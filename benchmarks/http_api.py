"""Orders a second and their latency from an HTTP API through a function into a table, and through the API alone.

The emulator with its supplements and the emulator alone run at the same time and are asked in turn by the same clients,
both with IAM on, as `scaleshop up` starts them. These are figures of the emulator on this machine, not of AWS.
"""

import contextlib
import http.client
import tempfile
from collections.abc import Generator, Mapping
from dataclasses import replace
from pathlib import Path

from support.functions import function, role_for_all
from support.load import closed_loop
from support.stack import percentile

from sandbox.aws.clients import Clients
from sandbox.aws.plane import AWS_REGION, PLANE, serve_command
from sandbox.host.environments import cache_directory
from sandbox.host.supervisor import Supervisor

ROUNDS = 4
SECONDS = 1.5
WARM_SECONDS = 3.0
ORDER = """
import json, os, uuid
import boto3
database, table = boto3.client("dynamodb"), os.environ["TABLE"]

def handler(event, context):
    made = uuid.uuid4().hex
    database.put_item(TableName=table, Item={"pk": {"S": made}, "body": {"S": event["body"]}},
                      ConditionExpression="attribute_not_exists(pk)")
    print(json.dumps({"order": made}))
    return {"statusCode": 202, "body": json.dumps({"order_id": made})}
"""
NOTHING = "def handler(event, context):\n    print('heard')\n    return {'statusCode': 202, 'body': '{}'}\n"
TARGET = 1.5


def main() -> None:
    """Measure both sides in turn and print rates, latencies and ratios."""
    with tempfile.TemporaryDirectory(prefix="scaleshop-bench-") as place, contextlib.ExitStack() as stack:
        sides = {
            "alone": stack.enter_context(_side(Path(place) / "alone", alone=True)),
            "beside": stack.enter_context(_side(Path(place) / "beside", alone=False)),
        }
        for kind, source in {"order": ORDER, "nothing": NOTHING}.items():
            paths = {name: _api(clients, kind, source) for name, clients in sides.items()}
            for clients in (1, 8):
                _compared(f"{kind} x{clients}", clients, sides, paths)


def _compared(name: str, clients: int, sides: Mapping[str, Clients], paths: Mapping[str, str]) -> None:
    latencies: dict[str, list[float]] = {side: [] for side in sides}
    for side, at in sides.items():
        _round(at.endpoint, paths[side], clients, WARM_SECONDS)
    for _ in range(ROUNDS):
        for side, at in sides.items():
            latencies[side] += _round(at.endpoint, paths[side], clients, SECONDS)
    rates = {side: len(found) / (ROUNDS * SECONDS) for side, found in latencies.items()}
    for side, found in latencies.items():
        p50, p99 = (percentile([latency * 1000 for latency in found], share) for share in (50, 99))
        print(f"{name} {side:7} {rates[side]:6.0f}/s  p50 {p50:6.1f} ms  p99 {p99:6.1f} ms")
    print(f"  {rates['beside'] / rates['alone']:.1f} times the emulator alone; target {TARGET}")


def _round(endpoint: str, path: str, clients: int, seconds: float) -> list[float]:
    """Latencies of all requests that some clients make in some seconds."""

    def ask(connection: http.client.HTTPConnection) -> None:
        connection.request("POST", path, b'{"lines": []}', {"Content-Type": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 202:
            raise SystemExit(f"{path} answered {answer.status}: {body!r}")

    return closed_loop(endpoint, ask, clients=clients, seconds=seconds)


def _api(clients: Clients, kind: str, source: str) -> str:
    """The path of a new API's only route, in front of a new function."""
    role_for_all(clients)
    with contextlib.suppress(clients.dynamodb.exceptions.ResourceInUseException):
        clients.dynamodb.create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        )
    arn = function(clients, kind, source, Environment={"Variables": {"TABLE": "orders"}})
    clients.lambda_.add_permission(
        FunctionName=kind, StatementId="api", Action="lambda:InvokeFunction", Principal="apigateway.amazonaws.com"
    )
    gateway = clients.apigatewayv2
    api = gateway.create_api(Name=kind, ProtocolType="HTTP")["ApiId"]
    integration = gateway.create_integration(
        ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
    )["IntegrationId"]
    gateway.create_route(ApiId=api, RouteKey="POST /v1/orders", Target=f"integrations/{integration}")
    gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
    return f"/_aws/execute-api/{api}/$default/v1/orders"


@contextlib.contextmanager
def _side(directory: Path, *, alone: bool) -> Generator[Clients]:
    plane = PLANE
    if alone:
        plane = replace(plane, command=lambda place: [*serve_command(place), "--without", "all"], companions=())
    supervisor = Supervisor(plane, directory, cache_directory(), lambda _: None)
    try:
        status = supervisor.start()
        yield Clients(lambda: status.endpoint or "", AWS_REGION)
    finally:
        supervisor.stop()


if __name__ == "__main__":
    main()
