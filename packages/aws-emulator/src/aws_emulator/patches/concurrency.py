"""How many functions run at once: counted where the emulator counts, which every way to run a function passes."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aws_emulator.patches.emulator import Answer, Emulator
from aws_emulator.quotas import concurrency
from aws_emulator.quotas.concurrency import Share

NEEDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "core.responses": ("error_response_json", "get_account_id", "get_region"),
        "lambda_svc": (
            "_ACCOUNT_CONCURRENCY_CAP",
            "_acquire_execution_slot",
            "_functions.items_scoped",
            "_inflight",
            "_inflight_key",
            "_inflight_lock",
            "_inflight_total",
            "_put_function_concurrency",
            "_put_provisioned_concurrency",
            "_throttle_response",
        ),
    }
)
LATEST = "$LATEST"
UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."


class Concurrency:
    """The account's concurrency; methods stand for those of the emulator that are called alike."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator, self._service = emulator, emulator.module("lambda_svc")
        self._scope = emulator.module("core.responses")

    def install(self) -> None:
        """Put its methods in their place."""
        self._emulator.replace("lambda_svc", "_acquire_execution_slot", self.acquire)
        self._reserve = self._emulator.replace("lambda_svc", "_put_function_concurrency", self.reserve)
        self._provision = self._emulator.replace("lambda_svc", "_put_provisioned_concurrency", self.provision)
        self._throttled = self._emulator.replace("lambda_svc", "_throttle_response", self.throttled)

    def acquire(self, func: Any, config: dict[str, Any]) -> tuple[str | None, str | None]:
        """One more execution: its key to give back, or whose limit it would break."""
        del func
        service, key = self._service, self._service._inflight_key(config)
        account, region, name = key.split(":", 2)
        shares, quota = self._shares(account, region), self._emulator.quotas.value("lambda.concurrency")
        start = f"{account}:{region}:"
        with service._inflight_lock:
            running = {k.removeprefix(start): count for k, count in service._inflight.items() if k.startswith(start)}
            refused = concurrency.refused(name, shares, running, quota)
            if refused:
                return None, refused
            service._inflight[key] = service._inflight.get(key, 0) + 1
            service._inflight_total += 1
        return key, None

    def throttled(self, reason_code: str, msg: str, retry_after: int = 1) -> Any:
        """The answer to what may not run, in AWS's words."""
        del msg
        return self._throttled(reason_code, "Rate Exceeded.", retry_after)

    def reserve(self, name: str, data: dict[str, Any]) -> Answer:
        """PutFunctionConcurrency."""
        wanted = data.get("ReservedConcurrentExecutions")
        if not isinstance(wanted, int):
            return self._reserve(name, data)
        text = concurrency.reservation_refusal(name, wanted, self._here(), *self._bounds())
        return self._refusal(text) if text else self._reserve(name, data)

    def provision(self, name: str, qualifier: str, data: dict[str, Any]) -> Answer:
        """PutProvisionedConcurrencyConfig."""
        kept = (self._service._functions.get(name) or {}).get("provisioned_concurrency") or {}
        others = sum(_requested(config) for other, config in kept.items() if other != qualifier)
        wanted = others + int(data.get("ProvisionedConcurrentExecutions") or 0)
        if (qualifier or LATEST) == LATEST:
            return self._refusal(UNPUBLISHED)
        text = concurrency.provisioning_refusal(name, wanted, self._here(), *self._bounds())
        return self._refusal(text) if text else self._provision(name, qualifier, data)

    def _refusal(self, text: str) -> Answer:
        return self._scope.error_response_json("InvalidParameterValueException", text, 400)

    def _bounds(self) -> tuple[int, int]:
        value = self._emulator.quotas.value
        return value("lambda.concurrency"), value("lambda.unreserved")

    def _here(self) -> dict[str, Share]:
        return self._shares(self._scope.get_account_id(), self._scope.get_region())

    def _shares(self, account: str, region: str) -> dict[str, Share]:
        """Functions that have something for themselves."""
        found = {}
        for name, record in self._service._functions.items_scoped(account, region):
            provisioned = sum(_requested(config) for config in (record.get("provisioned_concurrency") or {}).values())
            if record.get("concurrency") is not None or provisioned:
                found[name] = Share(record.get("concurrency"), provisioned)
        return found


def _requested(config: Mapping[str, Any]) -> int:
    return int(config.get("RequestedProvisionedConcurrentExecutions") or 0)
