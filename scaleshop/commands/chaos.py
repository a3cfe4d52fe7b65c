"""`scaleshop chaos`: something is broken while customers buy, put right again, and then the checker judges."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures import registry
from scaleshop.architectures.base import DeployedShop
from scaleshop.confirm import ask
from scaleshop.errors import CommandError, Exit
from scaleshop.options import ArchOption, AsJson, Junit, Seed, Settle, Stack, Target, Yes
from scaleshop.session import open_session
from scaleshop.trial_runs import (
    choose_seed,
    describe_place,
    explain_errors,
    find_target,
    runs_directory,
    show_progress,
)

if TYPE_CHECKING:
    from trials.chaos.experiments import Experiment
    from trials.chaos.platform import Platform
    from trials.chaos.runner import ExperimentOutcome
    from trials.trial import ShopTarget as TrialTarget

COLOURS = {"pass": "green", "fail": "red", "refused": "yellow"}


def chaos(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARCH] [NAME]...", help="Experiments, see --list; the architecture may stand first."),
    ] = None,
    arch: ArchOption = None,
    every: Annotated[bool, typer.Option("--all", help="Run every experiment.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="Print the experiments, and run none.")] = False,
    seconds: Annotated[float, typer.Option(min=2, help="How long customers buy in each; its steps scale.")] = 15,
    rate: Annotated[float, typer.Option(min=0.1, help="Orders a second.")] = 3,
    seed: Seed = None,
    settle: Settle = 120,
    stack: Stack = None,
    target: Target = "sandbox",
    yes: Yes = False,
    junit: Junit = None,
    as_json: AsJson = False,
) -> None:
    """Break the shop's platform while customers buy, put it right again, and say whether every promise was kept.

    The default stack is ARCH-trial, whose times are short. A stack must enable faults (rules.faults_enabled).

    Examples: `scaleshop chaos --list`, `scaleshop chaos relay-killed --seed 7`, `scaleshop chaos --all --yes`
    """
    arch, names = _split(words or [], arch)
    chosen = _choose(names, every=every, listed=listed)
    if listed:
        _show_list(chosen, as_json=as_json)
        return
    shop = open_session(arch, stack, environment="trial", target=target).require_shop()
    platform = shop.platform()
    _require_consent(shop, platform, chosen, yes=yes)
    number, outcomes = choose_seed(seed), list["ExperimentOutcome"]()
    with explain_errors():
        buying_from = find_target(shop)
        for one in chosen:
            outcomes.append(_run(buying_from, runs_directory(shop), platform, one, (seconds, rate, number), settle))
            if not as_json:
                _report(outcomes[-1])
    where = describe_place(shop)
    if junit is not None:
        _write(junit, outcomes, where)
    if as_json:
        console.print_json({"seed": number, "where": where, "experiments": [o.document(where) for o in outcomes]})
    else:
        _show(outcomes, where, number)
    if any(o.verdict == "fail" for o in outcomes) or all(o.verdict == "refused" for o in outcomes):
        msg = f"{shop.session.stack}: not every promise was kept; see `scaleshop logs`."
        raise CommandError(msg, Exit.FAILED)


def _split(words: Sequence[str], arch: str | None) -> tuple[str | None, Sequence[str]]:
    """The architecture and the experiments that are named."""
    if not words or words[0] not in registry.names():
        return arch, words
    if arch not in (None, words[0]):
        msg = (
            f"--arch (or ARCH in the environment) is '{arch}' and the first word is '{words[0]}'; "
            "leave one of them out."
        )
        raise CommandError(msg, Exit.USAGE)
    return words[0], words[1:]


def _choose(names: Sequence[str], *, every: bool, listed: bool) -> "Sequence[Experiment]":
    from trials.chaos.experiments import UnknownExperimentError, experiment, experiments  # noqa: PLC0415

    if every and names:
        msg = f"Name experiments or give --all, not both: {', '.join(names)}."
        raise CommandError(msg, Exit.USAGE)
    if not (every or names or listed):
        msg = f"Name an experiment, or give --all; there are: {', '.join(experiments())}."
        raise CommandError(msg, Exit.USAGE)
    try:
        return [experiment(name) for name in dict.fromkeys(names)] or list(experiments().values())
    except UnknownExperimentError as error:
        raise CommandError(f"{str(error)[0].upper()}{str(error)[1:]}.", Exit.USAGE) from None


def _require_consent(shop: DeployedShop, platform: "Platform", chosen: "Sequence[Experiment]", *, yes: bool) -> None:
    name, refused = shop.session.stack, platform.refusal()
    if refused:
        msg = f"Stack '{name}' takes no faults: {refused}."
        raise CommandError(msg, Exit.USAGE)
    ask(f"Break {name} ({shop.session.target}) on purpose, {len(chosen)} times?", yes=yes)


def _run(
    target: "TrialTarget",
    ledgers: Path,
    platform: "Platform",
    experiment: "Experiment",
    load: tuple[float, float, int],
    settle: float,
) -> "ExperimentOutcome":
    from trials.chaos.runner import run_experiment  # noqa: PLC0415 - loads an HTTP client
    from trials.trial import Load  # noqa: PLC0415

    seconds, rate, seed = load
    with show_progress() as notify:
        return run_experiment(
            target,
            platform,
            experiment,
            Load(experiment.profile, seconds, rate, seed),
            ledgers,
            lambda text: notify(f"{experiment.name}: {text}"),
            settle_seconds=settle,
        )


def _show_list(chosen: "Sequence[Experiment]", *, as_json: bool) -> None:
    if as_json:
        console.print_json([{"name": e.name, "title": e.title, "covers": list(e.covers)} for e in chosen])
        return
    table = console.table("experiment", "what happens", "failures")
    for one in chosen:
        table.add_row(one.name, escape(one.title), ", ".join(one.covers))
    console.out().print(table)


def _report(outcome: "ExperimentOutcome") -> None:
    verdict = f"{outcome.verdict.upper()} {outcome.experiment.name}"
    console.err().print(verdict, *[f"\n  {why}" for why in outcome.why], markup=False, sep="")


def _show(outcomes: "Sequence[ExperimentOutcome]", where: str, seed: int) -> None:
    table = console.table("verdict", "experiment", "failures", "accepted", "settled", "what was touched")
    for one in outcomes:
        verdict = f"[{COLOURS[one.verdict]}]{one.verdict.upper()}[/]"
        accepted = str(one.trial.report.accepted) if one.trial else "-"
        settled = f"{one.trial.settle_seconds:.0f} s" if one.trial else "-"
        touched = ", ".join(f"{done.step.do} {done.effect.count if done.effect else 0}" for done in one.results)
        table.add_row(verdict, one.experiment.name, ", ".join(one.experiment.covers), accepted, settled, touched)
        for why in one.why:
            table.add_row("", escape(why))
    printed = console.out()
    printed.print(table)
    passed = sum(o.verdict == "pass" for o in outcomes)
    printed.print(f"\n{passed} of {len(outcomes)} passed, seed {seed}. Proven on {where} alone.", markup=False)


def _write(file: Path, outcomes: "Sequence[ExperimentOutcome]", where: str) -> None:
    failed, refused = (sum(o.verdict == kind for o in outcomes) for kind in ("fail", "refused"))
    counts = {"tests": str(len(outcomes)), "failures": str(failed), "skipped": str(refused)}
    suite = ET.Element("testsuite", {"name": f"chaos on {where}", **counts})
    for one in outcomes:
        case = ET.SubElement(suite, "testcase", classname="trials.chaos", name=one.experiment.name)
        if one.verdict != "pass":
            kind = "failure" if one.verdict == "fail" else "skipped"
            ET.SubElement(case, kind, message=one.why[0]).text = "\n".join(one.why)
    try:
        file.write_text(ET.tostring(suite, encoding="unicode", xml_declaration=True), encoding="utf-8")
    except OSError as error:
        msg = f"{file} can't be written: {error.strerror}"
        raise CommandError(msg, Exit.USAGE) from error
