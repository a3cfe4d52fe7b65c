"""`scaleshop sandbox`: what the sandbox does as AWS does, behaviour by behaviour."""

import contextlib
import fnmatch
from collections.abc import Generator, Iterable, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.markup import escape

from scaleshop import console, contract_table
from scaleshop.confirm import account_of, ask
from scaleshop.errors import CommandError, Exit
from scaleshop.options import AsJson, Target, Yes
from scaleshop.watch import Watch

if TYPE_CHECKING:
    from sandbox.aws.contract.fixtures.target import AwsTarget
    from sandbox.contract.behaviour import Behaviour
    from sandbox.contract.run import Verdict

app = typer.Typer(no_args_is_help=True, help="Hold the sandbox against the cloud that it stands in for.")


@app.callback()
def _root() -> None:
    """Hold the sandbox against the cloud that it stands in for."""


@app.command()
def check(
    cloud: Annotated[Literal["aws"], typer.Argument(help="Cloud whose behaviours are checked.")],
    target: Target = "sandbox",
    only: Annotated[list[str] | None, typer.Option(help="Behaviours by id, with wildcards; may be repeated.")] = None,
    service: Annotated[list[str] | None, typer.Option(help="Behaviours of a service; may be repeated.")] = None,
    listed: Annotated[bool, typer.Option("--list", help="Print the behaviours and check none.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Behaviours checked at once.")] = 8,
    region: Annotated[str, typer.Option(help="Region of --target cloud instead of your settings'.")] = "",
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Check what the sandbox does against what AWS's documentation says.

    It starts a sandbox of its own on a free port and ends it. With --target cloud the same behaviours are checked on
    your account: everything made there is named and tagged `scaleshop-contract-...` and removed; it costs some cents.

    Examples: `scaleshop sandbox check aws`, `scaleshop sandbox check aws --service sqs --json`
    """
    chosen = choose(only or (), service or ())
    if listed:
        contract_table.show_behaviours(chosen, as_json=as_json)
        return
    found: list[Verdict] = []
    with _place(target, region, len(chosen), yes=yes) as world:
        left, interrupted = _checked(chosen, world, workers, found)
    contract_table.show_verdicts(found, cloud, target, as_json=as_json)
    _say_left(left)
    if interrupted:
        msg = f"Interrupted after {len(found)} of {len(chosen)} behaviours."
        raise CommandError(msg, Exit.INTERRUPTED)
    if not contract_table.holds(found):
        msg = f"the {target} does not do what the contract says."
        raise CommandError(msg, Exit.FAILED)


def choose(only: Sequence[str], services: Sequence[str]) -> "list[Behaviour]":
    """The behaviours of some services whose ids match one of some patterns; all by default.

    Raises:
        CommandError: a pattern or a service names none; the message says what there is.
    """
    from sandbox.aws.contract import behaviours  # noqa: PLC0415 - keeps `--help` fast

    found = list(behaviours())
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
def _place(target: str, region: str, count: int, *, yes: bool) -> "Generator[AwsTarget]":
    from sandbox.aws.contract.fixtures.places import own_sandbox, real_account  # noqa: PLC0415
    from sandbox.host import SandboxError  # noqa: PLC0415

    if target == "cloud":
        account, region = account_of(region)
        world = real_account(account, region)
        console.err().print(f"Everything it makes is named and tagged {world.prefix} and removed.", markup=False)
        ask(f"check {count} behaviours in account {account}, region {region}?", yes=yes)
        yield world
        return
    if region:
        msg = "--region is for --target cloud; the sandbox has one region."
        raise CommandError(msg, Exit.USAGE)
    with contextlib.ExitStack() as started:
        try:
            with Watch("starting a sandbox") as watch:
                world = started.enter_context(own_sandbox(watch.progress))
        except SandboxError as error:
            raise CommandError(str(error), Exit.ENVIRONMENT) from error
        yield world


def _checked(
    chosen: "Sequence[Behaviour]", world: "AwsTarget", workers: int, found: "list[Verdict]"
) -> tuple[list[str], bool]:
    """Check behaviours into `found`, told as they end; what could not be removed, and whether Ctrl-C was pressed."""
    from engine.interrupts import on_interrupt  # noqa: PLC0415
    from sandbox.contract.run import Run  # noqa: PLC0415

    run, status = Run(chosen, world, workers=workers), console.err().status("checking")
    with on_interrupt(lambda *_: run.interrupt()), status:
        for verdict in run.verdicts():
            found.append(verdict)
            if verdict.outcome in contract_table.FAILED:
                said = f"{verdict.outcome}: {verdict.behaviour.sentence} Seen: {verdict.seen}"
                console.err().print(said, markup=False)
            status.update(escape(f"{len(found)} of {len(chosen)}: {verdict.behaviour.sentence}"))
    return [*(line for verdict in found for line in verdict.left), *run.left], run.interrupted


def _say_left(left: Iterable[str]) -> None:
    for line in left:
        console.err().print(f"not removed: {line}", markup=False)


def _like(pattern: str, behaviours: "Iterable[Behaviour]") -> str:
    import difflib  # noqa: PLC0415

    ids = [behaviour.id for behaviour in behaviours]
    return ", ".join(difflib.get_close_matches(pattern, ids, n=3, cutoff=0) or ids[:3]) + "; --list prints all"
