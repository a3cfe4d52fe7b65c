"""`scaleshop refresh`, `destroy` and `down`."""

from typing import TYPE_CHECKING, Literal

from sandbox.host.errors import SandboxError
from scaleshop import console
from scaleshop.architectures.registry import load_all
from scaleshop.changes import change_tree, describe_changes
from scaleshop.commands.up import explain_failure
from scaleshop.confirm import confirm_cloud
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Engine, Stack, Target, Verbose, Yes
from scaleshop.progress_display import ProgressDisplay
from scaleshop.project import find
from scaleshop.session import Session, open_session

if TYPE_CHECKING:
    from sandbox.host.plane import Plane


def refresh(
    arch: Arch = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Take what exists for the truth: shows what was changed or deleted behind the stack's back.

    Examples: `scaleshop refresh`, `scaleshop refresh --json`
    """
    session = open_session(arch, stack, target=target, engine=engine)
    with ProgressDisplay(f"looking up {session.stack}") as display:
        session.on_progress = display.progress
        _reach(session, display, "refresh", yes=yes)
        result = session.runner().run("refresh", display.event)
    drift = {u: d for u, d in display.changes.items() if d["op"] in ("update", "delete")}
    if as_json:
        found = [{"urn": urn, "op": d["op"], "properties": list(d.get("diffs", ()))} for urn, d in drift.items()]
        console.print_json({"stack": session.stack, "ok": result.ok, "changes": dict(result.changes), "drift": found})
    elif drift:
        console.out().print(change_tree(f"{session.stack}: drift", result.resources, drift, everything=False))
        console.out().print("`scaleshop up` makes it what the program says again.", markup=False)
    else:
        console.out().print(f"{session.stack}: no drift", markup=False)
    if not result.ok:
        raise explain_failure(session, result)


def destroy(
    arch: Arch = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    yes: Yes = False,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Delete everything in the stack; the sandbox's data plane goes on running (`scaleshop down` stops it).

    Examples: `scaleshop destroy`, `scaleshop destroy --stack NAME --target cloud`
    """
    session = open_session(arch, stack, target=target, engine=engine)
    with ProgressDisplay(f"destroying {session.stack}", verbose=verbose) as display:
        session.on_progress = display.progress
        _reach(session, display, "destroy", yes=yes)
        result = session.runner().run("destroy", display.event)
    if as_json:
        document = {"stack": session.stack, "ok": result.ok, "changes": dict(result.changes)}
        console.print_json({**document, "errors": list(result.errors)})
    else:
        console.out().print(f"{session.stack}: {describe_changes(result.changes)}", markup=False)
    if not result.ok:
        raise explain_failure(session, result)


def down() -> None:
    """Stop every process of the sandbox; what the data planes have is kept for the next `up`.

    Example: `scaleshop down`
    """
    from sandbox.host.sandbox import Sandbox  # noqa: PLC0415 - keeps `--help` fast

    with ProgressDisplay("stopping") as display:
        try:
            sandbox = Sandbox(find().run_dir, _all_planes(display), on_progress=display.progress)
            lost = [plane for plane in sandbox.status() if plane.state == "dead"]
            sandbox.stop()
        except SandboxError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error
    for plane in sandbox.status():
        if plane.state == "dead" and plane not in lost:
            msg = (
                f"The sandbox is stopped, but the {plane.name} data plane could not save what it had, which is lost; "
                f"the next `scaleshop up` rebuilds the stack. Its log: {plane.log}"
            )
            raise CommandError(msg, Exit.ENVIRONMENT)
    console.out().print("The sandbox is stopped.", markup=False)


def _all_planes(display: ProgressDisplay) -> "list[Plane]":
    """The data planes of every architecture; one that can't be loaded does not keep the others running."""
    architectures, wrong = load_all()
    for error in wrong:
        display.say(f"warning: {error}")
    return [plane for architecture in architectures for plane in architecture.planes]


def _reach(session: Session, display: ProgressDisplay, operation: Literal["refresh", "destroy"], *, yes: bool) -> None:
    if session.target == "sandbox":
        session.start()
    else:
        confirm_cloud(session, display, operation, yes=yes)
