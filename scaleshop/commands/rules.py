"""`scaleshop rules` and `scaleshop explain`: what the policy packs ask for, and why."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scaleshop import console
from scaleshop.errors import CommandError, Exit
from scaleshop.options import AsJson
from scaleshop.project import find

if TYPE_CHECKING:
    from policies.core.rule import Rule
    from scaleshop.guardrails import Terms

PAGES_ROOT = Path(__file__).resolve().parents[2]
COLOURS = {"mandatory": "red", "remediate": "red", "advisory": "yellow", "disabled": "dim"}


def rules(
    profile: Annotated[str, typer.Option(help="Whose levels: dev, prod or strict.")] = "prod",
    config: Annotated[
        Path | None, typer.Option(help="Levels and settings over the profile (default policies/project.json).")
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print what `pulumi --policy-pack-config` takes, whole.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """List the rules with their levels under a profile.

    Examples: `scaleshop rules`, `scaleshop rules --profile strict --print-config > pack.json`
    """
    from scaleshop import guardrails  # noqa: PLC0415 - loads the rules

    by = guardrails.read_terms(find().root, profile, own=config)
    if print_config:
        console.print_json({rule.id: _configuration_of(rule, by) for rule in by.rules})
        return
    if as_json:
        console.print_json([_facts(rule) | {"configuration": _configuration_of(rule, by)} for rule in by.rules])
        return
    table = console.table("rule", "severity", f"level ({by.name})", "what holds when nothing is wrong")
    for rule in by.rules:
        level = by.configuration.for_rule(rule).level
        table.add_row(rule.id, rule.severity, f"[{COLOURS[level]}]{level}[/]", rule.title)
    console.out().print(table)
    console.out().print(f"\n{len(by.rules)} rules; `scaleshop explain RULE` says why one is there.", markup=False)


def explain(
    rule: Annotated[str, typer.Argument(help="A rule's id, as `scaleshop rules` lists them.")],
    as_json: AsJson = False,
) -> None:
    """Show a rule's page: why it is there, what fails, what passes, and when to exempt.

    Examples: `scaleshop explain RULE`, `scaleshop explain RULE --json`
    """
    from policies.core.registry import all_rules  # noqa: PLC0415 - loads the rules

    wanted = rule.lower()
    found = next((one for one in all_rules() if one.id == wanted), None)
    if found is None:
        raise CommandError(f"No rule is called '{rule}'; `scaleshop rules` lists them.", Exit.USAGE)
    text = _page(found)
    if as_json:
        console.print_json({**_facts(found), "text": text})
    elif console.out().is_terminal:
        from rich.markdown import Markdown  # noqa: PLC0415 - keeps `--help` fast

        console.out().print(Markdown(text))
    else:
        typer.echo(text, nl=False)


def _page(rule: "Rule") -> str:
    """The page; where the installation lacks it, what the rule itself says."""
    path = PAGES_ROOT / rule.page
    if path.is_file():
        return path.read_text("utf-8")
    settings = [
        f"- `{name}` (default `{json.dumps(one.default)}`): {one.description}" for name, one in rule.settings.items()
    ]
    sources = [f"- <{source}>" for source in rule.sources]
    return "\n".join([f"# {rule.id.upper()}: {rule.title}", "", *settings, "", "Sources:", "", *sources]) + "\n"


def _facts(rule: "Rule") -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "category": rule.category,
        "severity": rule.severity,
        "types": list(rule.types),
        "reads": list(rule.reads),
        "heals": rule.remedy is not None,
        "settings": {
            name: {"default": one.default, "says": one.description, "schema": dict(one.schema), "source": one.source}
            for name, one in rule.settings.items()
        },
        "sources": list(rule.sources),
        "page": rule.page,
    }


def _configuration_of(rule: "Rule", by: "Terms") -> dict[str, Any]:
    given = by.configuration.for_rule(rule)
    return {"enforcementLevel": given.level, "unknown": given.unknown, **given.settings}
