"""The serverless AWS architecture, in the order in which a request flows."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from components.archive import store, tree, zip_bytes
from components.aws import (
    AlarmTopic,
    EventBus,
    EventLake,
    EventSubscription,
    FunctionLayer,
    HttpApi,
    KeyValueTable,
    LambdaSchedule,
    LambdaService,
    OperationsDashboard,
    OutboxRelay,
    SpendBudget,
    StaticSite,
)
from components.aws.api import ApiDomainArgs, JwtArgs
from components.aws.iam import Statement
from components.aws.table import KeyValueTableArgs
from components.layer import dependency_archive, pinned_requirements
from stacks.edge import OriginSecret, web_acl
from stacks.settings import AwsSettings
from stacks.sizing import Bounds, derive

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".scaleshop" / "build"

EVENTS: Mapping[str, Sequence[str]] = {
    "orders": (
        "shop.stock.reserved.v1",
        "shop.stock.rejected.v1",
        "shop.payment.captured.v1",
        "shop.payment.declined.v1",
    ),
    "inventory": ("shop.order.placed.v1", "shop.order.confirmed.v1", "shop.order.cancelled.v1"),
    "payment": ("shop.order.placed.v1", "shop.stock.reserved.v1", "shop.order.cancelled.v1"),
}
BROWSING = ("GET /v1/products", "GET /v1/products/{sku}", "GET /v1/products/{sku}/availability")
PROBES = ("GET /healthz", "GET /readyz", "GET /v1/meta")
ORDERING = ("POST /v1/orders", "GET /v1/orders", "GET /v1/orders/{order_id}", "POST /v1/orders/{order_id}/cancel")


class Watched(TypedDict):
    """What every part with alarms is given."""

    alarm_topic_arn: Output[str]
    tags: Mapping[str, str]


def build(settings: AwsSettings, *, origin_verify: Output[str] | None) -> Mapping[str, Input[Any]]:
    """Everything there is, and the outputs that operators need."""
    bounds = derive(settings.sizing)
    region, account = aws.get_region_output().region, aws.get_caller_identity_output().account_id
    tags = {
        "owner": settings.owner,
        "env": settings.environment,
        "service": "shop",
        "cost-center": settings.cost_center,
    }
    alarms = AlarmTopic("alarms", {"emails": settings.alarm_emails, "account_id": account, "tags": tags})
    watched: Watched = {"alarm_topic_arn": alarms.arn, "tags": tags}

    # What the shop remembers, and how it tells.
    tables = _tables(settings, bounds, watched)
    bus = EventBus("shop", {"archive_days": settings.archive_days, "tags": tags})
    secret = OriginSecret.of(settings, origin_verify, tags)

    # What runs. Each function may do what its line says and nothing else.
    layer = FunctionLayer(
        "dependencies", {"archive": _dependencies(), "description": "What the shop's functions import"}
    )
    function = _Functions(settings, bounds, tables, bus, layer, watched)
    catalog = function("catalog", [tables["catalog"].grant_read(), tables["inventory"].grant("GetItem")])
    checkout = function(
        "checkout",
        [
            tables["catalog"].grant("BatchGetItem", "GetItem"),
            tables["orders"].grant("GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query"),
            *secret.grants,
        ],
        environment=secret.environment,
        reserved=bounds.get("checkout.reserved_concurrency"),
        warm=settings.provisioned_concurrency,
    )
    writes = ("BatchGetItem", "GetItem", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem", "Query")
    own = {"orders": "orders", "inventory": "inventory", "payment": "payments"}
    workers = {
        name: function(name, [tables[own[name]].grant(*writes)], reserved=bounds.get(f"{name}.reserved_concurrency"))
        for name in own
    }
    marks = [tables[name].grant("UpdateItem") for name in own.values()]
    relay = function("relay", [bus.grant_put(), *marks])
    upkeep = [tables[name].grant(*writes) for name in own.values()]
    sweeper = function("sweeper", [bus.grant_put(), *upkeep])

    # Browser -> CloudFront -> API -> catalog, checkout.
    api = HttpApi(
        "api",
        {
            "functions": {
                "catalog": _behind_api(catalog, bounds, [*BROWSING, *PROBES], public=[*BROWSING, *PROBES]),
                "checkout": _behind_api(checkout, bounds, ORDERING),
            },
            "throttle": {"rate": bounds["api.rate_limit"], "burst": bounds["api.burst_limit"]},
            "route_throttles": {
                "POST /v1/orders": {"rate": bounds["checkout.rate_limit"], "burst": bounds["checkout.burst_limit"]}
            },
            "jwt": _jwt(settings),
            "domain": _domain(settings),
            "log_retention_days": settings.log_retention_days,
            **watched,
        },
    )
    site = StaticSite(
        "storefront",
        {
            "directory": str(ROOT / "apps" / "storefront"),
            "api_url": api.url,
            "price_class": settings.edge.price_class,
            "force_destroy": settings.ephemeral,
            "origin_header": secret.header,
            "web_acl_arn": web_acl(settings, tags),
            "tags": tags,
        },
    )

    # Table -> stream -> relay -> bus -> queue -> worker.
    outboxes = {name: tables[name].stream_arn for name in own.values()}
    OutboxRelay(
        "relay-streams",
        {
            "streams": outboxes,
            "function_alias_arn": relay.alias_arn,
            "function_name": relay.function_name,
            "function_role_name": relay.role_name,
            "force_destroy": settings.ephemeral,
            **watched,
        },
    )
    consumers = {name: _consumer(name, settings, bounds, bus, worker, watched) for name, worker in workers.items()}
    EventLake(
        "lake",
        {
            "bus_name": bus.name,
            "source_prefix": "shop.",
            "log_retention_days": settings.log_retention_days,
            "force_destroy": settings.ephemeral,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            "tags": tags,
        },
    )

    # What heals, what operators call, what tells them.
    LambdaSchedule(
        "sweep",
        {
            "expression": "rate(1 minute)",
            "function_alias_arn": sweeper.alias_arn,
            "account_id": account,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            **watched,
        },
    )
    queues = {n: {"url": c.queue_url, "dead_letter_url": c.dead_letter_url} for n, c in consumers.items()}
    ops = function(
        "ops",
        [
            tables["catalog"].grant("GetItem", "PutItem", "Query"),
            bus.grant_put(),
            *upkeep,
            *[table.grant("Scan") for table in tables.values()],
            *[consumer.queue.grant_redrive() for consumer in consumers.values()],
        ],
        environment={"QUEUE_URLS": Output.json_dumps(queues)},
    )
    functions = {"catalog": catalog, "checkout": checkout, **workers, "relay": relay, "sweeper": sweeper, "ops": ops}
    OperationsDashboard(
        "overview",
        {
            "region": region,
            "api_id": api.api_id,
            "functions": {name: f.function_name for name, f in functions.items()},
            "queues": {name: c.queue_name for name, c in consumers.items()},
            "dead_letters": {name: c.dead_letter_name for name, c in consumers.items()},
            "tables": {name: t.name for name, t in tables.items()},
        },
    )
    SpendBudget(
        "spend",
        {"monthly_usd": settings.budget_usd, "alarm_topic_arn": alarms.arn, "service_tag": "shop", "tags": tags},
    )
    return {
        "architecture": "aws",
        "region": region,
        "apiUrl": api.url,
        "apiDomainTarget": api.domain_target,
        "storefrontUrl": site.url,
        "busName": bus.name,
        "opsFunctionName": ops.function_name,
        "functionNames": {name: f.function_name for name, f in functions.items()},
        "logGroups": {name: f.log_group_name for name, f in functions.items()},
        "queueUrls": {name: c.queue_url for name, c in consumers.items()},
        "deadLetterQueues": {name: c.dead_letter_url for name, c in consumers.items()},
        "tableNames": {name: t.name for name, t in tables.items()},
    }


def _tables(settings: AwsSettings, bounds: Bounds, watched: Watched) -> dict[str, KeyValueTable]:
    common: KeyValueTableArgs = {"deletion_protection": not settings.ephemeral, **watched}
    due = {"due": {"hash_key": "due_shard", "range_key": "due_at"}}
    customer = {"customer": {"hash_key": "customer_id", "range_key": "placed_at"}}

    def table(name: str, indexes: Mapping[str, Any]) -> KeyValueTable:
        cap = bounds[f"{name}.max_write_units"]
        return KeyValueTable(name, {"stream": True, "indexes": indexes, "max_write_units": cap, **common})

    return {
        "catalog": KeyValueTable("catalog-items", common),
        "orders": table("orders", {**customer, **due}),
        "inventory": table("inventory", due),
        "payments": table("payments", due),
    }


class _Functions:
    """Makes the shop's functions, which differ in their rights and little else."""

    def __init__(
        self,
        settings: AwsSettings,
        bounds: Bounds,
        tables: Mapping[str, KeyValueTable],
        bus: EventBus,
        layer: FunctionLayer,
        watched: Watched,
    ) -> None:
        files = tree(ROOT / "apps", prefix="apps/", include=("*.py", "*.json", "*.yaml"))
        self.code = pulumi.FileArchive(str(store(zip_bytes(files), BUILD, "shop")))
        self.settings, self.bounds, self.layer, self.watched = settings, bounds, layer, watched
        rules = settings.rules
        self.environment: dict[str, Input[str]] = {
            "SHOP_PLATFORM": "aws",
            "SHOP_VERSION": "1",
            **{f"{name.upper()}_TABLE": table.name for name, table in tables.items()},
            "EVENT_BUS": bus.name,
            "AUTH_MODE": "jwt" if settings.edge.jwt else "header",
            "RESERVATION_TTL_SECONDS": str(rules.reservation_ttl_seconds),
            "ORDER_DEADLINE_SECONDS": str(rules.order_deadline_seconds),
            "OUTBOX_RESEND_AFTER_SECONDS": str(rules.outbox_resend_after_seconds),
            "PAYMENT_SLOW_SECONDS": f"{rules.payment_slow_seconds:g}",
            "MAX_PENDING_ORDERS": str(bounds["admission.max_pending"]),
            "FAULTS_ENABLED": str(rules.faults_enabled).lower(),
        }

    def __call__(
        self,
        name: str,
        permissions: Sequence[Input[Statement]],
        *,
        environment: Mapping[str, Input[str]] | None = None,
        reserved: int | None = None,
        warm: int = 0,
    ) -> LambdaService:
        timeout = "http.timeout" if name in ("catalog", "checkout") else "worker.timeout"
        return LambdaService(
            name,
            {
                "code": self.code,
                "handler": f"apps.shop.entrypoints.aws_lambda.{name}.handler",
                "layers": [self.layer.arn],
                "environment": {**self.environment, "POWERTOOLS_SERVICE_NAME": name, **(environment or {})},
                "permissions": permissions,
                "timeout": self.bounds[timeout],
                "memory_mb": self.settings.memory_mb,
                "log_retention_days": self.settings.log_retention_days,
                "provisioned_concurrency": warm,
                "reserved_concurrency": reserved,
                "permissions_boundary_arn": self.settings.permissions_boundary_arn,
                **self.watched,
            },
        )


def _consumer(
    name: str,
    settings: AwsSettings,
    bounds: Bounds,
    bus: EventBus,
    worker: LambdaService,
    watched: Watched,
) -> EventSubscription:
    queue = settings.queue(name)
    return EventSubscription(
        f"{name}-events",
        {
            "bus_name": bus.name,
            "detail_types": EVENTS[name],
            "function_alias_arn": worker.alias_arn,
            "function_role_name": worker.role_name,
            "function_timeout": bounds["worker.timeout"],
            "visibility_timeout": queue.visibility_timeout_seconds or bounds["queue.visibility_timeout"],
            "max_receive_count": queue.max_receive_count,
            "batch_size": settings.sizing.batch_size,
            "maximum_concurrency": bounds[f"{name}.maximum_concurrency"],
            "reserved_concurrency": bounds.get(f"{name}.reserved_concurrency"),
            **watched,
        },
    )


def _behind_api(service: LambdaService, bounds: Bounds, routes: Sequence[str], public: Sequence[str] = ()) -> Any:
    return {
        "invoke_arn": service.invoke_arn,
        "function_name": service.function_name,
        "alias_name": service.alias_name,
        "timeout": bounds["http.timeout"],
        "routes": routes,
        "public_routes": public,
    }


def _jwt(settings: AwsSettings) -> JwtArgs | None:
    jwt = settings.edge.jwt
    return None if jwt is None else {"issuer": jwt.issuer, "audience": jwt.audience}


def _domain(settings: AwsSettings) -> ApiDomainArgs | None:
    domain = settings.edge.domain
    return None if domain is None else {"name": domain.name, "certificate_arn": domain.certificate_arn}


def _dependencies() -> pulumi.FileArchive:
    return pulumi.FileArchive(str(dependency_archive(pinned_requirements(ROOT, "lambda"), BUILD)))
