"""Levels and settings of rules: a shipped profile, and what a project puts over it.

The files have the form that `pulumi preview --policy-pack-config` takes: rule -> level, or an object with
`enforcementLevel` and settings; `all` sets a level for every rule.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs

from policies.core.documents import FileEntry, FileError, is_object, members, read, to_plain
from policies.core.rule import Rule, platform_of

Level = Literal["advisory", "mandatory", "disabled", "remediate"]
Unknown = Literal["warn", "fail", "ignore"]
PROFILES = Path(__file__).parents[1] / "profiles"
ALL = "all"
LEVELS = ("advisory", "mandatory", "disabled", "remediate")
UNKNOWN_SCHEMA: Mapping[str, Any] = {"type": "string", "enum": ["warn", "fail", "ignore"]}
"""Of the setting that every rule has: what becomes of something that could not be evaluated (default `warn`)."""


@dataclass(frozen=True, slots=True)
class RuleConfiguration:
    """How one rule is to be applied."""

    level: Level
    unknown: Unknown
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """How every rule is to be applied."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    """Rule -> `enforcementLevel`, `unknown`, settings."""

    def for_rule(self, rule: Rule) -> RuleConfiguration:
        """One rule's; what no file says is the rule's own default, and the level is by its severity."""
        given = {**self.rules.get(ALL, {}), **self.rules.get(rule.id, {})}
        own = "mandatory" if rule.severity in {"critical", "high"} else "advisory"
        return RuleConfiguration(
            level=given.get("enforcementLevel", own),
            unknown=given.get("unknown", "warn"),
            settings={name: given.get(name, setting.default) for name, setting in rule.settings.items()},
        )

    def layer_over(self, other: "Configuration") -> "Configuration":
        """This one put over another, setting by setting."""
        names = [*other.rules, *(name for name in self.rules if name not in other.rules)]
        return replace(self, rules={n: {**other.rules.get(n, {}), **self.rules.get(n, {})} for n in names})


def profiles() -> Sequence[str]:
    """The shipped profiles."""
    return sorted(path.stem for path in PROFILES.glob("*.json"))


def profile(name: str, rules: Iterable[Rule], *, others: Collection[str] = ()) -> Configuration:
    """A shipped profile; see `load` for the arguments.

    Raises:
        FileError: there is none of that name.
    """
    if name not in profiles():
        raise FileError(f"Profile '{name}' is unknown; there are {', '.join(profiles())}.")
    return load(PROFILES / f"{name}.json", rules, others=others)


def load(path: Path, rules: Iterable[Rule], *, others: Collection[str] = ()) -> Configuration:
    """A configuration file.

    Args:
        path: The file.
        rules: Those that it may name.
        others: Platforms whose rules are not loaded: what the file says of these is left for another time.

    Raises:
        FileError: it is malformed, names an unknown rule or setting, or a value does not fit.
    """
    known = {rule.id: rule for rule in rules}
    named = [(name, entry) for name, entry in members(read(path)) if name in known or platform_of(name) not in others]
    return Configuration({name: _parse_entry(name, entry, known) for name, entry in named})


def schema_of(rule: Rule) -> Mapping[str, Any]:
    """JSON schema of a rule's settings, by name, as the policy SDK wants it."""
    own = {n: {**s.schema, "default": s.default, "description": s.description} for n, s in rule.settings.items()}
    return {**own, "unknown": {**UNKNOWN_SCHEMA, "default": "warn"}}


def _parse_entry(name: str, entry: FileEntry, known: Mapping[str, Rule]) -> Mapping[str, Any]:
    if name != ALL and name not in known:
        raise FileError(f"{entry.where}: no rule is called '{name}'; `scaleshop rules` lists them.")
    allowed: dict[str, Any] = {"enforcementLevel": {"enum": list(LEVELS)}, "unknown": UNKNOWN_SCHEMA}
    if name != ALL:
        allowed |= schema_of(known[name])
    if not is_object(entry):
        return {"enforcementLevel": _validate("enforcementLevel", entry, allowed["enforcementLevel"])}
    values = dict(members(entry))
    if name != ALL and known[name].defect:
        return {setting: to_plain(value) for setting, value in values.items()}
    for setting, value in values.items():
        if setting not in allowed:
            raise FileError(f"{value.where}: {name} has no setting '{setting}'; it has {', '.join(sorted(allowed))}.")
    return {setting: _validate(setting, value, allowed[setting]) for setting, value in values.items()}


def _validate(setting: str, entry: FileEntry, schema: Mapping[str, Any]) -> Any:
    value = to_plain(entry)
    try:
        jsonschema_rs.validate(dict(schema), value)
    except jsonschema_rs.ValidationError as error:
        raise FileError(f"{entry.where}: {setting}: {error.message}.") from None
    return value
