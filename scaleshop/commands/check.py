"""`scaleshop check`: the policy packs on a stack, or on anybody's program, state or preview."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from scaleshop import console
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Stack
from scaleshop.progress_display import ProgressDisplay
from scaleshop.session import open_session

if TYPE_CHECKING:
    from policies.core.report import Report
    from scaleshop.subjects import Subject

FailOn = Literal["mandatory", "any"]


def check(
    arch: Arch = None,
    stack: Stack = None,
    profile: Annotated[
        str | None, typer.Option(help="Levels and settings: dev, prod or strict (default that of the environment).")
    ] = None,
    program: Annotated[
        Path | None, typer.Option(help="Judge this Pulumi program in Python, a file or directory, on mocks.")
    ] = None,
    state: Annotated[
        Path | None, typer.Option(help="Judge the resources of a state file or of `pulumi stack export`.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option(help="Judge what a `pulumi preview --json` plans, as far as it knows values.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Levels and settings over the profile (default policies/project.json).")
    ] = None,
    exemptions: Annotated[
        Path | None, typer.Option(help="Reviewed exemptions (default policies/exemptions.yaml).")
    ] = None,
    no_exemptions: Annotated[
        bool, typer.Option("--no-exemptions", help="Exempt nothing, neither by file nor by tag.")
    ] = False,
    max_exemption_days: Annotated[
        int | None, typer.Option(min=1, help="Refuse exemptions that hold longer than so many days from now.")
    ] = None,
    rule: Annotated[list[str] | None, typer.Option(help="Judge by this rule alone; repeatable.")] = None,
    diff: Annotated[
        Path | None, typer.Option(help="Only tell what is new or worse since this JSON report of before.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option(help="What fails: findings that stop a deployment, or any finding.")
    ] = "mandatory",
    as_json: AsJson = False,
    sarif: Annotated[Path | None, typer.Option(help="Also write SARIF 2.1.0.")] = None,
    sarif_exempted: Annotated[
        bool, typer.Option(help="Keep exempted findings in SARIF, as suppressed; GitHub opens alerts for those too.")
    ] = True,
    junit: Annotated[Path | None, typer.Option(help="Also write JUnit XML.")] = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page.")] = None,
) -> None:
    """Judge a stack by the policy packs; nothing is started and no credentials are needed.

    The project's own stack and `--program` are run on mocks that give every value the cloud would decide. Exit code 1
    means findings, 5 that a rule broke and its verdict is missing, whatever was found besides.

    Examples: `scaleshop check --stack NAME --profile prod`,
    `scaleshop check --program ../their-shop --sarif check.sarif`,
    `scaleshop check --state state.json --fail-on any`, `scaleshop check --json --diff before.json`
    """
    from policies.reports.difference import drop_known  # noqa: PLC0415 - these load the rules
    from policies.reports.document import document  # noqa: PLC0415
    from scaleshop import guardrails, policy_table, subjects  # noqa: PLC0415

    root, values, platforms, read = _subject(arch, stack, program, state, preview)
    by = guardrails.read_terms(
        root,
        profile or guardrails.profile_of(values),
        own=config,
        exemptions=exemptions,
        exempting=not no_exemptions,
        longest_days=max_exemption_days,
        only=rule or (),
        of=platforms,
    )
    base = guardrails.base_report(diff) if diff else None
    report = guardrails.judge(read(), by)
    whole = len(report.findings)
    if base is not None:
        report = drop_known(report, base)
    file = state or preview
    read_from = subjects.display_path(file) if file else ""
    _write(report, sarif, junit, html, exempted=sarif_exempted, read_from=read_from)
    if as_json:
        console.print_json(document(report))
    else:
        policy_table.show(report)
        if diff:
            known = whole - len(report.findings)
            console.out().print(f"{known} findings that {diff} has are not shown.", markup=False)
    _fail(report, fail_on)


def _subject(
    arch: str | None, stack: str | None, program: Path | None, state: Path | None, preview: Path | None
) -> "tuple[Path, Mapping[str, str], Sequence[str], Callable[[], Subject]]":
    """The directory whose files count, the stack's configuration and platforms (empty: all), and what reads it."""
    from scaleshop import guardrails, subjects  # noqa: PLC0415

    given = [name for name, path in (("program", program), ("state", state), ("preview", preview)) if path]
    if len(given) > 1:
        msg = f"--{given[0]} and --{given[1]} are both given; one thing is judged at a time."
        raise CommandError(msg, Exit.USAGE)
    if stack and (state or preview):
        msg = f"--stack has no meaning with --{given[0]}: the file tells whose resources it has. Leave it out."
        raise CommandError(msg, Exit.USAGE)
    if program:
        return subjects.directory(program), {}, (), lambda: subjects.program(program, stack)
    if state:
        return Path.cwd(), {}, (), lambda: subjects.state(state)
    if preview:
        return Path.cwd(), {}, (), lambda: subjects.preview(preview)
    session = open_session(arch, stack)

    def run() -> "Subject":
        with ProgressDisplay(f"judging {session.stack}") as display:
            session.on_progress = display.progress
            session.architecture.build_artifacts(session.on_progress)
            return subjects.stack(session)

    return session.project.root, session.config, guardrails.platforms_of(session.architecture.name), run


def _write(
    report: "Report", sarif: Path | None, junit: Path | None, html: Path | None, *, exempted: bool, read_from: str
) -> None:
    from policies.reports import html as of_html  # noqa: PLC0415
    from policies.reports import junit as of_junit  # noqa: PLC0415
    from policies.reports import sarif as of_sarif  # noqa: PLC0415

    renderers: tuple[tuple[str, Path | None, Callable[[], str]], ...] = (
        ("sarif", sarif, lambda: of_sarif.sarif(report, exempted=exempted, read_from=read_from)),
        ("junit", junit, lambda: of_junit.junit(report)),
        ("html", html, lambda: of_html.html(report)),
    )
    for option, path, render in renderers:
        if path is not None:
            try:
                path.write_text(render(), "utf-8")
            except OSError as error:
                msg = f"--{option} {path}: {error.strerror}; name a file that you may write."
                raise CommandError(msg, Exit.USAGE) from None


def _fail(report: "Report", fail_on: FailOn) -> None:
    if not report.is_complete:
        msg = f"{report.stack}: {report.counts['broken']} verdicts are missing, because rules broke; the others ran."
        raise CommandError(msg, Exit.INCOMPLETE)
    stopping = sum(result.mandatory for result in report.results)
    if stopping:
        raise CommandError(f"{report.stack}: findings that stop a deployment: {stopping}.", Exit.FAILED)
    if fail_on == "any" and report.findings:
        raise CommandError(f"{report.stack}: findings: {len(report.findings)}.", Exit.FAILED)
