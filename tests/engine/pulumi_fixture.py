"""The same stacks on the real Pulumi CLI: its own backend and home, the tiny cloud's provider over gRPC."""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from minicloud import MiniPackage

from sandbox.host import plugin_launchers
from sandbox.host.grpc_adapter import serve_packages
from scaleshop.pulumi_cli import Ended, PulumiProcess
from scaleshop.pulumi_events import PulumiEventReader

HERE = Path(__file__).parent
PROJECT = """\
name: demo
runtime: {{name: python, options: {{toolchain: pip, virtualenv: {prefix}}}}}
"""
RUNNER = """\
import os, runpy, sys
sys.path.insert(0, {here!r})
runpy.run_path(os.environ["PROGRAM"], run_name="__main__")
"""
# Of each state, what no two runs share.
OWN = {"created", "modified", "sourcePosition", "stackTrace"}


@dataclass
class RealStack:
    """The stack `dev` of the project `demo` in a directory, with a world of its own."""

    directory: Path
    ports: Mapping[str, int]
    events: list[Mapping[str, Any]] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.directory / "cli"

    def process(self, **variables: str) -> PulumiProcess:
        plugins = plugin_launchers.write(self.home / "plugins", self.ports)
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PULUMI_")}
        environment = {
            **kept,
            **plugin_launchers.variables(self.ports),
            "PATH": f"{plugins}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": (self.home / "backend").as_uri(),
            "PULUMI_HOME": str(self.home / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "open sesame",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_ENABLE_STREAMING_JSON_PREVIEW": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }
        return PulumiProcess(self.home, {**environment, **variables})

    def create(self, config: Mapping[str, str], secret: str) -> None:
        (self.home / "backend").mkdir(parents=True)
        (self.home / "Pulumi.yaml").write_text(PROJECT.format(prefix=sys.prefix))
        (self.home / "__main__.py").write_text(RUNNER.format(here=str(HERE)))
        self.process().ask("stack", "init", "dev")
        for key, value in config.items():
            self.process().ask("config", "set", *(["--secret"] if key == secret else []), key, value)

    def run(self, operation: str, program: Path, variant: str, *more: str) -> tuple[Ended, PulumiEventReader]:
        events = PulumiEventReader(self.events.append)
        unasked = [] if operation == "preview" else ["--yes", "--skip-preview"]
        process = self.process(PROGRAM=str(program), VARIANT=variant)
        return process.stream(operation, "--json", "--stack", "dev", *unasked, *more, on_line=events.read), events

    def load(self, state: Path) -> None:
        self.process().ask("stack", "import", "--file", str(state))

    def export(self) -> dict[str, Any]:
        return json.loads(self.process().ask("stack", "export", "--show-secrets"))


@contextmanager
def real_stack(directory: Path) -> Iterator[RealStack]:
    """A stack on the real CLI, its provider served for as long as it is used."""
    with serve_packages([MiniPackage(directory / "world")]) as ports:
        yield RealStack(directory, ports)


def comparable(resources: list[Mapping[str, Any]]) -> dict[tuple[str, bool], Mapping[str, Any]]:
    """States by URN without what two runs never share; lists of dependencies in order."""
    text = json.dumps(resources)
    for resource in resources:
        if resource["type"].startswith("pulumi:providers:"):
            was = "old" if resource.get("delete") else "id"
            text = text.replace(resource["id"], f"<{was} of {resource['urn'].rpartition('::')[2]}>")
    found: dict[tuple[str, bool], Mapping[str, Any]] = {}
    for resource in json.loads(text):
        kept = {k: v for k, v in resource.items() if k not in OWN and v not in (None, "", [], {}, False)}
        kept["dependencies"] = sorted(kept.get("dependencies", []))
        kept["propertyDependencies"] = {k: sorted(v) for k, v in kept.get("propertyDependencies", {}).items()}
        found[resource["urn"], bool(resource.get("delete"))] = _opened(kept)
    return found


def _opened(value: Any) -> Any:
    """Secrets of both engines in one form."""
    if isinstance(value, list):
        return [_opened(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "plaintext" in value:
        return {"secret": json.loads(value["plaintext"])}
    if "4dabf18193072939515e22adb298388d" in value and "value" in value:
        return {"secret": _opened(value["value"])}
    return {k: _opened(v) for k, v in value.items()}
