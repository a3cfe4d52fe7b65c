"""Parts of the serverless AWS architecture that come in several copies: tables, functions, consumers."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from pulumi import Input, Output

from apps.contracts.consumers import consumers
from apps.contracts.environment import as_variables
from apps.contracts.platforms.aws import AwsEnvironment, CheckoutVariables, OpsVariables
from apps.contracts.routes import ApiRoute
from components.aws import DynamoTable, EventBus, EventBusSubscription, LambdaLayer, LambdaService
from components.aws.dynamo_table import DynamoTableArgs
from components.aws.http_api import HttpApiDomainArgs, HttpApiJwtArgs, HttpApiThrottleArgs
from components.aws.iam import IamStatement
from stacks.aws.bundle import shop_code
from stacks.aws.settings import AwsSettings
from stacks.aws.sizing import Bounds

# A round of upkeep is a hundred records of each table, each with a transaction of its own.
UPKEEP_SECONDS = 60


class Watched(TypedDict):
    """What every part with alarms is given."""

    alarm_topic_arn: Output[str]
    tags: Mapping[str, str]


def tables(settings: AwsSettings, bounds: Bounds, watched: Watched) -> dict[str, DynamoTable]:
    """The shop's tables by service; those with an outbox have a stream, and an index of what is due."""
    common: DynamoTableArgs = {"deletion_protection": not settings.ephemeral, **watched}
    due = {"due": {"hash_key": "due_shard", "range_key": "due_at"}}
    customer = {"customer": {"hash_key": "customer_id", "range_key": "placed_at"}}

    def table(name: str, indexes: Mapping[str, Any]) -> DynamoTable:
        cap = bounds[f"{name}.max_write_units"]
        return DynamoTable(name, {"stream": True, "indexes": indexes, "max_write_units": cap, **common})

    return {
        "catalog": DynamoTable("catalog-items", common),
        "orders": table("orders", {**customer, **due}),
        "inventory": table("inventory", due),
        "payments": table("payments", due),
    }


class Functions:
    """Makes the shop's functions, which differ in their rights and little else."""

    def __init__(
        self,
        settings: AwsSettings,
        bounds: Bounds,
        tables: Mapping[str, DynamoTable],
        bus: EventBus,
        layer: LambdaLayer,
        watched: Watched,
    ) -> None:
        self.code = shop_code()
        self.settings, self.bounds, self.layer, self.watched = settings, bounds, layer, watched
        self.tables, self.bus = tables, bus

    def __call__(
        self,
        name: str,
        permissions: Sequence[Input[IamStatement]],
        *,
        environment: CheckoutVariables[Input[str]] | OpsVariables[Input[str]] | None = None,
        reserved: int | None = None,
        warm: int = 0,
    ) -> LambdaService:
        """The function of an entry point, with the statements of its role."""
        timeout = self.bounds["http.timeout" if name in ("catalog", "checkout") else "worker.timeout"]
        return LambdaService(
            name,
            {
                "code": self.code,
                "handler": f"apps.shop.entrypoints.aws_lambda.{name}.handler",
                "layers": [self.layer.arn],
                "environment": as_variables(self._environment(name), environment or {}),
                "permissions": permissions,
                "timeout": max(timeout, UPKEEP_SECONDS) if name in ("sweeper", "ops") else timeout,
                "memory_mb": self.settings.memory_mb,
                "log_retention_days": self.settings.log_retention_days,
                "provisioned_concurrency": warm,
                "reserved_concurrency": reserved,
                "permissions_boundary_arn": self.settings.permissions_boundary_arn,
                **self.watched,
            },
        )

    def _environment(self, name: str) -> AwsEnvironment[Input[str]]:
        rules = self.settings.rules
        return {
            "SHOP_PLATFORM": "aws",
            "SHOP_VERSION": "1",
            "CATALOG_TABLE": self.tables["catalog"].name,
            "ORDERS_TABLE": self.tables["orders"].name,
            "INVENTORY_TABLE": self.tables["inventory"].name,
            "PAYMENTS_TABLE": self.tables["payments"].name,
            "EVENT_BUS": self.bus.name,
            "AUTH_MODE": "jwt" if self.settings.edge.jwt else "header",
            "RESERVATION_TTL_SECONDS": str(rules.reservation_ttl_seconds),
            "ORDER_DEADLINE_SECONDS": str(rules.order_deadline_seconds),
            "OUTBOX_RESEND_AFTER_SECONDS": str(rules.outbox_resend_after_seconds),
            "PAYMENT_SLOW_SECONDS": f"{rules.payment_slow_seconds:g}",
            "MAX_PENDING_ORDERS": str(self.bounds["admission.max_pending"]),
            "FAULTS_ENABLED": str(rules.faults_enabled).lower(),
            "POWERTOOLS_SERVICE_NAME": name,
        }


def consumer(
    name: str,
    settings: AwsSettings,
    bounds: Bounds,
    bus: EventBus,
    worker: LambdaService,
    watched: Watched,
) -> EventBusSubscription:
    """A worker's share of the bus: rule, queue, event source."""
    queue = settings.queue(name)
    return EventBusSubscription(
        f"{name}-events",
        {
            "bus_name": bus.name,
            "detail_types": consumers()[name],
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


def route_throttles(bounds: Bounds, routes: Sequence[ApiRoute]) -> Mapping[str, HttpApiThrottleArgs]:
    """Limits of each route of the checkout: for orders what the shop is sized for, else what their customers ask."""
    placing: HttpApiThrottleArgs = {"rate": bounds["checkout.rate_limit"], "burst": bounds["checkout.burst_limit"]}
    others: HttpApiThrottleArgs = {
        "rate": bounds["checkout.read_rate_limit"],
        "burst": bounds["checkout.read_burst_limit"],
    }
    return {route.key: placing if route.operation == "placeOrder" else others for route in routes}


def behind_api(service: LambdaService, bounds: Bounds, routes: Sequence[ApiRoute]) -> Any:
    """A function as the API calls it."""
    return {
        "invoke_arn": service.invoke_arn,
        "function_name": service.function_name,
        "alias_name": service.alias_name,
        "timeout": bounds["http.timeout"],
        "routes": [route.key for route in routes],
        "public_routes": [route.key for route in routes if route.public],
    }


def token_authority(settings: AwsSettings) -> HttpApiJwtArgs | None:
    """Whose tokens the API takes, None where it takes none."""
    jwt = settings.edge.jwt
    return None if jwt is None else {"issuer": jwt.issuer, "audience": jwt.audience}


def api_domain(settings: AwsSettings) -> HttpApiDomainArgs | None:
    """The API's own host name, None where it has none."""
    domain = settings.edge.domain
    return None if domain is None else {"name": domain.name, "certificate_arn": domain.certificate_arn}
