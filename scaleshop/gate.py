"""The policy packs before an operation: the program is judged on mocks while something else starts."""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scaleshop.errors import CommandError, Exit
from scaleshop.session import Session

if TYPE_CHECKING:
    from policies.core.report import Report
    from scaleshop.guardrails import Terms

Policies = Annotated[
    bool,
    typer.Option(
        "--policies/--no-policies",
        help="Judge the program by the policies of the environment's profile first; a report says when they were "
        "skipped.",
    ),
]
SKIPPED = "The policies were skipped (--no-policies)."


def begin(session: Session) -> "Future[Report]":
    """Judge a session's stack by its profile, in a thread.

    While it runs nothing else may work with Pulumi's SDK, of which there is one in a process.

    Raises:
        CommandError: a file of the policies is malformed; that the program fails is raised by the result.
    """
    from scaleshop import guardrails, subjects  # noqa: PLC0415 - these load the rules

    by = _read_terms(session)
    thread = ThreadPoolExecutor(1, thread_name_prefix="policies")
    judging = thread.submit(lambda: guardrails.judge(subjects.stack(session), by))
    thread.shutdown(wait=False)
    return judging


def judge(session: Session) -> "Report":
    """Judge a session's stack by its profile.

    Raises:
        CommandError: the program fails, or a file of the policies is malformed.
    """
    from scaleshop import guardrails, subjects  # noqa: PLC0415

    return guardrails.judge(subjects.stack(session), _read_terms(session))


def _read_terms(session: Session) -> "Terms":
    from scaleshop import guardrails  # noqa: PLC0415

    profile, platforms = guardrails.profile_of(session.config), guardrails.platforms_of(session.architecture.name)
    return guardrails.read_terms(session.project.root, profile, of=platforms)


def refusal(report: "Report") -> CommandError:
    """The error that a verdict stops an operation with."""
    count = sum(result.mandatory for result in report.results)
    msg = (
        f"{report.stack}: the policies stop this before anything is created; findings: {count}. Repair them "
        "(`scaleshop explain RULE` says why one is there), exempt them in policies/exemptions.yaml, or go on with "
        "--no-policies."
    )
    return CommandError(msg, Exit.FAILED if report.is_complete else Exit.INCOMPLETE)


def document(report: "Report | None") -> Any:
    """The verdict in a command's JSON document; null says that the policies were skipped."""
    from policies.reports.document import document as of_report  # noqa: PLC0415

    return None if report is None else of_report(report)
