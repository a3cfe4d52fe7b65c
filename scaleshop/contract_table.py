"""Behaviours of a cloud and the verdicts on them, as tables and JSON."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from scaleshop import console

if TYPE_CHECKING:
    from sandbox.contract.behaviour import Behaviour
    from sandbox.contract.run import BehaviourVerdict

COLOURS: Mapping[str, str] = MappingProxyType(
    {"holds": "green", "differs": "yellow", "broken": "red", "error": "red", "not checked": "yellow"}
)
FAILED = ("broken", "error")


def show_behaviours(behaviours: "Sequence[Behaviour]", *, as_json: bool) -> None:
    """What there is to check."""
    if as_json:
        console.print_json({"behaviours": [_document_behaviour(behaviour) for behaviour in behaviours]})
        return
    table = console.table("service", "behaviour", "id")
    for behaviour in _sort_by_service(behaviours):
        table.add_row(behaviour.service, escape(behaviour.sentence), behaviour.id)
    console.out().print(table)


def show_verdicts(verdicts: "Sequence[BehaviourVerdict]", cloud: str, target: str, *, as_json: bool) -> None:
    """What was found, and its sum."""
    if as_json:
        counts = _counts(verdicts)
        document = {"cloud": cloud, "target": target, "holds": holds(verdicts), "counts": counts}
        console.print_json({**document, "behaviours": [_document_result(verdict) for verdict in verdicts]})
        return
    by_behaviour = {verdict.behaviour.id: verdict for verdict in verdicts}
    table, service = console.table("service", "verdict", "behaviour", "s"), ""
    for behaviour in _sort_by_service(verdict.behaviour for verdict in verdicts):
        verdict = by_behaviour[behaviour.id]
        said = escape(behaviour.sentence) + (f"\n[bold]->[/] {escape(verdict.seen)}" if verdict.seen else "")
        outcome = f"[{COLOURS[verdict.outcome]}]{verdict.outcome}[/]"
        table.add_row(
            "" if behaviour.service == service else behaviour.service, outcome, said, f"{verdict.seconds:.1f}"
        )
        service = behaviour.service
    console.out().print(table)
    counted = ", ".join(f"{count} {outcome}" for outcome, count in _counts(verdicts).items() if count)
    console.out().print(
        f"\n{'HOLDS' if holds(verdicts) else 'BROKEN'}: {counted or 'nothing was checked'}", markup=False
    )


def holds(verdicts: "Iterable[BehaviourVerdict]") -> bool:
    """Whether every behaviour that was checked holds, known gaps apart; a run in which none does shows nothing."""
    from sandbox.contract.run import all_hold as whole  # noqa: PLC0415 - keeps `--help` fast

    return whole(verdicts)


def _counts(verdicts: "Iterable[BehaviourVerdict]") -> dict[str, int]:
    outcomes = [verdict.outcome for verdict in verdicts]
    return {outcome: outcomes.count(outcome) for outcome in COLOURS}


def _sort_by_service(behaviours: "Iterable[Behaviour]") -> "list[Behaviour]":
    return sorted(behaviours, key=lambda behaviour: behaviour.service)


def _document_result(verdict: "BehaviourVerdict") -> dict[str, Any]:
    found = {"outcome": verdict.outcome, "seen": verdict.seen, "seconds": round(verdict.seconds, 3)}
    return {**_document_behaviour(verdict.behaviour), **found, "not_removed": list(verdict.left)}


def _document_behaviour(behaviour: "Behaviour") -> dict[str, str]:
    return {
        "id": behaviour.id,
        "service": behaviour.service,
        "sentence": behaviour.sentence,
        "source": behaviour.source,
        "not_checked_on_cloud": behaviour.cloud,
        "gap": behaviour.gap,
    }
