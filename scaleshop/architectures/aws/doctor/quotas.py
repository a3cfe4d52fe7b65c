"""What the sizing needs of an account's quotas, and whether the account has it."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scaleshop.doctor.findings import Finding, fail, ok, warn
from stacks.aws.settings import AwsSettings
from stacks.aws.sizing import MESSAGES_PER_ORDER, UNRESERVED_FLOOR, AwsSizing, derive

Client = Callable[[str], Any]
"""An AWS client by service name, in the stack's region."""

# More than any account has, so that a sizing without a stated quota tells what it would reserve.
UNBOUNDED = 10**9
LAMBDA_CONCURRENCY = ("lambda", "L-B99A9384")


@dataclass(frozen=True, slots=True)
class Need:
    """A quota that the sizing leans on. Codes are the same in every region."""

    name: str
    service: str
    code: str
    value: int
    unit: str
    why: str


def list_needs(sizing: AwsSizing) -> list[Need]:
    """What the account must allow besides Lambda's concurrency.

    Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html,
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html,
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    """
    bounds = derive(sizing)
    table = max(bounds.max_write_units.values(), key=lambda units: units.value)
    rate, burst = bounds.edge.api_rate_limit, bounds.edge.api_burst_limit
    events = math.ceil(sizing.peak_orders_per_second * sizing.headroom * sum(MESSAGES_PER_ORDER.values()))
    why = f"{sum(MESSAGES_PER_ORDER.values())} messages an order at peak, with headroom"
    return [
        Need("API requests", "apigateway", "L-8A5B8E43", rate.value, rate.unit, rate.name),
        Need("API burst", "apigateway", "L-CDF5615A", burst.value, burst.unit, burst.name),
        Need("table writes", "dynamodb", "L-AB614373", table.value, table.unit, table.name),
        Need("events published", "events", "L-9B653E91", events, "calls/s", why),
        Need("events delivered", "events", "L-5540C5E3", 2 * events, "calls/s", f"{why}, and all of them to the lake"),
    ]


def examine(client: Client, settings: AwsSettings, region: str) -> Iterator[Finding]:
    """Every quota that the sizing needs, against the account's."""
    yield _concurrency(client, settings.sizing, region)
    for need in list_needs(settings.sizing):
        yield _compare(client, need, region)


def request(service: str, code: str, value: int, region: str) -> str:
    """The command that asks AWS for a higher quota."""
    return (
        f"ask AWS: `aws service-quotas request-service-quota-increase --service-code {service} --quota-code {code} "
        f"--desired-value {value} --region {region}`"
    )


def _concurrency(client: Client, sizing: AwsSizing, region: str) -> Finding:
    check = "Lambda concurrency"
    try:
        has = int(client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    except (BotoCoreError, ClientError) as error:
        return warn(check, f"can't be read: {error}", "allow lambda:GetAccountSettings")
    used = derive(sizing.model_copy(update={"account_concurrency": UNBOUNDED})).reserved_concurrency
    stated = sizing.account_concurrency
    if stated is not None:
        detail = f"the account has {has}, sizing.account_concurrency states {stated}"
        if stated > has:
            return fail(check, detail, f"{request(*LAMBDA_CONCURRENCY, stated, region)}, or state {has} or nothing")
        return ok(check, f"{detail}; {used} are reserved, {UNRESERVED_FLOOR} must stay free")
    detail = f"the account has {has}, the peak uses {used}; nothing is reserved while account_concurrency is unstated"
    if used > has:
        wanted = used + UNRESERVED_FLOOR
        return warn(check, f"{detail}: the peak is throttled", request(*LAMBDA_CONCURRENCY, wanted, region))
    return ok(check, detail)


def _compare(client: Client, need: Need, region: str) -> Finding:
    wanted = f"{need.value:,} {need.unit} are needed ({need.why})"
    try:
        quota = _quota(client("service-quotas"), need)
    except (BotoCoreError, ClientError) as error:
        return warn(need.name, f"{wanted}; the quota can't be read: {error}", "allow servicequotas:GetServiceQuota")
    detail = f"{wanted}, the account has {quota['Value']:,.0f}"
    if quota["Value"] >= need.value:
        return ok(need.name, detail)
    if quota.get("Adjustable"):
        return fail(need.name, detail, request(need.service, need.code, need.value, region))
    return fail(
        need.name, detail, "AWS does not raise this one alone: lower sizing.peak_orders_per_second or views_per_order"
    )


def _quota(quotas: Any, need: Need) -> Any:
    """The applied quota, or the default where none was ever applied."""
    try:
        return quotas.get_service_quota(ServiceCode=need.service, QuotaCode=need.code)["Quota"]
    except quotas.exceptions.NoSuchResourceException:
        return quotas.get_aws_default_service_quota(ServiceCode=need.service, QuotaCode=need.code)["Quota"]
