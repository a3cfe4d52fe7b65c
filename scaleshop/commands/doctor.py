"""`scaleshop doctor`: what stands in the way, and what to do about it."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.doctor.findings import Finding, Outcome
from scaleshop.errors import Exit
from scaleshop.options import Architecture, AsJson, Stack
from scaleshop.project import find
from scaleshop.session import open_session
from scaleshop.watch import Watch

COLOURS = {Outcome.OK: "green", Outcome.WARN: "yellow", Outcome.FAIL: "red"}


def doctor(
    architecture: Architecture = "aws",
    stack: Stack = None,
    cloud: Annotated[bool, typer.Option("--cloud", help="Check the account the stack would go to instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check this machine, or with --cloud an account before its first deployment; nothing is changed.

    Exit code 3 means that something must be mended.

    Examples: `scaleshop doctor`, `scaleshop doctor --cloud --stack aws-prod`
    """
    findings = _account(architecture, stack) if cloud else _machine()
    failed = any(finding.outcome == Outcome.FAIL for finding in findings)
    if as_json:
        console.print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    if failed:
        raise typer.Exit(Exit.ENVIRONMENT)


def _machine() -> list[Finding]:
    from sandbox.host.environments import cache_directory  # noqa: PLC0415 - keeps `--help` fast
    from scaleshop.doctor.local import Machine, examine  # noqa: PLC0415

    return examine(Machine(run_dir=find().run_dir, cache=cache_directory()))


def _account(architecture: str, stack: str | None) -> list[Finding]:
    from scaleshop.diagram.plan import planned_graph  # noqa: PLC0415 - these load the SDKs
    from scaleshop.doctor.cloud import Account, examine  # noqa: PLC0415
    from stacks.aws.settings import parse  # noqa: PLC0415

    session = open_session(architecture, stack)
    config = session.project.config(session.stack)
    settings = parse(json.loads(config.get("scaleshop:settings", "{}")), stack=session.stack)
    with Watch(f"asking AWS about {session.stack}") as watch:
        session.on_progress = watch.progress
        session.prepare()
        graph = planned_graph(session.project, session.stack)
        types = {resource.type for resource in graph.resources.values()}
        return list(examine(Account(session.stack, config, settings, types)))


def _show(findings: Iterable[Finding]) -> None:
    table = console.table("", "check", "found")
    for finding in findings:
        found = escape(finding.detail)
        if finding.fix:
            found += f"\n[bold]->[/] {escape(finding.fix)}"
        table.add_row(f"[{COLOURS[finding.outcome]}]{finding.outcome}[/]", finding.check, found)
    console.out().print(table)
