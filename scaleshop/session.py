"""A command's view of one stack: its architecture, settings, engine and data planes."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sandbox.host.errors import SandboxError
from sandbox.host.progress import Progress
from scaleshop.architectures import registry
from scaleshop.architectures.base import Architecture, Config, DeployedShop
from scaleshop.errors import CommandError, Exit
from scaleshop.options import EngineName, TargetName
from scaleshop.project import ARCHITECTURE_KEY, SETTINGS_KEY, Project, check_stack_name, find

if TYPE_CHECKING:
    from engine.protocol import Package
    from sandbox.host.sandbox import Sandbox
    from sandbox.host.supervisor import PlaneStatus
    from scaleshop.engines import Runner


def ignore(_: Progress) -> None:
    """Nobody watches."""


@dataclass
class Session:
    """One stack on one target."""

    project: Project
    stack: str
    architecture: Architecture
    settings: Any
    """What the architecture's parser made of the stack's settings."""
    target: TargetName = "sandbox"
    engine: Literal["pulumi", "embedded"] = "embedded"
    on_progress: Callable[[Progress], None] = field(default=ignore)

    @property
    def config(self) -> Config:
        """The stack's configuration."""
        return self.project.config(self.stack)

    @property
    def sandbox(self) -> "Sandbox":
        """The data planes of this architecture."""
        from sandbox.host.sandbox import Sandbox  # noqa: PLC0415 - keeps `--help` fast

        return Sandbox(self.project.run_dir, self.architecture.planes, on_progress=self.on_progress)

    @property
    def planes(self) -> "Sequence[PlaneStatus]":
        """What is known of the architecture's data planes now."""
        return self.sandbox.status()

    def start(self) -> None:
        """Start the stack's data planes unless they run.

        Raises:
            CommandError: one can't be started; the message says why.
        """
        try:
            for plane in self.architecture.planes:
                self.sandbox.start(plane.name)
        except SandboxError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error

    def endpoint(self, plane: str) -> str | None:
        """Where a data plane serves, None unless it runs."""
        return self.sandbox.endpoint(plane)

    def require_endpoint(self, plane: str) -> str:
        """Where a data plane serves.

        Raises:
            CommandError: it does not run.
        """
        found = self.endpoint(plane)
        if found is None:
            raise CommandError(self.explain_stopped(), Exit.ENVIRONMENT)
        return found

    @property
    def runs(self) -> bool:
        """Whether every data plane serves."""
        return all(plane.endpoint is not None for plane in self.planes)

    @property
    def is_fresh(self) -> bool:
        """Whether a data plane holds something else than the stack's state describes."""
        return any(self.sandbox.is_fresh(plane.name) for plane in self.architecture.planes)

    def acknowledge(self) -> None:
        """Say that the stack's state now describes what the data planes hold."""
        for plane in self.architecture.planes:
            self.sandbox.acknowledge(plane.name)

    def explain_stopped(self) -> str:
        """Which data plane does not run, why, and what to do."""
        plane = next(plane for plane in self.planes if plane.endpoint is None)
        if plane.state == "dead":
            return (
                f"The {plane.name} data plane ended without being stopped, and what it had is lost; `scaleshop up` "
                f"starts it and rebuilds the stack. Its log: {plane.log}"
            )
        return f"The {plane.name} data plane does not run; `scaleshop up` starts it."

    def require_sandbox(self) -> None:
        """Refuse a data plane that does not run as a whole, or holds something else than the stack describes.

        Raises:
            CommandError: it names what is wrong and the fix.
        """
        if not self.runs:
            raise CommandError(self.explain_stopped(), Exit.ENVIRONMENT)
        for plane in self.planes:
            if self.sandbox.is_fresh(plane.name):
                msg = (
                    f"Stack '{self.stack}' describes another world than the one that the {plane.name} data plane holds "
                    "now: what was there, orders too, is lost. `scaleshop up` rebuilds the stack."
                )
                raise CommandError(msg, Exit.ENVIRONMENT)
            for companion in plane.companions:
                if companion.state != "running":
                    msg = (
                        f"{companion.name} beside the {plane.name} data plane has ended; `scaleshop up` starts it "
                        f"again, and nothing is lost. Its log: {companion.log}"
                    )
                    raise CommandError(msg, Exit.ENVIRONMENT)

    def packages(self) -> "Sequence[Package]":
        """The provider packages of the sandbox, at its data planes."""
        return self.architecture.packages(self.endpoint, self.settings)

    def runner(self) -> "Runner":
        """The engine that works on the stack."""
        # Imported here: both load what `--help` and `down` do without.
        if self.engine == "pulumi":
            from scaleshop.pulumi_engine import PulumiCli  # noqa: PLC0415

            return PulumiCli(self)
        from scaleshop.engines import Embedded  # noqa: PLC0415

        return Embedded(self)

    def require_shop(self) -> DeployedShop:
        """The deployed shop.

        Raises:
            CommandError: the stack is not up, or its data planes do not serve what it describes.
        """
        outputs = self.runner().outputs()
        if "apiUrl" not in outputs:
            msg = f"Stack '{self.stack}' is not up; run `scaleshop up --stack {self.stack}` first."
            raise CommandError(msg, Exit.FAILED)
        if self.target == "sandbox":
            self.require_sandbox()
        return self.architecture.deployed_shop(self, outputs)


def open_session(
    architecture: str | None,
    stack: str | None,
    *,
    environment: str = "dev",
    target: TargetName = "sandbox",
    engine: EngineName = "auto",
    on_progress: Callable[[Progress], None] = ignore,
    directory: Path | None = None,
) -> Session:
    """The session of a command.

    Args:
        architecture: Its name, None where the stack says it or the default is meant.
        stack: The stack, None for the architecture's own of `environment`.
        environment: The second half of that stack's name.
        target: Where to.
        engine: Who deploys.
        on_progress: Notified of slow steps.
        directory: Where the project is looked for (default the working directory).

    Raises:
        CommandError: unknown architecture or stack, two that disagree, an engine that can't do it, or bad settings:
            every one is named.
    """
    project = find(directory)
    if stack is not None:
        check_stack_name(stack)
    name = stack or f"{registry.load(architecture or registry.DEFAULT).name}-{environment}"
    config = project.config(name)
    found = load_architecture(project, name, config)
    registry.require_sdks(found)
    if architecture not in (None, found.name):
        msg = (
            f"ARCH is '{architecture}' and stack '{name}' is of architecture '{found.name}'; leave one of the two out "
            "(ARCH may come from the environment)."
        )
        raise CommandError(msg, Exit.USAGE)
    settings = parse_settings(found, config, name)
    return Session(project, name, found, settings, target, choose_engine(engine, target), on_progress)


def load_architecture(project: Project, stack: str, config: Config) -> Architecture:
    """The architecture that a stack's configuration names.

    Raises:
        CommandError: it names none, or one that is not there or can't be loaded.
    """
    name, file = config.get(ARCHITECTURE_KEY), project.settings_file(stack).relative_to(project.root)
    known = ", ".join(registry.names())
    if not name:
        msg = f"Stack '{stack}': {ARCHITECTURE_KEY} is not set; set it in {file} to one of: {known}."
        raise CommandError(msg, Exit.USAGE)
    if name not in registry.names():
        raise CommandError(f"Stack '{stack}': {ARCHITECTURE_KEY} is '{name}' in {file}; known: {known}.", Exit.USAGE)
    return registry.load(name)


def parse_settings(architecture: Architecture, config: Config, stack: str) -> Any:
    """The settings of a stack.

    Raises:
        CommandError: bad ones; every one is named.
    """
    from stacks.settings import SettingsError  # noqa: PLC0415 - keeps `--help` fast

    try:
        return architecture.parse_settings(json.loads(config.get(SETTINGS_KEY, "{}")), stack=stack)
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def choose_engine(engine: EngineName, target: TargetName) -> Literal["pulumi", "embedded"]:
    """The engine that works: the CLI where it is on PATH, unless the other was asked for.

    Raises:
        CommandError: the asked-for engine can't do it.
    """
    has_cli = shutil.which("pulumi") is not None
    if target == "cloud" and engine == "embedded":
        msg = "The embedded engine deploys to the sandbox only; for a cloud install the Pulumi CLI and omit --engine."
        raise CommandError(msg, Exit.USAGE)
    if (target == "cloud" or engine == "pulumi") and not has_cli:
        msg = "The Pulumi CLI is not on PATH; install it (https://www.pulumi.com/docs/install/)" + (
            "." if target == "cloud" else ", or use `--engine embedded`."
        )
        raise CommandError(msg, Exit.ENVIRONMENT)
    return "pulumi" if has_cli and engine != "embedded" else "embedded"
