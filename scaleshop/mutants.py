"""Whether the checker would have seen it: mutants of a run that was judged, and what caught them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from scaleshop import console
from scaleshop.architectures.base import DeployedShop
from scaleshop.trial_runs import explain_errors, find_target

if TYPE_CHECKING:
    from trials.mutants import MutantVerdict
    from trials.trial import Trial


def run_mutants(shop: DeployedShop, trial: "Trial") -> "Sequence[MutantVerdict]":
    """What the checker says to each mutant of a trial's ledgers."""
    from apps.contracts.consumers import consumers  # noqa: PLC0415 - these load an HTTP client
    from trials import ledger, mutants  # noqa: PLC0415
    from trials.store_records import order_of  # noqa: PLC0415
    from trials.trial import read_all_records as everything  # noqa: PLC0415

    with explain_errors():
        found = everything(find_target(shop), trial.run.began)
        records = [(service, dict(record)) for service, record in found]
        lines = [dict(line) for line in ledger.read_lines(trial.ledger)]
        # A mutant alters the first record that fits, and nothing is promised for the orders of others.
        customers = {line["customer"] for line in lines if line["line"] == "attempt"}
        ours = {r["order_id"] for _, r in records if r["kind"] == "order" and r["customer_id"] in customers}
        records.sort(key=lambda pair: order_of(pair[1]) not in ours)
        return list(mutants.run_mutants(mutants.RecordedRun(lines, records, consumers())))


def find_survivors(caught: "Sequence[MutantVerdict]") -> "Sequence[MutantVerdict]":
    """Mutants that nobody saw."""
    return [one for one in caught if not one.caught_by and not one.untried]


def show_mutants(caught: "Sequence[MutantVerdict]") -> None:
    """Each mutant and what caught it."""
    if not caught:
        return
    table = console.table("mutant", "caught by")
    for one in caught:
        untried = f"[yellow]not tried: {escape(one.untried)}[/]" if one.untried else "[red]NOTHING[/]"
        table.add_row(one.mutant.name, ", ".join(one.caught_by) or untried)
    console.out().print(table)


def document(caught: "Sequence[MutantVerdict]") -> Sequence[Mapping[str, Any]]:
    """The same as JSON."""
    return [{"mutant": one.mutant.name, "by": list(one.caught_by), "untried": one.untried} for one in caught]
