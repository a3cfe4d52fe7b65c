"""How an account's concurrency is shared among its functions, counted where the emulator counts it.

Every function with a reservation has that much and no more; the others share what is left, except for what is
provisioned for one of them. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aws_emulator.ministack.emulator import Emulator, ServiceResponse

LATEST = "$LATEST"
UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."


@dataclass(frozen=True, slots=True)
class ConcurrencyShare:
    """What a function has for itself."""

    reserved: int | None = None
    provisioned: int = 0

    @property
    def exclusive(self) -> int:
        """What others can't have."""
        return self.provisioned if self.reserved is None else self.reserved


def find_exceeded_limit(
    name: str, shares: Mapping[str, ConcurrencyShare], running: Mapping[str, int], account: int
) -> Literal["function", "account"] | None:
    """Whose limit one more execution of a function would break; None if it may run.

    Args:
        name: The function.
        shares: What functions have for themselves; others have nothing.
        running: Executions under way, by function.
        account: The account's quota.
    """
    own, now = shares.get(name, ConcurrencyShare()), running.get(name, 0)
    if own.reserved is not None and now >= own.reserved:
        return "function"
    if sum(running.values()) >= account:
        return "account"
    if own.reserved is not None or now < own.provisioned:
        return None
    common = account - sum(share.exclusive for share in shares.values())
    return "account" if _count_common(shares, running) >= common else None


def validate_reservation(
    name: str, wanted: int, shares: Mapping[str, ConcurrencyShare], account: int, floor: int
) -> str | None:
    """AWS's text where a reservation would leave too little to the other functions.

    Args:
        name: The function.
        wanted: What it is to reserve.
        shares: What functions have for themselves.
        account: The account's quota.
        floor: What must stay unreserved; the whole quota where that is smaller.
    """
    least = min(floor, account)
    others = sum(share.exclusive for other, share in shares.items() if other != name)
    if account - others - wanted >= least:
        return None
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        f"below its minimum value of [{least}]."
    )


def validate_provisioning(
    name: str, wanted: int, shares: Mapping[str, ConcurrencyShare], account: int, floor: int
) -> str | None:
    """AWS's text where a function may not keep so many environments ready.

    Args:
        name: The function.
        wanted: All that is provisioned for its versions and aliases.
        shares: What functions have for themselves.
        account: The account's quota.
        floor: What must stay unreserved.
    """
    reserved = shares.get(name, ConcurrencyShare()).reserved
    if reserved is None:
        text = validate_reservation(name, wanted, shares, account, floor)
        return text and text.replace("ReservedConcurrentExecutions", "ConcurrentExecutions")
    if wanted > reserved:
        return (
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    return None


def _count_common(shares: Mapping[str, ConcurrencyShare], running: Mapping[str, int]) -> int:
    """Executions that run on what functions share."""
    found = ((shares.get(name, ConcurrencyShare()), count) for name, count in running.items())
    return sum(max(count - share.provisioned, 0) for share, count in found if share.reserved is None)


class ConcurrencyQuota:
    """The account's concurrency; methods stand for those of the emulator that are called alike."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("lambda_svc")
        self._scope = emulator.module("core.responses")

    def install(self) -> None:
        """Put its methods in their place."""
        self._emulator.replace("lambda_svc", "_acquire_execution_slot", self.acquire_slot)
        self._reserve = self._emulator.replace("lambda_svc", "_put_function_concurrency", self.reserve)
        self._provision = self._emulator.replace("lambda_svc", "_put_provisioned_concurrency", self.provision)
        self._original_throttle = self._emulator.replace("lambda_svc", "_throttle_response", self.build_throttle)

    def acquire_slot(self, func: Any, config: dict[str, Any]) -> tuple[str | None, str | None]:
        """One more execution: its key to give back, or whose limit it would break."""
        del func
        service, key = self._service, self._service._inflight_key(config)
        account, region, name = key.split(":", 2)
        shares, quota = self._find_shares(account, region), self._emulator.quotas.value("lambda.concurrency")
        start = f"{account}:{region}:"
        with service._inflight_lock:
            running = {k.removeprefix(start): count for k, count in service._inflight.items() if k.startswith(start)}
            refused = find_exceeded_limit(name, shares, running, quota)
            if refused:
                return None, refused
            service._inflight[key] = service._inflight.get(key, 0) + 1
            service._inflight_total += 1
        return key, None

    def build_throttle(self, reason_code: str, msg: str, retry_after: int = 1) -> Any:
        """The answer to what may not run, in AWS's words."""
        del msg
        return self._original_throttle(reason_code, "Rate Exceeded.", retry_after)

    def reserve(self, name: str, data: dict[str, Any]) -> ServiceResponse:
        """PutFunctionConcurrency."""
        wanted = data.get("ReservedConcurrentExecutions")
        if not isinstance(wanted, int):
            return self._reserve(name, data)
        text = validate_reservation(name, wanted, self._find_local_shares(), *self._find_bounds())
        return self._refuse(text) if text else self._reserve(name, data)

    def provision(self, name: str, qualifier: str, data: dict[str, Any]) -> ServiceResponse:
        """PutProvisionedConcurrencyConfig."""
        kept = (self._service._functions.get(name) or {}).get("provisioned_concurrency") or {}
        others = sum(_count_requested(config) for other, config in kept.items() if other != qualifier)
        wanted = others + int(data.get("ProvisionedConcurrentExecutions") or 0)
        if (qualifier or LATEST) == LATEST:
            return self._refuse(UNPUBLISHED)
        text = validate_provisioning(name, wanted, self._find_local_shares(), *self._find_bounds())
        return self._refuse(text) if text else self._provision(name, qualifier, data)

    def _refuse(self, text: str) -> ServiceResponse:
        return self._scope.error_response_json("InvalidParameterValueException", text, 400)

    def _find_bounds(self) -> tuple[int, int]:
        value = self._emulator.quotas.value
        return value("lambda.concurrency"), value("lambda.unreserved")

    def _find_local_shares(self) -> dict[str, ConcurrencyShare]:
        return self._find_shares(self._scope.get_account_id(), self._scope.get_region())

    def _find_shares(self, account: str, region: str) -> dict[str, ConcurrencyShare]:
        """Functions that have something for themselves."""
        found = {}
        for name, record in self._service._functions.items_scoped(account, region):
            provisioned = sum(
                _count_requested(config) for config in (record.get("provisioned_concurrency") or {}).values()
            )
            if record.get("concurrency") is not None or provisioned:
                found[name] = ConcurrencyShare(record.get("concurrency"), provisioned)
        return found


def _count_requested(config: Mapping[str, Any]) -> int:
    return int(config.get("RequestedProvisionedConcurrentExecutions") or 0)
