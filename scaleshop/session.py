"""A command's view of one stack: its settings checked, its engine chosen, its sandbox at hand."""

import json
import shutil
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sandbox.aws.plane import PLANE
from sandbox.host import Progress, Sandbox, SandboxError
from sandbox.host.progress import told
from sandbox.host.supervisor import PlaneStatus
from scaleshop.errors import CommandError, Exit
from scaleshop.options import EngineName, TargetName
from scaleshop.project import ARCHITECTURES, Project, find, stack_name

if TYPE_CHECKING:
    from scaleshop.engines import Runner


@dataclass
class Session:
    """One stack on one target."""

    project: Project
    stack: str
    architecture: str
    """What the stack's configuration says it is; also the name of its data plane."""
    target: TargetName = "sandbox"
    engine: Literal["pulumi", "embedded"] = "embedded"
    on_progress: Any = field(default=lambda _: None)

    @property
    def sandbox(self) -> Sandbox:
        """The data planes of this project."""
        return Sandbox(self.project.run_dir, [PLANE], on_progress=self.on_progress)

    def start(self) -> None:
        """Start the stack's data plane unless it runs.

        Raises:
            CommandError: it can't be started; the message says why.
        """
        try:
            self.sandbox.start(self.architecture)
        except SandboxError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error

    def endpoint(self) -> str | None:
        """Where the data plane serves, None unless it runs."""
        return self.sandbox.endpoint(self.architecture)

    @property
    def plane(self) -> PlaneStatus:
        """What is known of the architecture's data plane now."""
        return next(plane for plane in self.sandbox.status() if plane.name == self.architecture)

    def not_running(self) -> str:
        """Why there is no data plane to talk to, and what to do."""
        plane = self.plane
        if plane.state == "dead":
            return (
                f"The {plane.name} data plane ended without being stopped, and what it held is lost; `scaleshop up` "
                f"starts it and rebuilds the stack. Its log: {plane.log}"
            )
        return f"The {plane.name} data plane does not run; `scaleshop up` starts it."

    def require_sandbox(self) -> None:
        """Refuse a data plane that does not run as a whole, or holds another world than the stack describes.

        Raises:
            CommandError: it names what is wrong and the fix.
        """
        plane = self.plane
        if plane.endpoint is None:
            raise CommandError(self.not_running(), Exit.ENVIRONMENT)
        if self.sandbox.fresh(self.architecture):
            msg = (
                f"Stack '{self.stack}' describes another world than the one that the {plane.name} data plane holds "
                "now: what was there, orders too, is lost. `scaleshop up` rebuilds the stack."
            )
            raise CommandError(msg, Exit.ENVIRONMENT)
        for companion in plane.companions:
            if companion.state != "running":
                msg = (
                    f"{companion.name} beside the {plane.name} data plane has ended; `scaleshop up` starts it again, "
                    f"and nothing is lost. Its log: {companion.log}"
                )
                raise CommandError(msg, Exit.ENVIRONMENT)

    def runner(self) -> "Runner":
        """The engine that works on the stack."""
        # Imported here: both load what `--help` and `down` do without.
        if self.engine == "pulumi":
            from scaleshop.pulumi_engine import PulumiCli  # noqa: PLC0415

            return PulumiCli(self.project, self.stack, self.target, self.endpoint)
        from scaleshop.engines import Embedded  # noqa: PLC0415

        return Embedded(self.project, self.stack, self.endpoint)

    def prepare(self) -> None:
        """Build what the program hands over, so that the slow part is shown and a missing network is named.

        Raises:
            CommandError: the packages can't be fetched.
        """
        from components.aws.layer_archive import LayerError  # noqa: PLC0415 - these load Pulumi's SDK
        from stacks.aws.bundle import dependencies_are_built, shop_dependencies  # noqa: PLC0415

        try:
            if dependencies_are_built():
                return
            with told(self.on_progress, "layer", "building the functions' dependency layer"):
                shop_dependencies()
        except LayerError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error


def open_session(
    architecture: str,
    stack: str | None,
    *,
    target: TargetName = "sandbox",
    engine: EngineName = "auto",
    on_progress: Any = None,
) -> Session:
    """The session of a command.

    Raises:
        CommandError: unknown architecture or stack, an engine that can't do it, or bad settings: every one is named.
    """
    project = find()
    name = stack_name(architecture, stack)
    config = project.config(name)
    found = config.get("scaleshop:architecture", "")
    if found not in ARCHITECTURES:
        msg = f"Stack '{name}': scaleshop:architecture is '{found}'; known: {', '.join(ARCHITECTURES)}."
        raise CommandError(msg, Exit.USAGE)
    _check_settings(config, name)
    return Session(project, name, found, target, chosen_engine(engine, target), on_progress or _nobody)


def chosen_engine(engine: EngineName, target: TargetName) -> Literal["pulumi", "embedded"]:
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


def _check_settings(config: dict[str, str], stack: str) -> None:
    from stacks.aws.settings import parse  # noqa: PLC0415 - keeps `--help` fast
    from stacks.settings import SettingsError  # noqa: PLC0415

    try:
        parse(json.loads(config.get("scaleshop:settings", "{}")), stack=stack)
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _nobody(_: Progress) -> None:
    """Nobody watches."""
