"""A rule as data: the types it judges, its settings, the source of its numbers, and the function that judges."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType, TracebackType
from typing import Any, Literal, TypeAlias

from policies.core.graph import ResourceGraph
from policies.core.resource import Resource
from policies.core.values import NotEvaluatedError

Severity = Literal["critical", "high", "medium", "low"]
Category = Literal["scaling", "resilience", "security", "cost", "observability"]
PAGES = "docs/rules"


class NotApplicableError(Exception):
    """Raised by a check whose rule does not concern the resource; the message says why."""


class BrokenRuleError(Exception):
    """Raised by a rule that stands in the place of a module that cannot be used; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one resource, in plain words and numbers. Values of texts are never part of it."""

    message: str
    """What is there and what should be: `timeout (30 s) must be at least 6 x ...`."""
    fix: str
    """What to type: `set timeout_seconds to 360 or more`."""
    actual: float | None = None
    """The number that is there, for reports."""
    required: float | None = None
    """The number that would do."""
    severity: Severity | None = None
    """Where one violation of a rule is worse than the others (default the rule's)."""


@dataclass(frozen=True, slots=True)
class RuleSetting:
    """One setting of a rule, which a profile or a project's own file gives."""

    default: Any
    schema: Mapping[str, Any]
    """JSON schema of the value."""
    description: str
    """What it means, with its unit."""
    source: str = ""
    """Where the default comes from: a URL, or nothing where it is this project's own choice."""


class RuleContext:
    """What a check is given besides its resource: the graph and the rule's settings."""

    def __init__(self, graph: ResourceGraph, settings: Mapping[str, Any]) -> None:
        """Describe it; `missed` collects what parts could not read."""
        self.graph, self._settings = graph, settings
        self.missed: list[str] = []

    def number(self, setting: str) -> float:
        """A numeric setting."""
        return self._settings[setting]

    def texts(self, setting: str) -> Sequence[str]:
        """A setting that is a list of texts."""
        return self._settings[setting]

    def part(self) -> "_Part":
        """A part of a check: what is unknown in it is noted, and the rest of the check goes on."""
        return _Part(self.missed)


class _Part:
    def __init__(self, missed: list[str]) -> None:
        self._missed = missed

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> bool:
        if isinstance(error, NotEvaluatedError):
            self._missed.append(str(error))
            return True
        return False


RuleCheck: TypeAlias = Callable[[Resource, RuleContext], Iterator[Violation]]
Remedy: TypeAlias = Callable[[Resource, RuleContext], Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One guardrail."""

    id: str
    """`<platform>-<category>-<number>`, the category with three letters."""
    title: str
    """What holds when nothing is wrong: `Every table can be recovered`."""
    category: Category
    severity: Severity
    types: tuple[str, ...]
    """Tokens of the resources that it judges."""
    check: RuleCheck
    """Yields what is wrong with one resource; nothing is a pass."""
    sources: tuple[str, ...]
    """Documentation that says so."""
    reads: tuple[str, ...] = ()
    """Tokens of other resources that it looks at; a rule that reads none judges a resource before it is made."""
    settings: Mapping[str, RuleSetting] = field(default_factory=lambda: MappingProxyType({}))
    remedy: Remedy | None = None
    """Property -> value that would heal the resource; called for a violation whose properties are known."""
    subjects: Callable[[ResourceGraph], Iterable[Resource]] | None = None
    """The resources to judge where the types say too much (default all of the types)."""
    defect: str = ""
    """Why the module whose place it takes cannot be used; then its check raises `BrokenRuleError` and nothing more."""

    @property
    def platform(self) -> str:
        """The platform, the first part of the id."""
        return platform_of(self.id)

    @property
    def page(self) -> str:
        """The rule's page, relative to the project."""
        return f"{PAGES}/{self.id}.md"


def platform_of(rule: str) -> str:
    """The platform of a rule, by its id."""
    return rule.split("-", 1)[0]


def number(
    default: float, description: str, *, source: str = "", minimum: float = 0, maximum: float | None = None
) -> RuleSetting:
    """A numeric setting with its bounds."""
    bounds = {"minimum": minimum} if maximum is None else {"minimum": minimum, "maximum": maximum}
    return RuleSetting(default, {"type": "number", **bounds}, description, source)


def texts(default: Sequence[str], description: str, *, source: str = "") -> RuleSetting:
    """A setting that is a list of texts."""
    return RuleSetting(list(default), {"type": "array", "items": {"type": "string"}}, description, source)
