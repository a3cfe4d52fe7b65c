"""The `scaleshop` command."""

import gc
import os
import sys

import typer

from scaleshop.commands.chaos import chaos
from scaleshop.commands.check import check
from scaleshop.commands.diagram import diagram
from scaleshop.commands.doctor import doctor
from scaleshop.commands.grants import grants
from scaleshop.commands.inspect import outputs, status
from scaleshop.commands.lifecycle import destroy, down, refresh
from scaleshop.commands.logs import logs
from scaleshop.commands.orders import order, redrive
from scaleshop.commands.preview import preview
from scaleshop.commands.prove import prove
from scaleshop.commands.report import app as report
from scaleshop.commands.rules import explain, rules
from scaleshop.commands.sandbox import app as sandbox
from scaleshop.commands.surge import surge
from scaleshop.commands.up import up
from scaleshop.commands.verify import verify
from scaleshop.errors import CommandError, Exit

TRACEBACK = "SCALESHOP_TRACEBACK"
# A program builds much and drops little: at Python's default of 700 the collector takes a tenth of a preview
# (benchmarks/preview_cold.py).
COLLECT_AFTER = 100_000

app = typer.Typer(
    name="scaleshop",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Provision a reference shop architecture, sell on it, and say whether it works.",
    epilog="Exit codes: 0 done, 1 failed, 2 usage or settings, 3 environment, 4 state, 5 rule broke, 130 interrupted.",
)


@app.callback()
def _root() -> None:
    """Provision a reference shop architecture, sell on it, and say whether it works."""


for command in (
    up,
    preview,
    check,
    rules,
    explain,
    refresh,
    destroy,
    down,
    status,
    outputs,
    logs,
    order,
    verify,
    surge,
    chaos,
    prove,
    redrive,
    diagram,
    doctor,
    grants,
):
    app.command()(command)
app.add_typer(sandbox, name="sandbox")
app.add_typer(report, name="report")


def main() -> None:
    """Run the command; an expected error becomes one message and its exit code."""
    gc.set_threshold(COLLECT_AFTER)
    try:
        app()
    except CommandError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(error.code)
    except KeyboardInterrupt:
        typer.echo("Interrupted.", err=True)
        sys.exit(Exit.INTERRUPTED)
    except Exception as error:
        if os.environ.get(TRACEBACK):
            raise
        typer.echo(f"Error: {type(error).__name__}: {error}\nSet {TRACEBACK}=1 to see where it came from.", err=True)
        sys.exit(Exit.FAILED)
