# ruff: noqa: A002 - argument names are the protocol's
"""A tiny cloud in a directory of JSON files, its provider, and an SDK for it shaped like a generated one."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi
from pulumi import ResourceOptions

from engine.protocol import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    Properties,
    ReadResult,
)

# token -> (properties that replace, whether the old one goes first)
TYPES: Mapping[str, tuple[frozenset[str], bool]] = {
    "mini:index:Bucket": (frozenset({"name", "region"}), False),
    "mini:index:Queue": (frozenset({"name", "fifo"}), False),
    "mini:index:Record": (frozenset({"name", "zone"}), True),
}


class MiniProvider:
    def __init__(self, world: Path, config: Mapping[str, Any]) -> None:
        self.world, self.config, self.lock = world, config, threading.Lock()
        self.delay = float(os.environ.get("MINI_DELAY") or 0)
        world.mkdir(parents=True, exist_ok=True)

    def path(self, id: str) -> Path:
        return self.world / f"{id.replace('/', '%2F')}.json"

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        if token not in TYPES:
            return CheckResult(news, [CheckFailure("", f"{token}: not in the catalog")])
        made = {"size": 1, **news}
        if "name" not in made:
            made["name"] = olds.get("name") or self._free(name)
        negative = isinstance(made["size"], int) and made["size"] < 0
        return CheckResult(made, [CheckFailure("size", "must not be negative")] if negative else [])

    def diff(self, token, id, old_inputs, old_outputs, news, ignore_changes) -> DiffResult:
        replaces, first = TYPES[token]
        keys = sorted(k for k in {*old_inputs, *news} if old_inputs.get(k) != news.get(k) and k not in ignore_changes)
        return DiffResult(keys, [k for k in keys if k in replaces], first)

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        if preview:
            return CreateResult("", dict(inputs))
        time.sleep(self.delay)  # the cloud's own latency, 0 unless a test asks for it
        if inputs.get("boom"):
            raise RuntimeError("the cloud said no")
        with self.lock:
            if self.path(inputs["name"]).exists():
                raise RuntimeError(f"{inputs['name']}: already exists")
            self._write(token, inputs)
            self._log("create", inputs["name"])
        return CreateResult(inputs["name"], self._outputs(token, inputs["name"], inputs))

    def read(self, token, id, outputs, inputs) -> ReadResult | None:
        try:
            found = json.loads(self.path(id).read_text())["inputs"]
        except FileNotFoundError:
            return None
        return ReadResult(id, self._outputs(token, id, found), found)

    def update(self, token, id, old_inputs, old_outputs, news, *, preview) -> Properties:
        if not preview:
            time.sleep(self.delay)
            with self.lock:
                self._write(token, news)
                self._log("update", id)
        return self._outputs(token, id, news)

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        time.sleep(self.delay)
        if inputs.get("sticky"):
            raise RuntimeError("still in use")
        with self.lock:
            self.path(id).unlink(missing_ok=True)
            self._log("delete", id)

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        if token == "mini:index:getRegion":
            return InvokeResult({"region": self.config.get("region", "r1"), "echo": args.get("echo")})
        return InvokeResult({}, [CheckFailure("", f"{token}: unknown function")])

    def _free(self, name: str) -> str:
        number = 0
        while self.path(f"{name}-{number}").exists():
            number += 1
        return f"{name}-{number}"

    def _write(self, token: str, inputs: Properties) -> None:
        self.path(inputs["name"]).write_text(json.dumps({"type": token, "inputs": inputs}))

    def _outputs(self, token: str, id: str, inputs: Properties) -> Properties:
        region = inputs.get("region") or self.config.get("region", "r1")
        kind = token.rsplit(":", 1)[-1].lower()
        return {
            **inputs,
            "arn": f"arn:mini:{kind}:{region}:{id}",
            "token": hashlib.sha256(id.encode()).hexdigest()[:8],
        }

    def _log(self, op: str, what: str) -> None:
        with (self.world / "calls.log").open("a") as file:
            file.write(f"{op} {what}\n")


class MiniPackage:
    name, version = "mini", "1.0.0"

    def __init__(self, world: Path) -> None:
        self.world = world

    def configure(self, config: Mapping[str, Any]) -> MiniProvider:
        return MiniProvider(self.world, config)

    def diff_config(self, olds: Properties, news: Properties) -> DiffResult:
        keys = sorted(k for k in {*olds, *news} if olds.get(k) != news.get(k))
        return DiffResult(keys, [k for k in keys if k == "region"])


class _Resource(pulumi.CustomResource):
    KIND = ""

    def __init__(self, resource_name: str, opts: ResourceOptions | None = None, **properties: Any) -> None:
        known = {"name": None, "size": None, "arn": None, "token": None, **properties}
        options = ResourceOptions.merge(ResourceOptions(version="1.0.0"), opts)
        super().__init__(f"mini:index:{self.KIND}", resource_name, known, options)

    @property
    @pulumi.getter
    def name(self) -> pulumi.Output[str]:
        return pulumi.get(self, "name")

    @property
    @pulumi.getter
    def arn(self) -> pulumi.Output[str]:
        return pulumi.get(self, "arn")

    @property
    @pulumi.getter
    def token(self) -> pulumi.Output[str]:
        return pulumi.get(self, "token")


class Bucket(_Resource):
    KIND = "Bucket"

    @staticmethod
    def get(name: str, id: str, opts: ResourceOptions | None = None) -> "Bucket":
        return Bucket(name, opts=ResourceOptions.merge(opts, ResourceOptions(id=id)))


class Queue(_Resource):
    KIND = "Queue"


class Record(_Resource):
    KIND = "Record"


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None, *, kind: str = "Group") -> None:
        super().__init__(f"mini:index:{kind}", name, {}, opts)


class Provider(pulumi.ProviderResource):
    def __init__(self, name: str, opts: ResourceOptions | None = None, **properties: Any) -> None:
        super().__init__("mini", name, properties, ResourceOptions.merge(ResourceOptions(version="1.0.0"), opts))


def get_region(echo: str | None = None) -> Any:
    options = pulumi.InvokeOptions(version="1.0.0")
    return pulumi.runtime.invoke("mini:index:getRegion", {"echo": echo}, options).value


def names(steps: Sequence[Any]) -> list[tuple[str, str]]:
    """Operation and logical name of each step, without stacks and default providers."""
    shown = [(step.op, step.urn.split("::", 3)[3]) for step in steps]
    return [(op, name) for op, name in shown if not name.startswith("default_") and not name.startswith("demo-")]
