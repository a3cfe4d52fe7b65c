"""The settings of a stack, checked once where they are read: frozen models that name every bad field with its fix."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from policies.predicates.aws.queues import VISIBILITY_FACTOR, visibility_needed
from stacks.aws.sizing import CONSUMERS, AwsSizing, Consumer, derive
from stacks.settings import SettingsModel, validate

# The values CloudWatch Logs takes:
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RetentionDays = Literal[1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731]
Arn = Annotated[str, Field(pattern=r"^arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:\d{0,12}:.+$")]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]


class Jwt(SettingsModel):
    """Who signs customers' tokens."""

    issuer: str = Field(pattern=r"^https://")
    """The issuer's URL, as in the token's `iss`."""
    audience: list[str] = Field(min_length=1)
    """Accepted `aud` values."""


class Domain(SettingsModel):
    """A name of your own in front of the API."""

    name: str = Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    """The API's host name, e.g. api.example.com."""
    certificate_arn: Arn
    """Its certificate in the stack's region."""


class EdgeSettings(SettingsModel):
    """What stands between the internet and the functions."""

    jwt: Jwt | None = None
    """The token authority; without one the header X-Customer-Id names the customer (never in prod)."""
    domain: Domain | None = None
    """A custom domain; with one the execute-api address is disabled."""
    origin_verify: bool = False
    """Accept only requests that carry CloudFront's secret header (config secret scaleshop:originVerify, two values)."""
    web_acl: bool = False
    """A web ACL with AWS's common rules and a rate limit in front of CloudFront; lives in us-east-1."""
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"
    """How many CloudFront locations serve the shop."""


class Queue(SettingsModel):
    """Overrides of one consumer's queue."""

    visibility_timeout_seconds: int | None = Field(default=None, ge=0, le=43_200)
    """Instead of the derived value; still at least 6 x the worker's timeout."""
    max_receive_count: int = Field(default=5, ge=1, le=1_000)
    """Deliveries before a message goes to the dead-letter queue."""


class Rules(SettingsModel):
    """Times and limits of the shop itself."""

    reservation_ttl_seconds: int = Field(default=300, ge=5, le=86_400)
    """How long stock stays reserved for an order that is not paid."""
    order_deadline_seconds: int = Field(default=600, ge=10, le=86_400)
    """When an order that is neither confirmed nor cancelled is cancelled."""
    outbox_resend_after_seconds: int = Field(default=60, ge=1, le=3_600)
    """Age at which the sweeper publishes an outbox item that the relay has not."""
    payment_slow_seconds: float = Field(default=2, ge=0, le=30)
    """How long the fake payment provider takes for the token `slow`."""
    faults_enabled: bool = False
    """Whether trials may inject faults through `ops`; refused in prod."""


class AwsSettings(SettingsModel):
    """The serverless AWS architecture."""

    environment: Literal["dev", "prod"]
    """Which guardrails of the settings apply."""
    owner: str = Field(min_length=1, max_length=64)
    """Tag `owner`: whom an alarm is about."""
    cost_center: str = Field(min_length=1, max_length=64)
    """Tag `cost-center`."""
    sizing: AwsSizing
    """What the shop is sized for; bounds follow from it."""
    ephemeral: bool = False
    """One switch for force-destroy, no deletion protection and the shortest deletion windows."""
    memory_mb: int = Field(default=512, ge=128, le=10_240)
    """Memory of each function; CPU grows with it."""
    log_retention_days: RetentionDays = 30
    """How long logs are kept."""
    archive_days: int = Field(default=30, ge=1, le=3_650)
    """How long the bus keeps events for a replay."""
    lake_buffer_seconds: int = Field(default=300, ge=1, le=900)
    """How long events are collected before they are written to the lake; dynamic partitioning takes no 0."""
    provisioned_concurrency: int = Field(default=0, ge=0, le=1_000)
    """Warm executions of checkout's `live` alias."""
    queues: Mapping[Consumer, Queue] = Field(default_factory=dict)
    """Overrides by consumer."""
    rules: Rules = Rules()
    """Times and limits of the shop."""
    edge: EdgeSettings = EdgeSettings()
    """Domain, tokens, firewall."""
    alarm_emails: list[Email] = Field(default_factory=list)
    """Who gets a mail when an alarm fires."""
    budget_usd: float = Field(default=50, gt=0)
    """Monthly spend that raises an alert."""
    permissions_boundary_arn: Arn | None = None
    """A boundary for every role."""

    @model_validator(mode="after")
    def _bounds_exist(self) -> "AwsSettings":
        worker = derive(self.sizing).timeouts.worker.value
        for name in CONSUMERS:
            visibility = self.queue(name).visibility_timeout_seconds
            if visibility is None:
                continue
            needed = visibility_needed(visibility=visibility, consumer_timeout=worker)
            if needed is not None:
                msg = (
                    f"queues.{name}.visibility_timeout_seconds ({visibility}) must be at least {VISIBILITY_FACTOR}x "
                    f"the worker's timeout ({worker} s); set {needed:g} or more"
                )
                raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _prod_is_guarded(self) -> "AwsSettings":
        if self.environment != "prod":
            return self
        wrong = [
            text
            for bad, text in (
                (self.ephemeral, "ephemeral must be false: it would delete data with the stack"),
                (self.rules.faults_enabled, "rules.faults_enabled must be false"),
                (self.edge.jwt is None, "edge.jwt must name an issuer: the header X-Customer-Id proves nothing"),
                (self.edge.domain is None, "edge.domain must be set, so that the execute-api address can be disabled"),
                (not self.edge.origin_verify, "edge.origin_verify must be true, so that nobody goes round CloudFront"),
                (not self.alarm_emails, "alarm_emails must name somebody"),
            )
            if bad
        ]
        if wrong:
            raise ValueError("in prod " + "; ".join(wrong))
        return self

    def queue(self, name: Consumer) -> Queue:
        """The overrides of a consumer's queue."""
        return self.queues.get(name) or Queue()


def parse(values: Mapping[str, Any], *, stack: str) -> AwsSettings:
    """The settings of a stack.

    Raises:
        SettingsError: one line for each bad field.
    """
    return validate(AwsSettings, values, stack=stack)
