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
BUS = {"name": "shop", "arn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/shop"}
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


def _function(name: str, *, timeout: int = 10) -> dict[str, Any]:
    return {
        "alias_arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}:live", "alias_name": "live",
        "function_name": name, "role_name": f"{name}-role", "timeout": timeout,
    }  # fmt: skip


def _table(name: str) -> dict[str, Any]:
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}"
    return {"name": name, "arn": arn, "stream_arn": f"{arn}/stream/1"}


def _queue(name: str) -> dict[str, Any]:
    url, arn = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}", f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    dead = {"dead_letter_url": f"{url}-dlq", "dead_letter_arn": f"{arn}-dlq", "dead_letter_name": f"{name}-dlq"}
    return {"url": url, "arn": arn, "name": name, **dead}


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
                "function": _function("catalog", timeout=6),
                "routes": ["GET /v1/products", "GET /v1/products/{sku}"], "public_routes": ["GET /v1/products"],
            },
            "checkout": {
                "function": _function("checkout", timeout=29),
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
        "bus": BUS, "source_prefix": "shop.", "permissions_boundary_arn": BOUNDARY, "tags": TAGS,
    },
    "EventBusSubscription": lambda: {
        "bus": BUS, "detail_types": ["shop.order.placed.v1"], "function": _function("worker"), **WATCHED,
    },
    "LambdaLayer": lambda: {"archive": pulumi.AssetArchive({"python/a.py": pulumi.StringAsset("A = 1")})},
    "HttpApi": _api,
    "DynamoTable": lambda: {
        "indexes": {"due": {"hash_key": "due_shard", "range_key": "due_at"}}, "stream": True,
        "provisioned": {"minimum": 5, "maximum": 50}, **WATCHED,
    },
    "LambdaSchedule": lambda: {
        "expression": "rate(1 minute)", "function": _function("sweeper"), "account_id": ACCOUNT,
        "permissions_boundary_arn": BOUNDARY, **WATCHED,
    },
    "LambdaService": lambda: {
        "code": pulumi.AssetArchive({"app.py": pulumi.StringAsset("def handler(event, _): return event")}),
        "handler": "app.handler", "provisioned_concurrency": 2, "reserved_concurrency": 10,
        "permissions_boundary_arn": BOUNDARY, **WATCHED,
    },
    "CloudWatchDashboard": lambda: {
        "region": REGION, "api": {"api_id": "abc123", "url": "https://api.example.com"},
        "functions": {"checkout": _function("checkout")}, "queues": {"orders": _queue("orders")},
        "tables": {"orders": _table("orders")}, "tags": TAGS,
    },
    "DynamoStreamRelay": lambda: {
        "tables": {name: _table(name) for name in ("orders", "payments")}, "function": _function("relay"), **WATCHED,
    },
    "AwsBudget": lambda: {"monthly_usd": 50, "alarm_topic_arn": TOPIC, "service_tag": "shop", "tags": TAGS},
    "CloudFrontSite": _site,
    "SqsQueue": lambda: {"consumer_timeout": 10, "senders": {"events.amazonaws.com": TOPIC}, **WATCHED},
}  # fmt: skip
