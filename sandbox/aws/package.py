"""The provider package `aws` of the sandbox: Pulumi's provider protocol on the handlers."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from engine.protocol import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    Properties,
    ReadResult,
)
from sandbox.aws.catalog import REGISTRY
from sandbox.aws.checks import KnownResources, validate
from sandbox.aws.checks.core.known_resources import ACCOUNT_CONCURRENCY
from sandbox.aws.clients import Clients, explain_error, is_gone
from sandbox.aws.lookup import may_exist
from sandbox.aws.plane import AWS_ACCOUNT, AWS_REGION
from sandbox.handler import CatalogEntry, Handler

# The SDK in the lock; an older answer would make the CLI warn on every run.
VERSION = "7.51.1"


class AwsPackage:
    """The package before configuration."""

    name = "aws"
    version = VERSION

    def __init__(
        self, endpoint: Callable[[], str | None] | str | None, *, account_concurrency: int | None = None
    ) -> None:
        """Describe the package.

        Args:
            endpoint: Where the data plane serves, or how to ask; None for previews without one.
            account_concurrency: Concurrent executions of functions that the account may run (default 1,000, which
                AWS gives): what checks measure reservations against.
        """
        self._endpoint: Callable[[], str | None] = endpoint if callable(endpoint) else lambda: endpoint
        self._concurrency = account_concurrency or ACCOUNT_CONCURRENCY

    def configure(self, config: Mapping[str, Any]) -> "AwsProvider":
        """A provider instance; the plane is not contacted."""
        return AwsProvider(self._endpoint, config, account_concurrency=self._concurrency)

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        """Another region replaces everything behind the provider."""
        keys = sorted(k for k in {*olds, *news} if olds.get(k) != news.get(k) and k != "version")
        return DiffResult(keys, [key for key in keys if key == "region"])

    @staticmethod
    def catalog() -> list[CatalogEntry]:
        """Every resource type with what the sandbox does about it."""
        return REGISTRY.catalog()


class AwsProvider:
    """A configured provider."""

    def __init__(
        self, endpoint: Callable[[], str | None], config: Mapping[str, Any], *, account_concurrency: int
    ) -> None:
        region = str(config.get("region") or AWS_REGION)
        self._clients = Clients(endpoint, region)
        self._default_tags: dict[str, str] = (_parse_nested(config.get("defaultTags")) or {}).get("tags") or {}
        self._resources = KnownResources(
            region=region,
            account=AWS_ACCOUNT,
            account_concurrency=account_concurrency,
            elsewhere=partial(may_exist, self._clients),
        )

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        """Fill in the name, then refuse what AWS refuses."""
        handler = REGISTRY.find(token)
        if handler is None:
            reason = f"{token}: not among the sandbox's types (`scaleshop status --types`); use `--target cloud` for it"
            return CheckResult(news, [CheckFailure("", reason)])
        named = handler.add_name(name, olds, news, random_seed)
        return CheckResult(named, validate(token, name, self._add_tags(named), self._resources))

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:
        """Compare inputs; the plane is not contacted."""
        found = self._handler(token).diff(old_inputs, news, ignore_changes)
        if not found.changes:
            self._resources.add_existing(token, id, old_inputs, old_outputs)
        return found

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        """Make a resource."""
        del name
        full = self._add_tags(inputs)
        if preview:
            return CreateResult("", full)
        with _ExplainedErrors(self._clients):
            id_, outputs = self._handler(token).create(self._clients, full)
        self._resources.add_existing(token, id_, full, outputs)
        return CreateResult(id_, {**full, **outputs})

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        """What is there now."""
        with _ExplainedErrors(self._clients):
            try:
                found = self._handler(token).read(self._clients, id, inputs)
            except Exception as error:
                if is_gone(error):
                    return None
                raise
        if found is None:
            return None
        made, now = found
        self._resources.add_existing(token, id, now, {**outputs, **made})
        return ReadResult(id, {**outputs, **self._add_tags(now), **made}, now)

    def update(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        """Change a resource in place."""
        full = self._add_tags(news)
        if preview:
            return {**old_outputs, **full}
        with _ExplainedErrors(self._clients):
            outputs = self._handler(token).update(self._clients, id, self._add_tags(old_inputs), full)
        made = {**old_outputs, **full, **outputs}
        self._resources.add_existing(token, id, full, made)
        return made

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        """Delete a resource; one that is gone is deleted."""
        with _ExplainedErrors(self._clients):
            try:
                self._handler(token).delete(self._clients, id, {**outputs, **inputs})
            except Exception as error:
                if not is_gone(error):
                    raise
        self._resources.remove(token, id)

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        """Answer the functions that need no data plane."""
        region, account = self._clients.region, AWS_ACCOUNT
        answers: Mapping[str, Properties] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": account,
                "arn": f"arn:aws:iam::{account}:root",
                "id": account,
                "userId": account,
            },
            "aws:index/getRegion:getRegion": {
                "region": args.get("region") or region,
                "name": region,
                "id": region,
                "description": "sandbox",
                "endpoint": f"ec2.{region}.amazonaws.com",
            },
            "aws:index/getPartition:getPartition": {
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "reverseDnsPrefix": "com.amazonaws",
                "id": "aws",
            },
        }
        if token not in answers:
            return InvokeResult({}, [CheckFailure("", f"{token}: not in the sandbox catalog")])
        return InvokeResult(answers[token])

    def _handler(self, token: str) -> Handler:
        handler = REGISTRY.find(token)
        if handler is None:
            msg = f"{token}: not in the sandbox catalog"
            raise LookupError(msg)
        return handler

    def _add_tags(self, inputs: Properties) -> Properties:
        tags = {**self._default_tags, **(inputs.get("tags") or {})}
        return {**inputs, "tagsAll": tags} if tags else inputs


class _ExplainedErrors:
    """Turns a silent plane's errors into one that says what to do."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, Exception):
            clear = explain_error(error, self._clients.endpoint)
            if clear is not error:
                raise clear from error


def _parse_nested(value: Any) -> Any:
    """A nested provider setting; over gRPC it arrives as JSON text."""
    return json.loads(value) if isinstance(value, str) and value else value
