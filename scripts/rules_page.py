"""docs/rules: the index of all rules, and the facts of each rule's page; the rest of a page is written by hand."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from policies.core.registry import all_rules, platforms, title
from policies.core.rule import PAGES, Rule
from scripts.guardrails_page import collect_proofs
from scripts.tables import table

ROOT = Path(__file__).resolve().parents[1]
FACTS = re.compile(r"(?<=<!-- facts -->\n).*?(?=<!-- /facts -->)", re.DOTALL)
CATEGORIES: Mapping[str, str] = MappingProxyType(
    {
        "scaling": "Scaling",
        "resilience": "Resilience",
        "security": "Security",
        "cost": "Cost",
        "observability": "Observability",
    }
)
PROVEN: Mapping[str, str] = MappingProxyType(
    {
        proof.rule: f"Proof: {proof.promise}; without {proof.removed} it is not so. `scaleshop prove {proof.rule}` "
        "shows both, [the table](proofs.md) what was seen."
        for proof in collect_proofs()
    }
)
INTRODUCTION = """\
# Rules

Guardrails for scaling and resilience. `scaleshop check` judges this project, any Pulumi program or a state file by
them; `scaleshop up` stops before a mandatory finding is created; `pulumi preview --policy-pack policies` runs the same
rules. Each page says why, with what numbers, shows a program that fails and one that passes (both are run by the
tests), and names the trial that proves it; [proofs.md](proofs.md) shows what happens without ten of them. This index
and the facts on each page are made by `make docs`."""


def rules_index() -> str:
    """The index."""
    parts = [INTRODUCTION]
    for platform in platforms():
        rules = all_rules(platform)
        parts.append(f"## {title(platform)} ({len(rules)})")
        for category, heading in CATEGORIES.items():
            rows = [_row(rule) for rule in rules if rule.category == category]
            parts.append(f"### {heading}\n\n" + table(("rule", "holds when", "severity", "judged", "healed"), rows))
    return "\n\n".join(parts) + "\n"


def rule_page(rule: Rule) -> str:
    """A rule's page with its facts as they are now.

    Raises:
        LookupError: it has no page, or its page has no place for the facts.
    """
    path = ROOT / rule.page
    text = path.read_text("utf-8") if path.is_file() else ""
    if not FACTS.search(text):
        msg = f"{rule.page}: write the page, with the lines '<!-- facts -->' and '<!-- /facts -->' below its title"
        raise LookupError(msg)
    return FACTS.sub(lambda _: _facts(rule) + "\n", text, count=1)


def _facts(rule: Rule) -> str:
    facts = [f"**{rule.severity}**", rule.category, _judged(rule), "can be healed" if rule.remedy else "not healed"]
    rows = [
        (
            f"`{name}`",
            f"`{setting.default}`",
            setting.description,
            f"[source]({setting.source})" if setting.source else "ours",
        )
        for name, setting in rule.settings.items()
    ]
    settings = table(("setting", "default", "meaning", "from"), rows) if rows else "No settings."
    sources = "\n".join(f"- <{source}>" for source in rule.sources)
    proven = f"{PROVEN[rule.id]}\n\n" if rule.id in PROVEN else ""
    return f"{' · '.join(facts)}\n\n{proven}{settings}\n\nSources:\n\n{sources}\n"


def _row(rule: Rule) -> tuple[str, ...]:
    link = f"[{rule.id}]({Path(rule.page).relative_to(PAGES)})"
    return link, rule.title, rule.severity, _judged(rule), "yes" if rule.remedy else ""


def _judged(rule: Rule) -> str:
    return "with the whole stack" if rule.reads else "before it is made"
