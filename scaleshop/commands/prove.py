"""`scaleshop prove`: what a guardrail asks for is taken away, and a trial that passed fails."""

from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape

from scaleshop import console
from scaleshop.architectures import registry
from scaleshop.architectures.base import Architecture
from scaleshop.errors import CommandError, Exit
from scaleshop.options import ArchOption, AsJson
from scaleshop.progress_display import ProgressDisplay

if TYPE_CHECKING:
    from scaleshop.proving import ProofVerdict
    from trials.proof import Proof


def prove(
    rules: Annotated[
        list[str] | None, typer.Argument(metavar="[RULE]...", help="Rules to prove (default all).")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="Print the proofs and run none.")] = False,
    arch: ArchOption = None,
    as_json: AsJson = False,
) -> None:
    """Show that guardrails matter: a promise is kept with what a rule asks for, and broken without it.

    Each proof deploys two small programs on a sandbox of its own, judges both by the rule, and puts the same trial to
    both. It is proven when rule and trial are silent on the one and both find fault with the other.

    Examples: `scaleshop prove --list`, `scaleshop prove RULE`, `scaleshop prove --json`
    """
    architecture = registry.load(arch or registry.DEFAULT)
    registry.require_sdks(architecture)
    chosen = _choose(architecture, rules or [])
    if listed:
        _show_list(chosen, as_json=as_json)
        return
    verdicts = _run(architecture, chosen)
    if as_json:
        console.print_json({"proofs": [_document(verdict) for verdict in verdicts]})
    else:
        _show(verdicts)
    missing = [verdict.proof.rule for verdict in verdicts if not verdict.proven]
    if missing:
        raise CommandError(f"not proven: {', '.join(missing)}.", Exit.FAILED)


def _choose(architecture: Architecture, rules: list[str]) -> "list[Proof]":
    known = {proof.rule: proof for proof in architecture.proofs()}
    if not known:
        raise CommandError(f"Architecture '{architecture.name}' has no proofs.", Exit.USAGE)
    if unknown := [rule for rule in rules if rule not in known]:
        raise CommandError(f"no proof of {', '.join(unknown)}; there are: {', '.join(known)}.", Exit.USAGE)
    return [proof for rule, proof in known.items() if not rules or rule in rules]


def _run(architecture: Architecture, chosen: "list[Proof]") -> "list[ProofVerdict]":
    from sandbox.host.errors import SandboxError  # noqa: PLC0415
    from scaleshop.proving import open_bench  # noqa: PLC0415

    verdicts: list[ProofVerdict] = []
    try:
        with ProgressDisplay("starting a sandbox") as display, open_bench(architecture, display.progress) as bench:
            for proof in chosen:
                verdicts.append(bench.run(proof))
                console.err().print(f"{'proven' if verdicts[-1].proven else 'NOT PROVEN'} {proof.rule}", markup=False)
    except SandboxError as error:
        raise CommandError(str(error), Exit.ENVIRONMENT) from error
    return verdicts


def _show(verdicts: "list[ProofVerdict]") -> None:
    table = console.table("verdict", "rule", "removed", "the trial with it", "the trial without it")
    for verdict in verdicts:
        word = "[green]PROVEN[/green]" if verdict.proven else "[red]NOT PROVEN[/red]"
        proof, seen = verdict.proof, (verdict.guarded.seen.text, verdict.unguarded.seen.text)
        table.add_row(word, proof.rule, escape(proof.removed), *(escape(text) for text in seen))
        for fault in verdict.faults:
            table.add_row("", "", f"[red]{escape(fault)}[/red]", "", "")
    console.out().print(table)


def _show_list(chosen: "list[Proof]", *, as_json: bool) -> None:
    if as_json:
        console.print_json([{"rule": p.rule, "removed": p.removed, "promise": p.promise} for p in chosen])
        return
    table = console.table("rule", "promise", "removed")
    for proof in chosen:
        table.add_row(proof.rule, proof.promise, proof.removed)
    console.out().print(table)


def _document(verdict: "ProofVerdict") -> dict[str, Any]:
    sides = {"guarded": verdict.guarded, "unguarded": verdict.unguarded}
    return {
        "rule": verdict.proof.rule,
        "removed": verdict.proof.removed,
        "promise": verdict.proof.promise,
        "proven": verdict.proven,
        "faults": list(verdict.faults),
        **{
            name: {
                "findings": [result.message for result in side.findings],
                "trial": {"kept": side.seen.kept, "seen": side.seen.text},
            }
            for name, side in sides.items()
        },
    }
