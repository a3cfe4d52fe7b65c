"""`scaleshop up`: provision, sell, say whether it works."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scaleshop import console, gate, policy_table, quotas
from scaleshop.changes import summary
from scaleshop.commands.verify import holds, show_verdicts, verdicts_of
from scaleshop.confirm import confirm_cloud
from scaleshop.deployment import Deployment
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Architecture, AsJson, Engine, Stack, Target, Verbose, Yes
from scaleshop.session import Session, open_session
from scaleshop.watch import Watch

if TYPE_CHECKING:
    from engine.engine import Result
    from policies.core.report import Report


def up(
    architecture: Architecture = "aws",
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    yes: Yes = False,
    verify: bool = typer.Option(True, help="Sell on the sandbox afterwards and print the verdict."),
    quota: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=NUMBER", help="Quota of the sandbox's account, repeatable; all others are AWS's defaults."
        ),
    ] = None,
    policies: gate.Policies = True,
    verbose: Verbose = False,
    as_json: AsJson = False,
) -> None:
    """Make the stack what its program says; in the sandbox also fill the shelves and sell.

    A finding that the stack's policy profile makes mandatory stops it before anything is created.

    What `--quota` can set is in docs/reference/quotas.md; a quota holds until the next `up`, which sets it anew.

    Examples: `scaleshop up`, `scaleshop up --quota lambda.concurrency=10`, `scaleshop up --no-verify`,
    `scaleshop up --stack aws-prod --target cloud`
    """
    asked = quotas.parsed(quota or [], target=target)
    session = open_session(architecture, stack, target=target, engine=engine)
    watch = Watch(f"deploying {session.stack}", verbose=verbose)
    session.on_progress = watch.progress
    with watch:
        report = _prepared(session, policies=policies)
        if report:
            watch.say(policy_table.summary(report))
    if report and report.stops:
        raise _refused(report, as_json=as_json)
    with watch:
        result = _deployed(session, watch, asked, yes=yes)
    failed = None if result.ok else failure(session, result)
    document: dict[str, Any] = {"stack": session.stack, "ok": result.ok, "changes": dict(result.changes)}
    document["policies"] = gate.told(report)
    if failed is None:
        document["outputs"] = dict(session.runner().outputs())
    if not as_json:
        console.out().print(f"{session.stack}: {summary(result.changes)}", markup=False)
        if report is None:
            console.out().print(gate.SKIPPED, markup=False)
    if failed is None and verify and target == "sandbox":
        failed = _sell(Deployment(session, document["outputs"]), document, as_json=as_json)
    if as_json:
        console.print_json({**document, "ok": failed is None, "errors": list(result.errors)})
    if failed is not None:
        raise failed


def failure(session: Session, result: Any) -> CommandError:
    """What a failed operation is reported as."""
    if result.interrupted:
        msg = "Interrupted. What was under way is finished or recorded as pending; run the command again to go on."
        return CommandError(msg, Exit.INTERRUPTED)
    errors = "\n".join(f"  {line}" for error in result.errors for line in str(error).splitlines())
    gone = session.target == "sandbox" and session.endpoint() is None
    hint = "\nThe data plane is not running any more; `scaleshop up` starts it and rebuilds the stack." if gone else ""
    return CommandError(f"{session.stack} failed:\n{errors}{hint}", Exit.ENVIRONMENT if gone else Exit.FAILED)


def _prepared(session: Session, *, policies: bool) -> "Report | None":
    """Have everything at hand, and judge the program meanwhile: a plane starts in a process of its own."""
    session.prepare()
    judging = gate.begin(session) if policies else None
    if session.target == "sandbox":
        session.start()
    return judging.result() if judging else None


def _deployed(session: Session, watch: Watch, asked: Mapping[str, int], *, yes: bool) -> "Result":
    if session.target == "sandbox":
        _bound(session, watch, asked)
        _settle(session, watch)
    else:
        confirm_cloud(session, watch, "up", yes=yes)
    result = session.runner().run("up", watch.event)
    if session.target == "sandbox" and result.ok:
        session.sandbox.acknowledge(session.architecture)
    return result


def _refused(report: "Report", *, as_json: bool) -> CommandError:
    """Show what stops the operation; the error to raise."""
    refused = gate.refusal(report)
    if as_json:
        document = {"stack": report.stack, "ok": False, "changes": {}, "policies": gate.told(report)}
        console.print_json({**document, "errors": [str(refused)]})
    else:
        policy_table.show(report)
    return refused


def _bound(session: Session, watch: Watch, asked: Mapping[str, int]) -> None:
    """Give the sandbox's account the quotas that are asked for, and AWS's for the rest."""
    endpoint = session.endpoint()
    if endpoint is None:
        return  # it has ended; what follows says so
    again = quotas.apply(endpoint, asked, session.project.account_concurrency(session.stack))
    if asked:
        watch.say(f"Quotas of the sandbox's account: {quotas.shown(asked)}; all others are AWS's.")
    elif again:
        watch.say(f"Quotas are AWS's again; they were: {quotas.shown(again)}.")


def _settle(session: Session, watch: Watch) -> None:
    """Refresh first where the plane's world is another one than the state describes."""
    if not session.sandbox.fresh(session.architecture):
        return
    deploying, watch.title = watch.title, f"looking up what is left of {session.stack}"
    result = session.runner().run("refresh", watch.event)
    watch.title = deploying
    if result.changes:
        watch.say("The data plane is not the one this stack was deployed to; what it has lost is made anew.")
    if not result.ok:
        raise failure(session, result)


def _sell(deployment: Deployment, document: dict[str, Any], *, as_json: bool) -> CommandError | None:
    deployment.operate("seed")
    verdicts = verdicts_of(deployment)
    document["verdicts"] = [asdict(verdict) for verdict in verdicts]
    document["storefront"] = deployment.storefront_url
    if not as_json:
        printed = console.out()
        printed.print(f"\nStorefront  {deployment.storefront_url}\nAPI         {deployment.api_url}\n", markup=False)
        show_verdicts(verdicts)
        printed.print(
            "\nNext: source .venv/bin/activate, then scaleshop order | status | logs -f checkout | destroy",
            markup=False,
        )
    if holds(verdicts):
        return None
    return CommandError(f"{deployment.session.stack} is up, but the shop does not do what it must.", Exit.FAILED)
