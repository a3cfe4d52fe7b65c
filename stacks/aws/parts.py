"""Parts of the serverless AWS architecture that there are several of: tables, functions, subscriptions, routes."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from pulumi import Input, Output

from apps.contracts.consumers import consumers
from apps.contracts.environment import merge_variables
from apps.contracts.platforms.aws import AwsEnvironment, CheckoutVariables, OpsVariables
from apps.contracts.routes import ApiRoute
from components.aws import DynamoTable, EventBus, EventBusSubscription, LambdaLayer, LambdaService
from components.aws.dynamo_table import DynamoIndexArgs, DynamoTableArgs
from components.aws.http_api import HttpApiDomainArgs, HttpApiThrottleArgs
from components.aws.http_api_routes import HttpApiFunctionArgs, HttpApiJwtArgs
from components.aws.iam import IamStatement
from stacks.aws.bundle import build_shop_code
from stacks.aws.settings import AwsSettings
from stacks.aws.sizing import AwsBounds, Consumer, EdgeBounds, OutboxTable

# A round of upkeep is a hundred records of each table, each with a transaction of its own.
UPKEEP_SECONDS = 60


class CommonArgs(TypedDict):
    """Inputs that every component with alarms gets."""

    alarm_topic_arn: Output[str]
    """The topic that alarms notify."""
    tags: Mapping[str, str]
    """Tags of every resource."""


def create_tables(settings: AwsSettings, bounds: AwsBounds, common: CommonArgs) -> dict[str, DynamoTable]:
    """The shop's tables by service; those with an outbox have a stream, and an index of what is due."""
    given: DynamoTableArgs = {"deletion_protection": not settings.ephemeral, **common}
    due: Mapping[str, DynamoIndexArgs] = {"due": {"hash_key": "due_shard", "range_key": "due_at"}}
    customer: Mapping[str, DynamoIndexArgs] = {"customer": {"hash_key": "customer_id", "range_key": "placed_at"}}

    def table(name: OutboxTable, indexes: Mapping[str, DynamoIndexArgs]) -> DynamoTable:
        units = bounds.max_write_units[name].value
        return DynamoTable(name, {"stream": True, "indexes": indexes, "max_write_units": units, **given})

    return {
        "catalog": DynamoTable("catalog-items", given),
        "orders": table("orders", {**customer, **due}),
        "inventory": table("inventory", due),
        "payments": table("payments", due),
    }


class ShopFunctions:
    """The shop's functions, which differ in their rights and little else."""

    def __init__(
        self,
        settings: AwsSettings,
        bounds: AwsBounds,
        tables: Mapping[str, DynamoTable],
        bus: EventBus,
        layer: LambdaLayer,
        common: CommonArgs,
    ) -> None:
        self._code = build_shop_code()
        self._settings, self._bounds, self._layer, self._common = settings, bounds, layer, common
        self._tables, self._bus = tables, bus

    def create(
        self,
        name: str,
        permissions: Sequence[Input[IamStatement]],
        *,
        environment: CheckoutVariables[Input[str]] | OpsVariables[Input[str]] | None = None,
        reserved: int | None = None,
        warm: int = 0,
    ) -> LambdaService:
        """Create the function of an entry point.

        Args:
            name: Function and entry point.
            permissions: The statements of its role.
            environment: Variables besides those that all functions have.
            reserved: Executions kept for it.
            warm: Executions kept warm.
        """
        timeouts = self._bounds.timeouts
        timeout = (timeouts.http if name in ("catalog", "checkout") else timeouts.worker).value
        return LambdaService(
            name,
            {
                "code": self._code,
                "handler": f"apps.shop.entrypoints.aws_lambda.{name}.handler",
                "layers": [self._layer.arn],
                "environment": merge_variables(self._environment(name), environment or {}),
                "permissions": permissions,
                "timeout": max(timeout, UPKEEP_SECONDS) if name in ("sweeper", "ops") else timeout,
                "memory_mb": self._settings.memory_mb,
                "log_retention_days": self._settings.log_retention_days,
                "provisioned_concurrency": warm,
                "reserved_concurrency": reserved,
                "permissions_boundary_arn": self._settings.permissions_boundary_arn,
                **self._common,
            },
        )

    def _environment(self, name: str) -> AwsEnvironment[Input[str]]:
        rules = self._settings.rules
        return {
            "SHOP_PLATFORM": "aws",
            "SHOP_VERSION": "1",
            "CATALOG_TABLE": self._tables["catalog"].name,
            "ORDERS_TABLE": self._tables["orders"].name,
            "INVENTORY_TABLE": self._tables["inventory"].name,
            "PAYMENTS_TABLE": self._tables["payments"].name,
            "EVENT_BUS": self._bus.name,
            "AUTH_MODE": "jwt" if self._settings.edge.jwt else "header",
            "RESERVATION_TTL_SECONDS": str(rules.reservation_ttl_seconds),
            "ORDER_DEADLINE_SECONDS": str(rules.order_deadline_seconds),
            "OUTBOX_RESEND_AFTER_SECONDS": str(rules.outbox_resend_after_seconds),
            "PAYMENT_SLOW_SECONDS": f"{rules.payment_slow_seconds:g}",
            "MAX_PENDING_ORDERS": str(self._bounds.edge.max_pending.value),
            "FAULTS_ENABLED": str(rules.faults_enabled).lower(),
            "POWERTOOLS_SERVICE_NAME": name,
        }


def create_subscription(
    name: Consumer,
    settings: AwsSettings,
    bounds: AwsBounds,
    bus: EventBus,
    worker: LambdaService,
    common: CommonArgs,
) -> EventBusSubscription:
    """A worker's share of the bus: rule, queue, event source."""
    queue = settings.queue(name)
    return EventBusSubscription(
        f"{name}-events",
        {
            "bus": bus.reference,
            "detail_types": consumers()[name],
            "function": worker.reference,
            "visibility_timeout": queue.visibility_timeout_seconds or bounds.timeouts.visibility.value,
            "max_receive_count": queue.max_receive_count,
            "batch_size": settings.sizing.batch_size,
            "maximum_concurrency": bounds.consumers[name].maximum_concurrency.value,
            **common,
        },
    )


def route_throttles(edge: EdgeBounds, routes: Sequence[ApiRoute]) -> Mapping[str, HttpApiThrottleArgs]:
    """Limits of each route of the checkout: for orders what the shop is sized for, else what their customers ask."""
    placing = HttpApiThrottleArgs(rate=edge.checkout_rate_limit.value, burst=edge.checkout_burst_limit.value)
    others = HttpApiThrottleArgs(rate=edge.checkout_read_rate_limit.value, burst=edge.checkout_read_burst_limit.value)
    return {route.key: placing if route.operation == "placeOrder" else others for route in routes}


def api_function(service: LambdaService, routes: Sequence[ApiRoute]) -> HttpApiFunctionArgs:
    """A function with the routes that it serves."""
    return {
        "function": service.reference,
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
