"""One example per component with every option that makes a child, so that contracts see every child there can be."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pulumi
from pulumi import ResourceOptions
from recorded_plan import ACCOUNT, REGION, RecordedPlan, record

from components import load, platforms

TAGS = {"owner": "platform", "service": "shop"}
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:alarms"
ALIAS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:worker:live"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
WATCHED: dict[str, Any] = {"alarm_topic_arn": TOPIC, "tags": TAGS}
NAME = "it"
SITE = Path(__file__).parent / "site"


def components() -> dict[str, type[pulumi.ComponentResource]]:
    """Every public component by its class name."""
    return {name: load(name) for name in platforms()}


def example(component: str, *, opts: ResourceOptions | None = None, preview: bool = False) -> RecordedPlan:
    """The recorded plan of a component's example."""

    def program() -> Mapping[str, Any]:
        build(component, opts)
        return {}

    return record(program, preview=preview)


def children(plan: RecordedPlan) -> list[Any]:
    """What the plan holds besides the stack and explicit providers."""
    return [r for r in plan.resources if not r.type.startswith("pulumi:")]


def build(component: str, opts: ResourceOptions | None = None) -> pulumi.ComponentResource:
    """The component, built in the running program from its example's inputs."""
    constructor: Callable[..., pulumi.ComponentResource] = components()[component]
    return constructor(NAME, ARGS[component](), opts)


def _site() -> dict[str, Any]:
    return {
        "directory": str(SITE),
        "api_url": "https://abc123.execute-api.us-east-1.amazonaws.com",
        "origin_header": pulumi.Output.secret("one"),
        "web_acl_arn": f"arn:aws:wafv2:{REGION}:{ACCOUNT}:global/webacl/edge/1",
        "tags": TAGS,
    }


def _api() -> dict[str, Any]:
    return {
        "functions": {
            "catalog": {
                "invoke_arn": ALIAS, "function_name": "catalog", "alias_name": "live", "timeout": 6,
                "routes": ["GET /v1/products", "GET /v1/products/{sku}"], "public_routes": ["GET /v1/products"],
            },
            "checkout": {
                "invoke_arn": ALIAS, "function_name": "checkout", "alias_name": "live", "timeout": 29,
                "routes": ["POST /v1/orders"],
            },
        },
        "throttle": {"rate": 100, "burst": 200},
        "route_throttles": {"POST /v1/orders": {"rate": 10, "burst": 20}},
        "jwt": {"issuer": "https://login.example.com", "audience": ["shop"]},
        "cors_origins": ["https://shop.example.com"],
        "domain": {"name": "api.example.com", "certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"},
        **WATCHED,
    }  # fmt: skip


ARGS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "AlarmTopic": lambda: {
        "emails": ["oncall@example.com"], "webhooks": ["https://chat.example.com/hook"], "account_id": ACCOUNT,
        "tags": TAGS,
    },
    "EventBus": lambda: {"archive_days": 7, "tags": TAGS},
    "S3EventLake": lambda: {
        "bus_name": "shop", "source_prefix": "shop.", "permissions_boundary_arn": BOUNDARY, "tags": TAGS,
    },
    "EventBusSubscription": lambda: {
        "bus_name": "shop", "detail_types": ["shop.order.placed.v1"], "function_alias_arn": ALIAS,
        "function_role_name": "worker-role", "function_timeout": 10, **WATCHED,
    },
    "LambdaLayer": lambda: {"archive": pulumi.AssetArchive({"python/a.py": pulumi.StringAsset("A = 1")})},
    "HttpApi": _api,
    "DynamoTable": lambda: {
        "indexes": {"due": {"hash_key": "due_shard", "range_key": "due_at"}}, "stream": True,
        "provisioned": {"minimum": 5, "maximum": 50}, **WATCHED,
    },
    "LambdaSchedule": lambda: {
        "expression": "rate(1 minute)", "function_alias_arn": ALIAS, "account_id": ACCOUNT,
        "function_name": "sweeper", "function_role_name": "sweeper-role",
        "permissions_boundary_arn": BOUNDARY, **WATCHED,
    },
    "LambdaService": lambda: {
        "code": pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, _): return event")}),
        "handler": "app.handler", "provisioned_concurrency": 2, "reserved_concurrency": 10,
        "permissions_boundary_arn": BOUNDARY, **WATCHED,
    },
    "CloudWatchDashboard": lambda: {
        "region": REGION, "api_id": "abc123", "functions": {"checkout": "checkout-fn"},
        "queues": {"orders": "orders-queue"}, "dead_letters": {"orders": "orders-dlq"},
        "tables": {"orders": "orders-table"}, "tags": TAGS,
    },
    "DynamoStreamRelay": lambda: {
        "streams": {
            table: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}/stream/1" for table in ("orders", "payments")
        },
        "function_alias_arn": ALIAS, "function_name": "relay", "function_role_name": "relay-role", **WATCHED,
    },
    "AwsBudget": lambda: {"monthly_usd": 50, "alarm_topic_arn": TOPIC, "service_tag": "shop", "tags": TAGS},
    "CloudFrontSite": _site,
    "SqsQueue": lambda: {"consumer_timeout": 10, "senders": {"events.amazonaws.com": TOPIC}, **WATCHED},
}  # fmt: skip
