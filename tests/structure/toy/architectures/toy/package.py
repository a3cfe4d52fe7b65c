# ruff: noqa: A002 - argument names are the protocol's
"""The `toy` provider package: resources of the toy cloud over its HTTP interface."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.protocol import CheckFailure, CheckResult, CreateResult, DiffResult, InvokeResult, Properties, ReadResult
from sandbox.host.local_http import LocalHttpError, request_json

Endpoint = Callable[[], str | None]


class ToyPackage:
    """The package before configuration."""

    name, version = "toy", "1.0.0"

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def configure(self, config: Mapping[str, Any]) -> "ToyProvider":
        return ToyProvider(self._endpoint)

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        return DiffResult()


class ToyProvider:
    """Creates, reads, changes and deletes services and workers."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        failures = [CheckFailure("retries", "must be 1 or more")] if news.get("retries", 1) < 1 else []
        return CheckResult({"name": olds.get("name") or f"{name}-{random_seed.hex()[:7]}", **news}, failures)

    def diff(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:  # fmt: skip
        keys = [key for key in sorted({*old_inputs, *news}) if old_inputs.get(key) != news.get(key)]
        return DiffResult(keys, [key for key in keys if key in ("name", "queue")])

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        if preview:
            return CreateResult("", inputs)
        return CreateResult(str(inputs["name"]), self._put(token, str(inputs["name"]), inputs))

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        try:
            found = self._ask("GET", id)
        except LocalHttpError:
            return None
        now = {key: value for key, value in found.items() if key not in ("type", "url")}
        return ReadResult(id, {**outputs, **now}, now)

    def update(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        return {**old_outputs, **news} if preview else self._put(token, id, news)

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        self._ask("DELETE", id)

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        return InvokeResult({}, [CheckFailure("", f"{token}: there is no such function")])

    def _put(self, token: str, id: str, inputs: Properties) -> Properties:
        url = {"url": f"{self._endpoint()}/shops/{id}"} if token.endswith("Service") else {}
        self._ask("PUT", id, {**inputs, **url, "type": token.rpartition(":")[2]})
        return {**inputs, **url}

    def _ask(self, method: str, id: str, document: Any = None) -> Any:
        return request_json(f"{self._endpoint()}/cloud/resources/{id}", method=method, document=document)
