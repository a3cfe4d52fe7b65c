"""A trial's verdict for machines: JSON, and JUnit for CI."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from trials.checker import InvariantVerdict
from trials.figures import curve, figures
from trials.trial import Trial

PLACES = ("memory", "sandbox", "cloud")
"""Where a trial may run; what it proves on one it proves on no other."""
NOT_RUN = "not run"


def document(trial: Trial, where: str) -> dict[str, Any]:
    """The whole report.

    Args:
        trial: What came of it.
        where: On what it ran, `the sandbox (shop-dev)` say; nothing is proven for another place.
    """
    return {
        "passed": trial.report.passed,
        "where": where,
        "run": asdict(trial.run),
        "profile": trial.load.profile.name,
        "seconds": trial.load.seconds,
        "rate": trial.load.rate,
        "settled_seconds": round(trial.settle_seconds, 1),
        "invariants": [
            {**verdict_document(verdict), "proven": cells(verdict, where)} for verdict in trial.report.verdicts
        ],
        "notes": list(trial.report.notes),
        "figures": {name: round(value, 1) for name, value in asdict(figures(trial.measurements)).items()},
        "curve": [asdict(second) for second in curve(trial.measurements)],
        "ledger": str(trial.ledger),
    }


def verdict_document(verdict: InvariantVerdict) -> Mapping[str, Any]:
    """One invariant's verdict."""
    return {
        "id": verdict.id,
        "title": verdict.title,
        "outcome": verdict.outcome,
        "checked": verdict.checked,
        "lacking": verdict.lacking,
        "offences": dict(verdict.offences),
        "first": [asdict(offence) for offence in verdict.first],
    }


def cells(verdict: InvariantVerdict, where: str) -> Mapping[str, str]:
    """An invariant's verdict by place: that of this run on one, and nothing on the others."""
    here = where.partition("(")[0].split()
    return {place: verdict.outcome if place in here else NOT_RUN for place in PLACES}


def limits(where: str) -> str:
    """The limits of what a run proves, in a sentence."""
    here = where.partition("(")[0].split()
    others = " and ".join(place for place in PLACES if place not in here)
    return f"Proven on {where} alone; not run here: {others}. What is proven elsewhere: docs/reference/proofs.md."


def junit(trial: Trial, where: str) -> str:
    """The report as JUnit XML: one case for each invariant."""
    verdicts = trial.report.verdicts
    skipped = _count(trial, "not checked") + _count(trial, "not evaluated")
    counts = {"tests": len(verdicts), "failures": _count(trial, "fail"), "skipped": skipped}
    name = f"{trial.load.profile.name} on {where}, seed {trial.load.seed}"
    suite = ET.Element("testsuite", {"name": name, **{name: str(value) for name, value in counts.items()}})
    for verdict in verdicts:
        case = ET.SubElement(suite, "testcase", classname=f"trials.{where}", name=f"{verdict.id} {verdict.title}")
        if verdict.outcome == "fail":
            lines = [f"{offence.subject}: {offence.text}" for offence in verdict.first] or ["nothing was checked"]
            ET.SubElement(case, "failure", message=summary(verdict)).text = "\n".join(lines)
        elif verdict.outcome != "pass":
            ET.SubElement(case, "skipped", message=verdict.lacking or "this run had nothing to check")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def summary(verdict: InvariantVerdict) -> str:
    """An invariant's verdict in a few words: `3 lost, 1 duplicate of 200`, or how many it was checked on."""
    if verdict.lacking:
        return verdict.lacking
    if verdict.offences:
        found = ", ".join(f"{count} {kind}" for kind, count in verdict.offences.items())
        return f"{found} of {verdict.checked}"
    return f"{verdict.checked} checked" if verdict.checked else "nothing to check"


def _count(trial: Trial, outcome: str) -> int:
    return sum(verdict.outcome == outcome for verdict in trial.report.verdicts)
