"""docs/rules/proofs.md: what rule and trial said when a setting was taken away, from the last recorded run."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.tables import page, table
from trials.proof import proofs

ROOT = Path(__file__).resolve().parents[1]
RECORDED = ROOT / "docs" / "rules" / "proofs.json"
RECORD = "`scaleshop prove --json > docs/rules/proofs.json`"
INTRODUCTION = f"""\
A rule is worth what happens without it. Each proof deploys two small programs on a sandbox, one with what the rule
asks for and one without, judges both by the rule and puts the same trial to both. `scaleshop prove` runs them all,
`scaleshop prove aws-res-02` one; the tests run them on every change. The figures below are those of one run, recorded
by {RECORD}: on another machine the numbers differ, the verdicts do not."""


def guardrails_page() -> str:
    """The page.

    Raises:
        LookupError: a proof was never recorded.
    """
    recorded = {found["rule"]: found for found in json.loads(RECORDED.read_text("utf-8"))["proofs"]}
    missing = [proof.rule for proof in proofs("aws") if proof.rule not in recorded]
    if missing:
        msg = f"{RECORDED.name} has no run of {', '.join(missing)}; record one by {RECORD}"
        raise LookupError(msg)
    columns = ("rule", "promise", "setting removed", "the trial with it", "the trial without it", "what the rule says")
    return page(
        "Proofs of the rules", INTRODUCTION, table(columns, [_row(recorded[proof.rule]) for proof in proofs("aws")])
    )


def _row(found: Mapping[str, Any]) -> tuple[str, ...]:
    with_it, without_it = (found[side]["trial"]["seen"] for side in ("guarded", "unguarded"))
    says = found["unguarded"]["findings"][0].rpartition(" See ")[0]
    return f"[{found['rule']}]({found['rule']}.md)", found["promise"], found["removed"], with_it, without_it, says
