"""Asking before something outside this machine is changed or destroyed."""

from typing import Literal

import typer

from scaleshop import console
from scaleshop.changes import planned, tree
from scaleshop.errors import CommandError, Exit
from scaleshop.session import Session
from scaleshop.watch import Watch


def confirm_cloud(session: Session, watch: Watch, operation: Literal["up", "refresh", "destroy"], *, yes: bool) -> None:
    """Show account, region and plan, then ask.

    Raises:
        CommandError: no credentials, the plan fails, or the answer is no.
    """
    account, region = account_of(session.project.config(session.stack).get("aws:region", ""))
    watch.say(f"target: account {account}, region {region}, stack {session.stack}")
    if operation == "up":
        result = session.runner().run("preview", watch.event)
        if not result.ok:
            raise CommandError("\n".join(result.errors) or "the preview failed", Exit.FAILED)
        console.err().print(tree(session.stack, result.resources, watch.changes, everything=False))
        watch.say(f"plan: {planned(result.changes)}")
    ask(f"{operation} {session.stack} in account {account}?", yes=yes)


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


def account_of(region: str) -> tuple[str, str]:
    """The account and region that the user's credentials are for.

    Args:
        region: The region wanted; empty for the one of the user's settings.

    Raises:
        CommandError: there are no usable credentials, or no region.
    """
    import boto3  # noqa: PLC0415 - only where a cloud is meant
    from botocore.config import Config  # noqa: PLC0415

    quick = Config(connect_timeout=5, read_timeout=10, retries={"max_attempts": 1})
    try:
        client = boto3.client("sts", region_name=region or None, config=quick)
        return client.get_caller_identity()["Account"], client.meta.region_name
    except Exception as error:  # whatever the SDK raises: none found, expired, no answer
        msg = f"No usable AWS credentials: {error}. Sign in (e.g. `aws sso login`), then try again."
        raise CommandError(msg, Exit.ENVIRONMENT) from error
