"""Providers of an operation: configured ones by reference, default ones registered on demand, stand-ins in previews."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from engine.operation import Operation
from engine.protocol import (
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    Package,
    Properties,
    Provider,
    ReadResult,
)
from engine.state import ResourceState
from engine.state_file import StateFile
from engine.urns import PROVIDER, STACK, provider_urn
from engine.wire import has_unknown, secret, unwrap

INTERNAL = "__internal"
REFERENCE = "pulumi:pulumi:StackReference"


class ProviderRegistry:
    """Configured providers by reference `<urn>::<id>`."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._configured: dict[str, Provider] = {}
        self._defaults: dict[tuple[str, str], str] = {}
        self._builtin = _Builtin(operation)

    def package(self, name: str) -> Package:
        """A package by name.

        Raises:
            StepError: the engine was given none of that name.
        """
        package = self._operation.options.packages.get(name)
        if package is None:
            known = ", ".join(sorted(self._operation.options.packages)) or "none"
            raise self._operation.fail("", f"no provider for the package '{name}' here; there are: {known}")
        return package

    def configure(self, state: ResourceState) -> None:
        """Make the provider that a provider resource describes."""
        config = unwrap({k: v for k, v in state.inputs.items() if k != INTERNAL})
        package = self.package(state["type"][len(PROVIDER) :])
        made = _Unconfigured() if has_unknown(config) else package.configure(config)
        self._configured[f"{state.urn}::{state['id']}"] = made

    def get(self, reference: str) -> Provider:
        """The provider behind a reference; one that only the old state knows is configured from there."""
        if not reference:
            return self._builtin
        if reference not in self._configured:
            urn, id_ = reference.rsplit("::", 1)
            state = next((s for s in self._operation.base if s.urn == urn and s.get("id") == id_), None)
            if state is None:
                raise self._operation.fail("", f"the state names the provider {reference}, which is not in it")
            self.configure(state)
        return self._configured[reference]

    def default_reference(
        self, package_name: str, version: str, register: Callable[[dict[str, Any]], ResourceState]
    ) -> str:
        """The reference of a package's default provider, registered at first use; empty for Pulumi's own."""
        if package_name == "pulumi":
            return ""
        package = self.package(package_name)
        key = (package_name, version or package.version)
        if key not in self._defaults:
            state = register(
                {
                    "type": PROVIDER + package_name,
                    "name": "default_" + re.sub(r"[.\-+]", "_", key[1]),
                    "custom": True,
                    "inputs": {INTERNAL: {}, "version": key[1], **self._config(package_name)},
                    "parent": "",
                    "aliases": [],
                    "position": {},
                }
            )
            self._defaults[key] = f"{state.urn}::{state['id']}"
        return self._defaults[key]

    def requires_replacement(self, old: str, new: str) -> bool:
        """Whether going from one provider to another replaces what is behind it."""
        old_urn, new_urn = provider_urn(old), provider_urn(new)
        if self._operation.aliased.get(old_urn) == new_urn:
            return False
        before = next((s for s in self._operation.base if s.urn == old_urn), None)
        after = self._operation.news[new_urn]
        olds = before.inputs if before else {}
        diff = self.package(after["type"][len(PROVIDER) :]).diff_config(_config(olds), _config(after.inputs))
        return bool(diff.replaces)

    def _config(self, package: str) -> dict[str, Any]:
        options = self._operation.options
        return {
            key.split(":", 1)[1]: secret(value) if key in options.secret_config else value
            for key, value in options.config.items()
            if key.startswith(f"{package}:")
        }


def _config(inputs: Properties) -> Properties:
    return unwrap({k: v for k, v in inputs.items() if k != INTERNAL})


class _Unconfigured:
    """Stands in for a provider whose configuration is unknown, in a preview only; answers as the real engine does."""

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        del token, name, olds, random_seed
        return CheckResult(news)

    def diff(
        self,
        token: str,
        id: str,
        old_inputs: Properties,
        old_outputs: Properties,
        news: Properties,
        ignore_changes: Sequence[str],
    ) -> DiffResult:
        del token, id, old_outputs, ignore_changes
        return DiffResult([k for k in {*old_inputs, *news} if old_inputs.get(k) != news.get(k)])

    def create(self, token: str, name: str, inputs: Properties, *, preview: bool) -> CreateResult:
        del token, name, preview
        return CreateResult("", dict(inputs))

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        del token, outputs, inputs
        return ReadResult(id, {}, {})

    def update(
        self, token: str, id: str, old_inputs: Properties, old_outputs: Properties, news: Properties, *, preview: bool
    ) -> Properties:
        del token, id, old_inputs, old_outputs, preview
        return dict(news)

    def delete(self, token: str, id: str, inputs: Properties, outputs: Properties) -> None:
        del token, id, inputs, outputs

    def invoke(self, token: str, args: Properties) -> InvokeResult:
        del token, args
        return InvokeResult()


class _Builtin(_Unconfigured):
    """Pulumi's own package: stack references to other local stacks."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation

    def check(self, token: str, name: str, olds: Properties, news: Properties, random_seed: bytes) -> CheckResult:
        if token != REFERENCE:
            raise self._operation.fail(
                "", f"{token} is not supported by the embedded engine; use the Pulumi CLI for this program"
            )
        return super().check(token, name, olds, news, random_seed)

    def read(self, token: str, id: str, outputs: Properties, inputs: Properties) -> ReadResult | None:
        del token, outputs
        project, stack = self._names(id)
        path = self._operation.options.other_stacks(id)
        if path is None or not path.exists():
            msg = f"StackReference '{id}': there is no stack '{stack}' here; run `scaleshop up --stack {stack}` first"
            raise ValueError(msg)
        file = StateFile(path, self._operation.options.state.passphrase)
        checkpoint, _ = file.load(project=project, stack=stack)
        root = next((s for s in checkpoint.resources if s["type"] == STACK), ResourceState(outputs={}))
        secrets = [k for k, v in root.outputs.items() if v != unwrap(v)]
        return ReadResult(
            id, {"name": id, "outputs": root.outputs, "secretOutputNames": secrets}, inputs or {"name": id}
        )

    def _names(self, id_: str) -> tuple[str, str]:
        names = id_.split("/")
        return (names[-2] if len(names) > 1 else self._operation.options.project), names[-1]
