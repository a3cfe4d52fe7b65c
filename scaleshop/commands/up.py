"""`scaleshop up`: provision, sell, say whether it works."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scaleshop import console, gate, policy_table
from scaleshop.architectures.base import DeployedShop
from scaleshop.changes import describe_changes
from scaleshop.commands.verify import check_contract, holds, show_verdicts
from scaleshop.confirm import confirm_cloud
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Engine, Stack, Target, Verbose, Yes
from scaleshop.progress_display import ProgressDisplay
from scaleshop.session import Session, open_session

if TYPE_CHECKING:
    from engine.engine import OperationResult
    from policies.core.report import Report


def up(
    arch: Arch = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    yes: Yes = False,
    verify: bool = typer.Option(True, help="Sell on the sandbox afterwards and print the verdict."),
    quota: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER",
            help="Quota of the sandbox's account, repeatable; all others are the cloud's defaults.",
        ),
    ] = None,
    policies: gate.Policies = True,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Make the stack what its program says; in the sandbox also fill the stock and sell.

    A finding that the stack's policy profile makes mandatory stops it before anything is created.

    What `--quota` can set is in docs/reference; a quota holds until the next `up`, which sets it anew.

    Examples: `scaleshop up`, `scaleshop up --no-verify`, `scaleshop up --stack NAME --target cloud`
    """
    if quota and target != "sandbox":
        msg = "--quota is for the sandbox; `scaleshop doctor --cloud` says what an account has and how to ask for more."
        raise CommandError(msg, Exit.USAGE)
    session = open_session(arch, stack, target=target, engine=engine)
    quotas = session.architecture.parse_quotas(quota or [])
    display = ProgressDisplay(f"deploying {session.stack}", verbose=verbose)
    session.on_progress = display.progress
    with display:
        report = _prepare(session, policies=policies)
        if report:
            display.say(policy_table.summary(report))
    if report and report.is_blocking:
        raise _refuse(report, as_json=as_json)
    with display:
        result = _deploy(session, display, quotas, yes=yes)
    failed = None if result.ok else explain_failure(session, result)
    document: dict[str, Any] = {"stack": session.stack, "ok": result.ok, "changes": dict(result.changes)}
    document["policies"] = gate.document(report)
    if failed is None:
        document["outputs"] = dict(session.runner().outputs())
    if not as_json:
        console.out().print(f"{session.stack}: {describe_changes(result.changes)}", markup=False)
        if report is None:
            console.out().print(gate.SKIPPED, markup=False)
    if failed is None and verify and target == "sandbox":
        failed = _sell(session.architecture.deployed_shop(session, document["outputs"]), document, as_json=as_json)
    if as_json:
        console.print_json({**document, "ok": failed is None, "errors": list(result.errors)})
    if failed is not None:
        raise failed


def explain_failure(session: Session, result: Any) -> CommandError:
    """The error that a failed operation is reported as."""
    if result.interrupted:
        msg = "Interrupted. What was under way is finished or recorded as pending; run the command again to go on."
        return CommandError(msg, Exit.INTERRUPTED)
    errors = "\n".join(f"  {line}" for error in result.errors for line in str(error).splitlines())
    gone = session.target == "sandbox" and not session.runs
    hint = "\nThe data plane is not running any more; `scaleshop up` starts it and rebuilds the stack." if gone else ""
    return CommandError(f"{session.stack} failed:\n{errors}{hint}", Exit.ENVIRONMENT if gone else Exit.FAILED)


def _prepare(session: Session, *, policies: bool) -> "Report | None":
    """Have everything at hand, and judge the program meanwhile: a plane starts in a process of its own."""
    session.architecture.build_artifacts(session.on_progress)
    judging = gate.begin(session) if policies else None
    if session.target == "sandbox":
        session.start()
    return judging.result() if judging else None


def _deploy(session: Session, display: ProgressDisplay, quotas: Mapping[str, int], *, yes: bool) -> "OperationResult":
    if session.target == "sandbox":
        _apply_quotas(session, display, quotas)
        _settle(session, display)
    else:
        confirm_cloud(session, display, "up", yes=yes)
    result = session.runner().run("up", display.event)
    if session.target == "sandbox" and result.ok:
        session.acknowledge()
    return result


def _refuse(report: "Report", *, as_json: bool) -> CommandError:
    """Show what stops the operation; the error to raise."""
    refused = gate.refusal(report)
    if as_json:
        document = {"stack": report.stack, "ok": False, "changes": {}, "policies": gate.document(report)}
        console.print_json({**document, "errors": [str(refused)]})
    else:
        policy_table.show(report)
    return refused


def _apply_quotas(session: Session, display: ProgressDisplay, quotas: Mapping[str, int]) -> None:
    """Give the sandbox's account the quotas that are asked for, and the cloud's for the rest."""
    if not session.runs:
        return  # it has ended; what follows says so
    reset = session.architecture.apply_quotas(session.endpoint, quotas, session.settings)
    cloud = session.architecture.cloud
    if quotas:
        display.say(f"Quotas of the sandbox's account: {_list_quotas(quotas)}; all others are {cloud}'s.")
    elif reset:
        display.say(f"Quotas are {cloud}'s again; they were: {_list_quotas(reset)}.")


def _list_quotas(quotas: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {value:,}" for name, value in quotas.items())


def _settle(session: Session, display: ProgressDisplay) -> None:
    """Refresh first where the plane's world is another one than the state describes."""
    if not session.is_fresh:
        return
    deploying, display.title = display.title, f"looking up what is left of {session.stack}"
    result = session.runner().run("refresh", display.event)
    display.title = deploying
    if result.changes:
        display.say("The data plane is not the one this stack was deployed to; what it has lost is made anew.")
    if not result.ok:
        raise explain_failure(session, result)


def _sell(shop: DeployedShop, document: dict[str, Any], *, as_json: bool) -> CommandError | None:
    shop.operate("seed")
    verdicts = check_contract(shop)
    document["verdicts"] = [asdict(verdict) for verdict in verdicts]
    document["storefront"] = shop.storefront_url
    if not as_json:
        printed = console.out()
        printed.print(f"\nStorefront  {shop.storefront_url}\nAPI         {shop.api_url}\n", markup=False)
        show_verdicts(verdicts)
        printed.print(
            "\nNext: source .venv/bin/activate, then scaleshop order | status | logs -f checkout | destroy",
            markup=False,
        )
    if holds(verdicts):
        return None
    return CommandError(f"{shop.session.stack} is up, but the shop does not do what it must.", Exit.FAILED)
