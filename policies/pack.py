"""The rules as policies of Pulumi's SDK, one for each, so that a project sets levels and settings by rule.

A rule that reads no other resource judges each before it is made, and can heal it; the others judge the whole stack.
A rule of the latter kind that can heal has a policy of its own for that, `<rule>-remedy`, disabled until it is given
the level `remediate`.

The SDK has one level for a policy. What must not have the level of the rule that it comes from has other policies, each
with a twin for the stack: `not-evaluated` is advisory, so that an unknown value never stops a deployment unless the
rule's setting `unknown` is `fail`; `broken` is mandatory. `exemptions` is advisory: what an unusable exemption was for
is a finding again.
"""

import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ResourceValidationPolicy,
    Severity,
    StackValidationPolicy,
)

from policies.core.configuration import Configuration, schema_of
from policies.core.documents import FileError
from policies.core.exemptions import Exemptions, load
from policies.core.registry import all_rules
from policies.core.rule import Rule
from policies.validation import Kind, Validation, is_local

NAME = "scaleshop"
EXEMPTIONS = Path(__file__).with_name("exemptions.yaml")
EXEMPTIONS_VARIABLE = "SCALESHOP_EXEMPTIONS"
"""Names another file of exemptions, relative to the pack's directory; empty it allows none, tags included."""
REMEDY = "-remedy"


def policies(rules: Sequence[Rule] | None = None, *, today: Callable[[], date] | None = None) -> list[Policy]:
    """The pack's policies, with the exemptions of the file beside it or of the one that the environment names.

    Args:
        rules: What to judge by (default all there are).
        today: The day that decides about expiry (default the present one, UTC).
    """
    chosen = all_rules() if rules is None else rules
    exemptions, unreadable = _exemptions(os.environ.get(EXEMPTIONS_VARIABLE), [rule.id for rule in chosen])
    validation = Validation(exemptions, unreadable=unreadable, today=today or _today)
    # The rules come first: the policies after them tell what these have left.
    return [
        *(_policy(validation, place, rule) for place, rule in enumerate(chosen)),
        *(_remedy_policy(validation, rule) for rule in chosen if rule.remedy and not is_local(rule)),
        *_companions(validation, len(chosen), "broken", EnforcementLevel.MANDATORY, "Every rule runs"),
        *_companions(validation, len(chosen) + 1, "not evaluated", EnforcementLevel.ADVISORY, "Every rule can judge"),
        StackValidationPolicy(
            "exemptions",
            "Exemptions can be read, hold and are needed",
            validation.review_exemptions,
            EnforcementLevel.ADVISORY,
        ),
    ]


def _policy(validation: Validation, place: int, rule: Rule) -> Policy:
    facts = _facts(rule)
    if not is_local(rule):
        return StackValidationPolicy(validate=partial(validation.judge_stack, place, rule), **facts)
    heal = partial(validation.heal, rule) if rule.remedy else None
    return ResourceValidationPolicy(validate=partial(validation.judge_resource, place, rule), remediate=heal, **facts)


def _remedy_policy(validation: Validation, rule: Rule) -> Policy:
    facts = _facts(rule, name=rule.id + REMEDY, enforcement_level=EnforcementLevel.DISABLED)
    return ResourceValidationPolicy(remediate=partial(validation.heal, rule), **facts)


def _companions(validation: Validation, place: int, kind: Kind, level: EnforcementLevel, says: str) -> Iterable[Policy]:
    name, notify = kind.replace(" ", "-"), partial(validation.report_notices, kind, place)
    yield ResourceValidationPolicy(name, f"{says} on each resource", notify, level)
    yield StackValidationPolicy(f"{name}-stack", f"{says} on the stack", notify, level)


def _facts(rule: Rule, **others: Any) -> dict[str, Any]:
    return {
        "name": rule.id,
        "description": rule.title,
        "enforcement_level": EnforcementLevel(Configuration().for_rule(rule).level),
        "config_schema": PolicyConfigSchema({name: dict(schema) for name, schema in schema_of(rule).items()}),
        "display_name": rule.id.upper(),
        "severity": Severity(rule.severity),
        "tags": [rule.platform, rule.category],
        "remediation_steps": f"Each violation says what to set; {rule.page} says why, and when to exempt instead.",
        "url": next(iter(rule.sources), ""),
        **others,
    }


def _exemptions(named: str | None, rules: Iterable[str]) -> tuple[Exemptions, str]:
    if named == "":
        return Exemptions(tags=False), ""
    path = EXEMPTIONS if named is None else EXEMPTIONS.parent / named
    if named is None and not path.exists():
        return Exemptions(), ""
    try:
        return Exemptions(load(path, rules)), ""
    except FileError as error:
        return Exemptions(), str(error)


def _today() -> date:
    return datetime.now(UTC).date()
