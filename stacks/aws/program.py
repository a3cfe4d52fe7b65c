"""The serverless AWS architecture, in the order in which a request flows."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws
from pulumi import Input, Output

from apps.contracts.routes import routes_of
from components.aws import (
    AlarmTopic,
    AwsBudget,
    CloudFrontSite,
    CloudWatchDashboard,
    DynamoStreamRelay,
    EventBus,
    HttpApi,
    LambdaLayer,
    LambdaSchedule,
    S3EventLake,
)
from stacks.aws import parts
from stacks.aws.bundle import STOREFRONT, shop_dependencies
from stacks.aws.edge import OriginSecret, web_acl
from stacks.aws.settings import AwsSettings
from stacks.aws.sizing import derive


def build(settings: AwsSettings, config: pulumi.Config) -> Mapping[str, Input[Any]]:
    """Everything there is, and the outputs that operators need; `config` has the secret `originVerify`."""
    bounds = derive(settings.sizing)
    region, account = aws.get_region_output().region, aws.get_caller_identity_output().account_id
    tags = {
        "owner": settings.owner,
        "env": settings.environment,
        "service": "shop",
        "cost-center": settings.cost_center,
    }
    alarms = AlarmTopic("alarms", {"emails": settings.alarm_emails, "account_id": account, "tags": tags})
    watched: parts.Watched = {"alarm_topic_arn": alarms.arn, "tags": tags}

    # What the shop remembers, and how it tells.
    tables = parts.tables(settings, bounds, watched)
    bus = EventBus("shop", {"archive_days": settings.archive_days, "tags": tags})
    secret = OriginSecret.of(settings, config.get_secret("originVerify"), tags)

    # What runs. Each function may do what its line says and nothing else.
    layer = LambdaLayer(
        "dependencies",
        {"archive": pulumi.FileArchive(str(shop_dependencies())), "description": "What the shop's functions import"},
    )
    function = parts.Functions(settings, bounds, tables, bus, layer, watched)
    catalog = function("catalog", [tables["catalog"].grant("GetItem", "Query"), tables["inventory"].grant("GetItem")])
    checkout = function(
        "checkout",
        [
            tables["catalog"].grant("BatchGetItem"),
            tables["orders"].grant("GetItem", "PutItem"),
            tables["orders"].grant_query("customer", "due"),
            *secret.grants,
        ],
        environment=secret.environment,
        reserved=bounds.get("checkout.reserved_concurrency"),
        warm=settings.provisioned_concurrency,
    )
    own = {"orders": "orders", "inventory": "inventory", "payment": "payments"}
    # A transaction needs the rights of its parts: a put, an update.
    applies = {
        "orders": ("GetItem", "PutItem"),
        "inventory": ("BatchGetItem", "GetItem", "PutItem", "UpdateItem"),
        "payment": ("GetItem", "PutItem"),
    }
    reserved = {name: bounds.get(f"{name}.reserved_concurrency") for name in own}
    workers = {n: function(n, [tables[own[n]].grant(*actions)], reserved=reserved[n]) for n, actions in applies.items()}
    relay = function("relay", [bus.grant_put(), *[tables[name].grant("UpdateItem") for name in own.values()]])
    upkeep = [
        bus.grant_put(),
        *[tables[name].grant_query("due") for name in own.values()],
        *[tables[name].grant("GetItem", "PutItem", "UpdateItem") for name in ("orders", "inventory")],
        tables["payments"].grant("UpdateItem"),
    ]
    sweeper = function("sweeper", upkeep)

    # Browser -> CloudFront -> API -> catalog, checkout.
    api = HttpApi(
        "api",
        {
            "functions": {
                "catalog": parts.behind_api(catalog, bounds, routes_of("catalog")),
                "checkout": parts.behind_api(checkout, bounds, routes_of("checkout")),
            },
            "throttle": {"rate": bounds["api.rate_limit"], "burst": bounds["api.burst_limit"]},
            "route_throttles": parts.route_throttles(bounds, routes_of("checkout")),
            "jwt": parts.token_authority(settings),
            "domain": parts.api_domain(settings),
            "log_retention_days": settings.log_retention_days,
            **watched,
        },
    )
    site = CloudFrontSite(
        "storefront",
        {
            "directory": str(STOREFRONT),
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
    DynamoStreamRelay(
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
    consumers = {name: parts.consumer(name, settings, bounds, bus, worker, watched) for name, worker in workers.items()}
    lake = S3EventLake(
        "lake",
        {
            "bus_name": bus.name,
            "source_prefix": "shop.",
            "buffer_seconds": settings.lake_buffer_seconds,
            "log_retention_days": settings.log_retention_days,
            "force_destroy": settings.ephemeral,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            **watched,
        },
    )

    # What heals, what operators call, what tells them.
    LambdaSchedule(
        "sweep",
        {
            "expression": "rate(1 minute)",
            "function_alias_arn": sweeper.alias_arn,
            "function_name": sweeper.function_name,
            "function_role_name": sweeper.role_name,
            "account_id": account,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            **watched,
        },
    )
    queues = {n: {"url": c.queue_url, "dead_letter_url": c.dead_letter_url} for n, c in consumers.items()}
    ops = function(
        "ops",
        [
            *upkeep,
            tables["catalog"].grant("PutItem"),
            *[tables[name].grant("Scan") for name in own.values()],
            *[statement for consumer in consumers.values() for statement in consumer.queue.grant_redrive()],
        ],
        environment={"QUEUE_URLS": Output.json_dumps(queues)},
    )
    functions = {"catalog": catalog, "checkout": checkout, **workers, "relay": relay, "sweeper": sweeper, "ops": ops}
    CloudWatchDashboard(
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
    AwsBudget(
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
        "lake": {"bucketName": lake.bucket_name, "bufferSeconds": settings.lake_buffer_seconds},
        "tableNames": {name: t.name for name, t in tables.items()},
    }
