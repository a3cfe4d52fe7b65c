"""The policy packs at work: which rules, by which levels, settings and exemptions.

What judges is `policies`; here are the project's files and the stack's profile.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from policies.core import configuration
from policies.core.configuration import Configuration
from policies.core.documents import FileError
from policies.core.evaluate import evaluate
from policies.core.exemptions import Exemptions
from policies.core.exemptions import load as load_exemptions
from policies.core.graph import ResourceGraph
from policies.core.registry import all_links, all_rules, platforms
from policies.core.report import Report
from policies.core.rule import Rule
from policies.reports import difference
from scaleshop.errors import CommandError, Exit
from scaleshop.subjects import Subject

PROFILE_KEY = "scaleshop:policyProfile"
"""In a stack's configuration: the profile it is judged by (default that of its environment, `dev` or `prod`)."""
PROJECT_FILE = Path("policies/project.json")
"""What a project puts over a profile, in the form of `--policy-pack-config`; may be missing."""
EXEMPTIONS_FILE = Path("policies/exemptions.yaml")
"""A project's reviewed exemptions; may be missing."""
DEFAULT_PROFILE = "prod"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is judged by."""

    rules: Sequence[Rule]
    configuration: Configuration
    name: str
    """The profile, with what was put over it."""
    exemptions: Exemptions
    today: date
    platforms: Sequence[str] = ()
    """Whose rules and links count (default all)."""


def read_terms(
    root: Path,
    profile: str,
    *,
    own: Path | None = None,
    exemptions: Path | None = None,
    exempting: bool = True,
    longest_days: int | None = None,
    only: Sequence[str] = (),
    of: Sequence[str] = (),
) -> Terms:
    """The rules and how they are to be applied.

    Args:
        root: The project's directory, whose own files count.
        profile: A shipped profile's name.
        own: What is put over it instead of the project's own file.
        exemptions: Instead of the project's own file.
        exempting: Whether exemptions, tags included, count.
        longest_days: See `Exemptions`.
        only: Rules to judge by (default all).
        of: Platforms whose rules to load (default all); see `platforms_of`.

    Raises:
        CommandError: a file is malformed, or a rule or profile unknown; the message names file and line.
    """
    rules, others = all_rules(*of), set(platforms()).difference(of) if of else ()
    over = own or _if_present(root / PROJECT_FILE)
    allowed = exemptions or _if_present(root / EXEMPTIONS_FILE)
    try:
        chosen = configuration.profile(profile, rules, others=others)
        chosen = configuration.load(over, rules, others=others).layer_over(chosen) if over else chosen
        ids = [rule.id for rule in rules]
        given = load_exemptions(allowed, ids, others=others) if allowed and exempting else ()
    except FileError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    return Terms(
        rules=_only(rules, only),
        configuration=chosen,
        name=f"{profile} with {over.name}" if over else profile,
        exemptions=Exemptions(given, tags=exempting, longest_days=longest_days),
        today=datetime.now(UTC).date(),
        platforms=of,
    )


def judge(subject: Subject, by: Terms) -> Report:
    """The verdict."""
    graph = ResourceGraph(subject.resources, all_links(*by.platforms))
    results = evaluate(by.rules, graph, by.configuration, by.exemptions, today=by.today)
    # One that is only about rules which were not asked was not needed, but nobody looked.
    asked = {rule.id for rule in by.rules}
    unused = [one for one in by.exemptions.find_unused() if set(one.rules) <= asked]
    return Report(subject.name, subject.source, by.name, results, unused)


def platforms_of(architecture: str) -> Sequence[str]:
    """The platforms whose rules are for an architecture's stacks: its namesake, all where there is none."""
    return [architecture] if architecture in platforms() else []


def profile_of(config: Mapping[str, str]) -> str:
    """The profile of a stack: what its configuration says, else its environment's, else the one for production."""
    if PROFILE_KEY in config:
        return config[PROFILE_KEY]
    try:
        environment = json.loads(config.get("scaleshop:settings") or "{}")["environment"]
    except (ValueError, TypeError, KeyError):
        return DEFAULT_PROFILE
    return environment if environment in configuration.profiles() else DEFAULT_PROFILE


def base_report(path: Path) -> Mapping[str, Any]:
    """The JSON report of before that new findings are compared with.

    Raises:
        CommandError: it is none; the message names line or field.
    """
    try:
        return difference.load(path)
    except FileError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _only(rules: Sequence[Rule], wanted: Sequence[str]) -> Sequence[Rule]:
    known = {rule.id for rule in rules}
    for name in wanted:
        if name not in known:
            raise CommandError(f"--rule {name}: no rule is called '{name}'; `scaleshop rules` lists them.", Exit.USAGE)
    # What stands for a module that cannot be used counts always: the others may lean on it.
    return [rule for rule in rules if not wanted or rule.defect or rule.id in wanted]


def _if_present(path: Path) -> Path | None:
    return path if path.is_file() else None
