"""`scaleshop doctor`: what stands in the way, and what to do about it."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.registry import load_all
from scaleshop.doctor.findings import CheckOutcome, Finding, fail
from scaleshop.errors import Exit
from scaleshop.options import Arch, AsJson, Stack
from scaleshop.progress_display import ProgressDisplay
from scaleshop.project import find
from scaleshop.session import open_session

COLOURS = {CheckOutcome.OK: "green", CheckOutcome.WARN: "yellow", CheckOutcome.FAIL: "red"}


def doctor(
    arch: Arch = None,
    stack: Stack = None,
    cloud: Annotated[bool, typer.Option("--cloud", help="Check the account the stack would go to instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check this machine, or with --cloud an account before its first deployment; nothing is changed.

    Exit code 3 means that something must be mended.

    Examples: `scaleshop doctor`, `scaleshop doctor --cloud --stack NAME`
    """
    findings = _examine_account(arch, stack) if cloud else _examine_machine()
    failed = any(finding.outcome == CheckOutcome.FAIL for finding in findings)
    if as_json:
        console.print_json({"ok": not failed, "findings": [asdict(finding) for finding in findings]})
    else:
        _show(findings)
    if failed:
        raise typer.Exit(Exit.ENVIRONMENT)


def _examine_machine() -> list[Finding]:
    from sandbox.host.environments import cache_directory  # noqa: PLC0415 - keeps `--help` fast
    from scaleshop.doctor.local import Machine, examine  # noqa: PLC0415

    architectures, wrong = load_all()
    planes = [plane for architecture in architectures for plane in architecture.planes]
    findings = examine(Machine(find().run_dir, cache_directory(), planes))
    return [*findings, *(fail("architectures", str(error), "repair its folder") for error in wrong)]


def _examine_account(arch: str | None, stack: str | None) -> list[Finding]:
    session = open_session(arch, stack)
    with ProgressDisplay(f"asking {session.architecture.cloud} about {session.stack}") as display:
        session.on_progress = display.progress
        session.architecture.build_artifacts(session.on_progress)
        return list(session.architecture.examine_account(session))


def _show(findings: Iterable[Finding]) -> None:
    table = console.table("", "check", "found")
    for finding in findings:
        found = escape(finding.detail)
        if finding.fix:
            found += f"\n[bold]->[/] {escape(finding.fix)}"
        table.add_row(f"[{COLOURS[finding.outcome]}]{finding.outcome}[/]", finding.check, found)
    console.out().print(table)
