"""A trial's verdict for machines: JSON, and JUnit for CI."""

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from trials.checker import Judgement
from trials.figures import curve, figures
from trials.trial import Trial

PLACES = ("memory", "sandbox", "cloud")
"""Where a trial may run; what it proves on one it proves on no other."""
NOT_RUN = "not run"


def document(trial: Trial, where: str) -> dict[str, Any]:
    """The whole report.

    Args:
        trial: What came of it.
        where: On what it ran, `the sandbox (aws-dev)` say; nothing is proven for another place.
    """
    return {
        "passed": trial.report.passed,
        "where": where,
        "run": asdict(trial.run),
        "profile": trial.load.profile.name,
        "seconds": trial.load.seconds,
        "rate": trial.load.rate,
        "settled_seconds": round(trial.settled, 1),
        "invariants": [
            {**judgement_document(judgement), "proven": cells(judgement, where)}
            for judgement in trial.report.judgements
        ],
        "notes": list(trial.report.notes),
        "figures": {name: round(value, 1) for name, value in asdict(figures(trial.course)).items()},
        "curve": [asdict(second) for second in curve(trial.course)],
        "ledger": str(trial.ledger),
    }


def judgement_document(judgement: Judgement) -> Mapping[str, Any]:
    """One invariant's verdict."""
    return {
        "id": judgement.id,
        "title": judgement.title,
        "outcome": judgement.outcome,
        "checked": judgement.checked,
        "lacking": judgement.lacking,
        "offences": dict(judgement.offences),
        "first": [asdict(offence) for offence in judgement.first],
    }


def cells(judgement: Judgement, where: str) -> Mapping[str, str]:
    """An invariant's verdict by place: that of this run on one, and nothing on the others."""
    here = where.partition("(")[0].split()
    return {place: judgement.outcome if place in here else NOT_RUN for place in PLACES}


def limits(where: str) -> str:
    """The limits of what a run proves, in a sentence."""
    here = where.partition("(")[0].split()
    others = " and ".join(place for place in PLACES if place not in here)
    return f"Proven on {where} alone; not run here: {others}. What is proven elsewhere: docs/reference/proofs.md."


def junit(trial: Trial, where: str) -> str:
    """The report as JUnit XML: one case for each invariant."""
    judgements = trial.report.judgements
    skipped = _count(trial, "not checked") + _count(trial, "not evaluated")
    counts = {"tests": len(judgements), "failures": _count(trial, "fail"), "skipped": skipped}
    name = f"{trial.load.profile.name} on {where}, seed {trial.load.seed}"
    suite = ET.Element("testsuite", {"name": name, **{name: str(value) for name, value in counts.items()}})
    for judgement in judgements:
        case = ET.SubElement(suite, "testcase", classname=f"trials.{where}", name=f"{judgement.id} {judgement.title}")
        if judgement.outcome == "fail":
            said = [f"{offence.subject}: {offence.text}" for offence in judgement.first] or ["nothing was checked"]
            ET.SubElement(case, "failure", message=summary(judgement)).text = "\n".join(said)
        elif judgement.outcome != "pass":
            ET.SubElement(case, "skipped", message=judgement.lacking or "this run had nothing to check")
    return ET.tostring(suite, encoding="unicode", xml_declaration=True)


def summary(judgement: Judgement) -> str:
    """An invariant's verdict in a few words: `3 lost, 1 duplicate of 200`, or how many it was checked on."""
    if judgement.lacking:
        return judgement.lacking
    if judgement.offences:
        found = ", ".join(f"{count} {kind}" for kind, count in judgement.offences.items())
        return f"{found} of {judgement.checked}"
    return f"{judgement.checked} checked" if judgement.checked else "nothing to check"


def _count(trial: Trial, outcome: str) -> int:
    return sum(judgement.outcome == outcome for judgement in trial.report.judgements)
