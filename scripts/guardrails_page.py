"""docs/rules/proofs.md: what rule and trial said when a setting was taken away, from the last recorded run."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scaleshop.architectures.registry import load, names
from scripts.tables import page, table
from trials.proof import Proof

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "docs" / "rules" / "proofs.json"
RECORD = "`scaleshop prove --json > docs/rules/proofs.json`"
INTRODUCTION = """\
A rule is worth what happens without it. Each proof deploys two small programs on a sandbox, one with what the rule
asks for and one without, judges both by the rule and puts the same trial to both. `scaleshop prove` runs them all,
`scaleshop prove {first}` one; the tests run them on every change. The figures below are those of one run, recorded
by {record}: on another machine the numbers differ, the verdicts do not."""


def guardrails_page() -> str:
    """The page.

    Raises:
        LookupError: a proof was never recorded.
    """
    recorded = {found["rule"]: found for found in json.loads(RECORDED.read_text("utf-8"))["proofs"]}
    proofs = collect_proofs()
    missing = [proof.rule for proof in proofs if proof.rule not in recorded]
    if missing:
        msg = f"{RECORDED.name} has no run of {', '.join(missing)}; record one by {RECORD}"
        raise LookupError(msg)
    columns = ("rule", "promise", "setting removed", "the trial with it", "the trial without it", "what the rule says")
    introduction = INTRODUCTION.format(first=proofs[0].rule, record=RECORD)
    return page("Proofs of the rules", introduction, table(columns, [_row(recorded[proof.rule]) for proof in proofs]))


def collect_proofs() -> Sequence[Proof]:
    """The proofs of every architecture, by rule.

    Raises:
        CommandError: an architecture cannot be loaded.
    """
    return sorted((proof for name in names() for proof in load(name).proofs()), key=lambda proof: proof.rule)


def _row(found: Mapping[str, Any]) -> tuple[str, ...]:
    with_it, without_it = (found[side]["trial"]["seen"] for side in ("guarded", "unguarded"))
    says = found["unguarded"]["findings"][0].rpartition(" See ")[0]
    return f"[{found['rule']}]({found['rule']}.md)", found["promise"], found["removed"], with_it, without_it, says
