"""Asking before something outside this machine is changed or destroyed."""

from typing import Literal

import typer

from scaleshop import console
from scaleshop.changes import change_tree, describe_plan
from scaleshop.errors import CommandError, Exit
from scaleshop.progress_display import ProgressDisplay
from scaleshop.session import Session


def confirm_cloud(
    session: Session, display: ProgressDisplay, operation: Literal["up", "refresh", "destroy"], *, yes: bool
) -> None:
    """Show account, place and plan, then ask.

    Raises:
        CommandError: no credentials, the plan fails, or the answer is no.
    """
    account = session.architecture.find_account("", session.config)
    display.say(f"target: {account}, stack {session.stack}")
    if operation == "up":
        result = session.runner().run("preview", display.event)
        if not result.ok:
            raise CommandError("\n".join(result.errors) or "the preview failed", Exit.FAILED)
        console.err().print(change_tree(session.stack, result.resources, display.changes, everything=False))
        display.say(f"plan: {describe_plan(result.changes)}")
    ask(f"{operation} {session.stack} in {account.kind} {account.id}?", yes=yes)


def ask(question: str, *, yes: bool) -> None:
    """Ask; without a terminal the answer must come as --yes.

    Raises:
        CommandError: the answer is no.
    """
    if yes:
        return
    if not console.err().is_terminal:
        msg = f"{question} Nobody can be asked here; add --yes to go on."
        raise CommandError(msg, Exit.USAGE)
    if not typer.confirm(question, err=True):
        msg = "Nothing was changed."
        raise CommandError(msg, Exit.FAILED)
