"""Exemptions: what somebody allowed, why, and until when; in a reviewed file, or as a tag of the resource.

An expired exemption exempts nothing: its finding is back and says so. One that matches nothing is reported too.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from policies.core.documents import FileEntry, FileError, items, members, read, to_plain
from policies.core.resource import Resource
from policies.core.rule import platform_of
from policies.core.values import NotEvaluatedError

if TYPE_CHECKING:
    from policies.core.evaluate import RuleResult

FIELDS = ("rules", "resources", "reason", "owner", "expires")
TAG = "scaleshop:exempt:"
"""Followed by a rule's id; the value is `<expires> <owner> <reason>`."""
_TAG_VALUE = re.compile(r"(?P<expires>\d{4}-\d{2}-\d{2}) (?P<owner>\S+) (?P<reason>.+)")


@dataclass(frozen=True, slots=True)
class Exemption:
    """One allowed exception."""

    rules: tuple[str, ...]
    resources: tuple[str, ...]
    """Globs of URNs: `*` is anything."""
    reason: str
    owner: str
    expires: date | None
    """The last day on which it holds; None for a tag that cannot be read."""
    where: str
    """File and line, or the tagged resource."""

    def matches(self, rule: str, urn: str) -> bool:
        """Whether it is about a rule and a resource."""
        return rule in self.rules and any(_glob(pattern).fullmatch(urn) for pattern in self.resources)


@dataclass(slots=True)
class Exemptions:
    """All of an evaluation, and which of them were needed."""

    given: Sequence[Exemption] = ()
    tags: bool = True
    """Whether tags of resources count."""
    longest_days: int | None = None
    """An exemption that would hold longer from today exempts nothing (default no limit)."""
    used: set[Exemption] = field(default_factory=set[Exemption])

    def apply(self, result: "RuleResult", today: date) -> "RuleResult":
        """A result with its exemption: exempted while that holds, with a note when it does no longer."""
        if result.status not in {"fail", "not evaluated"}:
            return result
        found = [
            e
            for e in self._candidates(result.rule.id, result.resource)
            if e.matches(result.rule.id, result.resource.urn)
        ]
        self.used.update(found)
        holding = next((one for one in found if self._refusal(one, today) is None), None)
        if holding:
            why = f"until {holding.expires} by {holding.owner}: {holding.reason}"
            return replace(result, status="exempted", mandatory=False, exemption=holding, reason=why)
        if found:
            note = self._refusal(found[0], today) or ""
            return replace(result, exemption=found[0], reason="; ".join(filter(None, (result.reason, note))))
        return result

    def find_unused(self) -> Sequence[Exemption]:
        """Those of the file that no finding needed, after an evaluation."""
        return [one for one in self.given if one not in self.used]

    def _candidates(self, rule: str, resource: Resource) -> Iterable[Exemption]:
        yield from self.given
        tagged = tagged_exemption(rule, resource) if self.tags else None
        if tagged:
            yield tagged

    def _refusal(self, one: Exemption, today: date) -> str | None:
        if one.expires is None:
            return f"{one.where} is no exemption; write '2027-01-31 owner reason'"
        if one.expires < today:
            return f"the exemption of {one.owner} in {one.where} expired on {one.expires}"
        if self.longest_days is not None and one.expires > today + timedelta(days=self.longest_days):
            return f"the exemption of {one.owner} in {one.where} is longer than {self.longest_days} days"
        return None


def load(path: Path, rules: Iterable[str], *, others: Collection[str] = ()) -> Sequence[Exemption]:
    """The exemptions of a file.

    Args:
        path: The file.
        rules: The ids that it may name.
        others: Platforms whose rules are not loaded, and may be named too.

    Raises:
        FileError: it is malformed, names an unknown rule, or an exemption lacks a field.
    """
    known = frozenset(rules)
    content = read(path)
    if content.value is None:
        return ()
    found: list[Exemption] = []
    for name, entry in members(content):
        if name != "exemptions":
            raise FileError(f"{entry.where}: '{name}' is unknown; the file has one list, 'exemptions'.")
        found += [_exemption(item, known, others) for item in items(entry)]
    return found


def tagged_exemption(rule: str, resource: Resource) -> Exemption | None:
    """The exemption that a resource's own tag gives; one that cannot be read holds never, and says what to write."""
    text = _tags(resource).get(TAG + rule)
    if not isinstance(text, str):
        return None
    where = f"the tag {TAG}{rule} of {resource!r}"
    match = _TAG_VALUE.fullmatch(text)
    expires = _day(match["expires"]) if match else None
    if match is None or expires is None:
        return Exemption((rule,), ("*",), "", "", None, where)
    return Exemption((rule,), ("*",), match["reason"], match["owner"], expires, where)


def _tags(resource: Resource) -> Mapping[str, Any]:
    try:
        tags = resource.raw("tags")
    except NotEvaluatedError:
        tags = None
    return cast("Mapping[str, Any]", tags) if isinstance(tags, Mapping) else {}


def _exemption(entry: FileEntry, known: frozenset[str], others: Collection[str]) -> Exemption:
    fields = dict(members(entry))
    for name, value in fields.items():
        if name not in FIELDS:
            raise FileError(f"{value.where}: '{name}' is unknown; an exemption has {', '.join(FIELDS)}.")
    missing = [name for name in FIELDS if name not in fields or to_plain(fields[name]) in (None, "", [])]
    if missing:
        raise FileError(f"{entry.where}: the exemption needs {', '.join(missing)}.")
    rules, resources = _texts(fields["rules"]), _texts(fields["resources"])
    for rule in rules:
        if rule not in known and platform_of(rule) not in others:
            raise FileError(f"{fields['rules'].where}: no rule is called '{rule}'; `scaleshop rules` lists them.")
    expires = to_plain(fields["expires"])
    day = expires if isinstance(expires, date) else _day(str(expires))
    if day is None:
        raise FileError(f"{fields['expires'].where}: expires ('{expires}') is no date; write 2027-01-31.")
    reason, owner = str(to_plain(fields["reason"])), str(to_plain(fields["owner"]))
    return Exemption(rules, resources, reason, owner, day, entry.where)


def _texts(entry: FileEntry) -> tuple[str, ...]:
    value = to_plain(entry)
    texts = cast("list[Any]", [value] if isinstance(value, str) else value)
    if not isinstance(value, str | list) or not all(isinstance(text, str) for text in texts):
        raise FileError(f"{entry.where}: must be a text or a list of texts.")
    return tuple(texts)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _glob(pattern: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in pattern.split("*")))
