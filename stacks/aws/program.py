"""The serverless AWS architecture, in the order in which a request flows."""

from collections.abc import Mapping, Sequence
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
    LambdaService,
    S3EventLake,
)
from components.aws.dynamo_table import DynamoAction
from stacks.aws import parts
from stacks.aws.bundle import STOREFRONT, build_dependencies
from stacks.aws.edge import OriginSecret, create_web_acl
from stacks.aws.settings import AwsSettings
from stacks.aws.sizing import Consumer, OutboxTable, derive


def build(settings: AwsSettings, config: pulumi.Config) -> Mapping[str, Input[Any]]:
    """Everything there is, and the outputs that operators need; `config` has the secret `originVerify`."""
    bounds = derive(settings.sizing)
    region, account = aws.get_region_output().region, aws.get_caller_identity_output().account_id
    about = {"owner": settings.owner, "env": settings.environment, "cost-center": settings.cost_center}
    tags = {**about, "service": "shop"}
    alarms = AlarmTopic("alarms", {"emails": settings.alarm_emails, "account_id": account, "tags": tags})
    common: parts.CommonArgs = {"alarm_topic_arn": alarms.arn, "tags": tags}

    # What the shop keeps, and where it publishes.
    tables = parts.create_tables(settings, bounds, common)
    bus = EventBus("shop", {"archive_days": settings.archive_days, "tags": tags})
    secret = OriginSecret.create(settings, config.get_secret("originVerify"), tags)

    # What runs. Each function may do what its line says and nothing else.
    layer = LambdaLayer(
        "dependencies",
        {"archive": pulumi.FileArchive(str(build_dependencies())), "description": "What the shop's functions import"},
    )
    functions = parts.ShopFunctions(settings, bounds, tables, bus, layer, common)
    catalog = functions.create(
        "catalog",
        [tables["catalog"].grant_actions("GetItem", "Query"), tables["inventory"].grant_actions("GetItem")],
    )
    checkout = functions.create(
        "checkout",
        [
            tables["catalog"].grant_actions("BatchGetItem"),
            tables["orders"].grant_actions("GetItem", "PutItem"),
            tables["orders"].grant_query("customer", "due"),
            *secret.grants,
        ],
        environment=secret.environment,
        reserved=bounds.checkout_reserved_concurrency.value,
        warm=settings.provisioned_concurrency,
    )
    # Each worker's table, and what it does there. A transaction needs the rights of its parts: a put, an update.
    applies: Mapping[Consumer, tuple[OutboxTable, Sequence[DynamoAction]]] = {
        "orders": ("orders", ("GetItem", "PutItem")),
        "inventory": ("inventory", ("BatchGetItem", "GetItem", "PutItem", "UpdateItem")),
        "payment": ("payments", ("GetItem", "PutItem")),
    }
    rights = {name: [tables[table].grant_actions(*actions)] for name, (table, actions) in applies.items()}
    rights["payment"].append(tables["orders"].grant_actions("GetItem"))  # the token of an order, which no event has
    workers: Mapping[Consumer, LambdaService] = {
        name: functions.create(name, rights[name], reserved=bounds.consumers[name].reserved_concurrency.value)
        for name in applies
    }
    outboxes = {name: tables[name] for name, _ in applies.values()}
    relay = functions.create(
        "relay", [bus.grant_publish(), *[table.grant_actions("UpdateItem") for table in outboxes.values()]]
    )
    upkeep = [
        bus.grant_publish(),
        *[table.grant_query("due") for table in outboxes.values()],
        *[tables[name].grant_actions("GetItem", "PutItem", "UpdateItem") for name in ("orders", "inventory")],
        tables["payments"].grant_actions("UpdateItem"),
    ]
    sweeper = functions.create("sweeper", upkeep)

    # Browser -> CloudFront -> API -> catalog, checkout.
    api = HttpApi(
        "api",
        {
            "functions": {
                "catalog": parts.api_function(catalog, routes_of("catalog")),
                "checkout": parts.api_function(checkout, routes_of("checkout")),
            },
            "throttle": {"rate": bounds.edge.api_rate_limit.value, "burst": bounds.edge.api_burst_limit.value},
            "route_throttles": parts.route_throttles(bounds.edge, routes_of("checkout")),
            "jwt": parts.token_authority(settings),
            "domain": parts.api_domain(settings),
            "log_retention_days": settings.log_retention_days,
            **common,
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
            "web_acl_arn": create_web_acl(settings, tags),
            "tags": tags,
        },
    )

    # Table -> stream -> relay -> bus -> queue -> worker.
    DynamoStreamRelay(
        "relay-streams",
        {
            "tables": {name: table.reference for name, table in outboxes.items()},
            "function": relay.reference,
            "force_destroy": settings.ephemeral,
            **common,
        },
    )
    consumers = {
        n: parts.create_subscription(n, settings, bounds, bus, worker, common) for n, worker in workers.items()
    }
    lake = S3EventLake(
        "lake",
        {
            "bus": bus.reference,
            "source_prefix": "shop.",
            "buffer_seconds": settings.lake_buffer_seconds,
            "log_retention_days": settings.log_retention_days,
            "force_destroy": settings.ephemeral,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            **common,
        },
    )

    # What heals, what operators call, what they look at.
    LambdaSchedule(
        "sweep",
        {
            "expression": "rate(1 minute)",
            "function": sweeper.reference,
            "account_id": account,
            "permissions_boundary_arn": settings.permissions_boundary_arn,
            **common,
        },
    )
    queues = {n: {"url": c.queue_url, "dead_letter_url": c.dead_letter_url} for n, c in consumers.items()}
    ops = functions.create(
        "ops",
        [
            *upkeep,
            tables["catalog"].grant_actions("PutItem"),
            *[table.grant_actions("Scan") for table in outboxes.values()],
            *[statement for consumer in consumers.values() for statement in consumer.queue.grant_redrive()],
        ],
        environment={"QUEUE_URLS": Output.json_dumps(queues)},
    )
    services = {"catalog": catalog, "checkout": checkout, **workers, "relay": relay, "sweeper": sweeper, "ops": ops}
    CloudWatchDashboard(
        "overview",
        {
            "region": region,
            "api": api.reference,
            "functions": {name: service.reference for name, service in services.items()},
            "queues": {name: consumer.queue.reference for name, consumer in consumers.items()},
            "tables": {name: table.reference for name, table in tables.items()},
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
        "functionNames": {name: f.function_name for name, f in services.items()},
        "logGroups": {name: f.log_group_name for name, f in services.items()},
        "queueUrls": {name: c.queue_url for name, c in consumers.items()},
        "deadLetterQueues": {name: c.dead_letter_url for name, c in consumers.items()},
        "lake": {"bucketName": lake.bucket_name, "bufferSeconds": settings.lake_buffer_seconds},
        "tableNames": {name: t.name for name, t in tables.items()},
    }
