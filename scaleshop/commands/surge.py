"""`scaleshop surge`: many more customers than usual, and what becomes of their orders."""

from pathlib import Path
from typing import Annotated

import typer

from scaleshop import console
from scaleshop.errors import CommandError, Exit
from scaleshop.options import Arch, AsJson, Junit, Seed, Settle, Stack, Target
from scaleshop.session import open_session
from scaleshop.trial_runs import choose_seed, describe_place, run_surge, show_trial, write_reports


def surge(
    arch: Arch = None,
    profile: Annotated[str, typer.Option(help="steady, flash-sale, slow-ramp or double-peak.")] = "flash-sale",
    seconds: Annotated[float, typer.Option(min=4, help="How long the profile takes.")] = 60,
    rate: Annotated[float, typer.Option(min=0.1, help="Orders a second before the surge; it is ten times that.")] = 3,
    workers: Annotated[
        int, typer.Option(min=0, max=40, help="Send from so many processes, by locust; 0 sends from this one.")
    ] = 0,
    seed: Seed = None,
    settle: Settle = 240,
    stack: Stack = None,
    target: Target = "sandbox",
    junit: Junit = None,
    html: Annotated[Path | None, typer.Option(help="Also write a page with the curves.")] = None,
    as_json: AsJson = False,
) -> None:
    """Let a surge of orders come, whether the shop keeps up or not; nothing that it accepted may be lost.

    Arrivals are open-loop: they do not slow down with the answers, and latencies count from when a request was due.

    With --workers each worker sends its own customers' orders, all together exactly those of one process; docs/load.md
    has workers on other machines.

    Examples: `scaleshop surge --profile flash-sale --seed 7`, `scaleshop surge --seconds 600 --rate 10 --json`,
    `scaleshop surge --rate 100 --workers 4`
    """
    from trials.load_plan import UnknownProfileError  # noqa: PLC0415 - keeps `--help` fast
    from trials.load_plan import profile as shape  # noqa: PLC0415
    from trials.report import document  # noqa: PLC0415
    from trials.trial import Load  # noqa: PLC0415

    try:
        chosen = shape(profile)
    except UnknownProfileError as error:
        raise CommandError(f"--profile: {error}", Exit.USAGE) from error
    shop = open_session(arch, stack, target=target).require_shop()
    result = run_surge(shop, Load(chosen, seconds, rate, choose_seed(seed)), settle, workers)
    where = describe_place(shop)
    write_reports(result.trial, where, junit=junit, html=html, curves=result.curves())
    if as_json:
        console.print_json({**document(result.trial, where), "surge": result.document()})
    else:
        show_trial(result.trial, where)
        console.out().print("\n".join(result.lines()), markup=False)
    if not result.trial.report.passed:
        msg = f"{shop.session.stack}: the surge broke a promise; see `scaleshop logs`."
        raise CommandError(msg, Exit.FAILED)
