# ruff: noqa: A002 - argument names are the protocol's
"""A provider of AWS's types that answers at once and keeps nothing: enough to give a component's example a state."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.protocol import CheckResult, CreateResult, DiffResult, InvokeResult, Properties, ReadResult

READ = (
    "apiEndpoint", "arn", "bucket", "bucketRegionalDomainName", "domainName", "executionArn", "invokeArn", "name",
    "streamArn", "url", "version",
)  # fmt: skip
"""What components read of their children."""


class StubAws:
    """Takes what comes, echoes it, and adds the values that components read of it."""

    name, version = "aws", "7.0.0"

    def configure(self, config: Mapping[str, Any]) -> "StubAws":
        return self

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        return DiffResult()

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        return CheckResult(news)

    def diff(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:  # fmt: skip
        changed = sorted(k for k in {*old_inputs, *news} if old_inputs.get(k) != news.get(k))
        return DiffResult(changed, changed)

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        return CreateResult(name, {**{read: f"{read}:{name}" for read in READ}, **inputs})

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        return ReadResult(id, outputs, inputs)

    def update(self, token: str, id: str, *properties: Properties, preview: bool) -> Properties:
        raise AssertionError(f"{id} would be updated")

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        return None

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        return InvokeResult()
