"""Arguments that several commands share."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from scaleshop.architectures.registry import DEFAULT

EngineName = Literal["auto", "pulumi", "embedded"]
TargetName = Literal["sandbox", "cloud"]

TOKEN = "SCALESHOP_TOKEN"  # noqa: S105 - the name of the variable that holds a customer's token

ARCH_VARIABLE = "ARCH"
ARCH_HELP = f"Architecture, whose stack ARCH-dev is meant; a stack that is named says its own (default {DEFAULT})."

Arch = Annotated[str | None, typer.Argument(metavar="[ARCH]", envvar=ARCH_VARIABLE, show_envvar=False, help=ARCH_HELP)]
ArchOption = Annotated[str | None, typer.Option("--arch", envvar=ARCH_VARIABLE, show_envvar=False, help=ARCH_HELP)]
Stack = Annotated[str | None, typer.Option(help="Stack instead of the architecture's development stack.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Engine = Annotated[
    EngineName, typer.Option(help="Who deploys: the Pulumi CLI, the embedded engine, or the CLI where it is on PATH.")
]
Target = Annotated[TargetName, typer.Option(help="Where to: the local sandbox, or your cloud account.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Print every resource as it is done.")]
Seed = Annotated[int | None, typer.Option(min=0, help="Repeats a run's orders (default a new one, which is printed).")]
Junit = Annotated[Path | None, typer.Option(help="Also write the verdicts as JUnit XML.")]
Settle = Annotated[float, typer.Option(min=1, help="Seconds within which everything must hold after the last answer.")]
