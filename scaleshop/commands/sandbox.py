"""`scaleshop sandbox`: what the sandbox does as its cloud does, behaviour by behaviour."""

import contextlib
import fnmatch
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scaleshop import console, contract_table
from scaleshop.architectures import registry
from scaleshop.architectures.base import Architecture
from scaleshop.confirm import ask
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Target, Yes
from scaleshop.progress_display import ProgressDisplay

if TYPE_CHECKING:
    from sandbox.contract.behaviour import Behaviour
    from sandbox.contract.run import BehaviourVerdict
    from sandbox.contract.target import ContractTarget

app = typer.Typer(no_args_is_help=True, help="Hold the sandbox against the cloud that it stands in for.")


@app.callback()
def _root() -> None:
    """Hold the sandbox against the cloud that it stands in for."""


@app.command()
def check(
    arch: Arch = None,
    target: Target = "sandbox",
    only: Annotated[list[str] | None, typer.Option(help="Behaviours by id, with wildcards; may be repeated.")] = None,
    service: Annotated[list[str] | None, typer.Option(help="Behaviours of a service; may be repeated.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Print the behaviours and check none.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Behaviours checked at once.")] = 8,
    region: Annotated[str, typer.Option(help="Region of --target cloud instead of your settings'.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Check what the sandbox does against what the cloud's documentation says.

    It starts a sandbox of its own on a free port and ends it. With --target cloud the same behaviours are checked on
    your account: everything made there is named and tagged `scaleshop-contract-...` and removed; it costs some cents.

    Examples: `scaleshop sandbox check`, `scaleshop sandbox check ARCH --list --json`
    """
    architecture = registry.load(arch or registry.DEFAULT)
    registry.require_sdks(architecture)
    chosen = choose(architecture, only or (), service or ())
    if listed:
        contract_table.show_behaviours(chosen, as_json=as_json)
        return
    found: list[BehaviourVerdict] = []
    with _open_target(architecture, target, region, len(chosen), yes=yes) as place:
        left, interrupted = _check(chosen, place, workers, found)
    contract_table.show_verdicts(found, architecture.name, target, as_json=as_json)
    _report_left(left)
    if interrupted:
        msg = f"Interrupted after {len(found)} of {len(chosen)} behaviours."
        raise CommandError(msg, Exit.INTERRUPTED)
    if not contract_table.holds(found):
        msg = f"the {target} does not do what the contract says."
        raise CommandError(msg, Exit.FAILED)


def choose(architecture: Architecture, only: Sequence[str], services: Sequence[str]) -> "list[Behaviour]":
    """The behaviours of some services whose ids match one of some patterns; all by default.

    Raises:
        CommandError: a pattern or a service names none; the message says what there is.
    """
    found = list(architecture.behaviours())
    if not found:
        raise CommandError(f"Architecture '{architecture.name}' has no contract to check.", Exit.USAGE)
    known = sorted({behaviour.service for behaviour in found})
    if unknown := sorted(set(services) - set(known)):
        msg = f"--service {', '.join(unknown)}: there are no such behaviours; services: {', '.join(known)}"
        raise CommandError(msg, Exit.USAGE)
    if services:
        found = [behaviour for behaviour in found if behaviour.service in services]
    for pattern in only:
        if not any(fnmatch.fnmatchcase(behaviour.id, pattern) for behaviour in found):
            msg = f"--only {pattern} matches no behaviour; there are, for instance: {_like(pattern, found)}"
            raise CommandError(msg, Exit.USAGE)
    return [b for b in found if not only or any(fnmatch.fnmatchcase(b.id, pattern) for pattern in only)]


@contextlib.contextmanager
def _open_target(
    architecture: Architecture, target: str, region: str, count: int, *, yes: bool
) -> "Generator[ContractTarget]":
    from sandbox.host.errors import SandboxError  # noqa: PLC0415

    if target == "cloud":
        account = architecture.find_account(region, {})
        place = architecture.contract_account(account)
        console.err().print(f"Everything it makes is named and tagged {place.prefix} and removed.", markup=False)
        ask(f"check {count} behaviours in {account}?", yes=yes)
        yield place
        return
    if region:
        msg = "--region is for --target cloud; the sandbox has one region."
        raise CommandError(msg, Exit.USAGE)
    with contextlib.ExitStack() as started:
        try:
            with ProgressDisplay("starting a sandbox") as display:
                place = started.enter_context(architecture.contract_sandbox(display.progress))
        except SandboxError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error
        yield place


def _check(
    chosen: "Sequence[Behaviour]", place: "ContractTarget", workers: int, found: "list[BehaviourVerdict]"
) -> tuple[list[str], bool]:
    """Check behaviours into `found`; what could not be removed, and whether Ctrl-C was pressed."""
    from engine.interrupts import handle_interrupts  # noqa: PLC0415
    from sandbox.contract.run import ContractRun  # noqa: PLC0415

    run, status = ContractRun(chosen, place, workers=workers), console.err().status("checking")
    with handle_interrupts(lambda *_: run.interrupt()), status:
        for verdict in run.verdicts():
            found.append(verdict)
            if verdict.outcome in contract_table.FAILED:
                line = f"{verdict.outcome}: {verdict.behaviour.sentence} Seen: {verdict.seen}"
                console.err().print(line, markup=False)
            status.update(escape(f"{len(found)} of {len(chosen)}: {verdict.behaviour.sentence}"))
    return [*(line for verdict in found for line in verdict.left), *run.left], run.is_interrupted


def _report_left(left: Iterable[str]) -> None:
    for line in left:
        console.err().print(f"not removed: {line}", markup=False)


def _like(pattern: str, behaviours: "Iterable[Behaviour]") -> str:
    import difflib  # noqa: PLC0415

    ids = [behaviour.id for behaviour in behaviours]
    return ", ".join(difflib.get_close_matches(pattern, ids, n=3, cutoff=0) or ids[:3]) + "; --list prints all"
