"""`scaleshop preview`: the planned resources as a tree, with counts."""

from typing import TYPE_CHECKING, Annotated

import typer

from scaleshop import console, gate, policy_table
from scaleshop.changes import change_tree, describe_plan
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Engine, Stack, Target
from scaleshop.progress_display import ProgressDisplay
from scaleshop.session import Session, open_session

if TYPE_CHECKING:
    from policies.core.report import Report


def preview(
    arch: Arch = None,
    stack: Stack = None,
    target: Target = "sandbox",
    engine: Engine = "auto",
    everything: Annotated[bool, typer.Option("--all", help="Also show unchanged resources.")] = False,
    explain_sizing: Annotated[bool, typer.Option(help="Print how every bound follows from the sizing block.")] = False,
    policies: gate.Policies = True,
    as_json: AsJson = False,
) -> None:
    """Show what `up` would change; in the sandbox nothing is started and no credentials are needed.

    What the policies find is shown, and does not fail a preview; `scaleshop check` fails, and so does `up`.

    Examples: `scaleshop preview`, `scaleshop preview --explain-sizing`, `scaleshop preview --stack NAME --json`
    """
    session = open_session(arch, stack, target=target, engine=engine)
    if explain_sizing:
        _sizing(session, as_json=as_json)
        return
    with ProgressDisplay(f"planning {session.stack}") as display:
        session.on_progress = display.progress
        session.architecture.build_artifacts(session.on_progress)
        result = session.runner().run("preview", display.event)
        # Afterwards: the engine says more of a program that fails.
        report = gate.judge(session) if policies and result.ok else None
    if as_json:
        steps = [{"op": step.op, "urn": step.urn} for step in result.steps]
        document = {"stack": session.stack, "ok": result.ok, "changes": dict(result.changes), "steps": steps}
        console.print_json({**document, "policies": gate.document(report), "errors": list(result.errors)})
    else:
        count = sum(result.changes.values())
        title = f"{session.stack}: {count} resources"
        console.out().print(change_tree(title, result.resources, display.changes, everything=everything))
        console.out().print(describe_plan(result.changes), markup=False)
        _policies(report, skipped=not policies)
    if not result.ok:
        errors = "\n".join(result.errors)
        raise CommandError(errors or f"Stack '{session.stack}': the preview failed.", Exit.FAILED)


def _policies(report: "Report | None", *, skipped: bool) -> None:
    if report:
        console.out().print()
        policy_table.show(report)
    elif skipped:
        console.out().print(gate.SKIPPED, markup=False)


def _sizing(session: Session, *, as_json: bool) -> None:
    rows = session.architecture.derive_bounds(session.settings)
    if as_json:
        fields = ("name", "value", "unit", "how")
        console.print_json([{field: getattr(row, field) for field in fields} for row in rows])
        return
    table = console.table("bound", "value", "because")
    for row in rows:
        table.add_row(row.name, "off" if row.value is None else f"{row.value:g} {row.unit}", row.how)
    console.out().print(table)
