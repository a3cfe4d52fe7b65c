# ruff: noqa: A002 - argument names are the protocol's
"""A small provider package: things in memory, and a record of what it was asked."""

from collections.abc import Mapping, Sequence
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
from engine.wire import secret


class ToyProvider:
    """Keeps things in memory and remembers what it was asked."""

    def __init__(self, config: Mapping[str, Any], asked: list[tuple[str, Any]]) -> None:
        self.config, self.asked = config, asked
        self.things: dict[str, Properties] = {}

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        self.asked.append(("check", (news, olds)))
        failures = [CheckFailure("size", "must not be negative")] if news.get("size", 0) == -1 else []
        return CheckResult({"name": f"{name}-{random_seed.hex()}", **news}, failures)

    def diff(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:  # fmt: skip
        self.asked.append(("diff", (old_inputs, news)))
        keys = [k for k in sorted({*old_inputs, *news}) if old_inputs.get(k) != news.get(k) and k not in ignore_changes]
        return DiffResult(keys, [k for k in keys if k.startswith("fixed")], delete_before_replace="only" in news)

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        self.asked.append(("create", inputs))
        if inputs.get("boom"):
            msg = "the cloud said no"
            raise RuntimeError(msg)
        id_ = "" if preview or inputs.get("nameless") else inputs["name"]
        self.things[id_] = inputs
        return CreateResult(id_, {**inputs, "region": self.config.get("region"), "key": secret("s3cret")})

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        found = self.things.get(id)
        return None if found is None else ReadResult(id, {**outputs, **found}, found)

    def update(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        self.things[id] = news
        return news

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        self.things.pop(id, None)

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        if token != "toy:index:echo":
            return InvokeResult({}, [CheckFailure("", f"{token}: unknown function")])
        return InvokeResult({"echo": args, "region": self.config.get("region")})


class ToyPackage:
    name, version = "toy", "1.2.3"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []

    def configure(self, config: Mapping[str, Any]) -> ToyProvider:
        if config.get("region") == "nowhere":
            msg = "there is no region 'nowhere'; use 'east' or 'west'"
            raise ValueError(msg)
        return ToyProvider(config, self.asked)

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        keys = [k for k in sorted({*olds, *news}) if olds.get(k) != news.get(k)]
        return DiffResult(keys, [k for k in keys if k == "region"])
