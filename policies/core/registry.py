"""The platforms there are, and what each brings: rules, links between resources, values for mocks.

A platform is a folder in `policies.platforms`. Its `links.py` has `LINKS`, its `values.py` has `VALUES`, and each
module with a `RULE`, however deep, is a rule; any other is what these share. In the place of a module that cannot be
used stands a rule that breaks and names it, so that no verdict is complete without it; everything else works.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from engine.urns import STACK
from policies import platforms as folders
from policies.core.evaluate import locate_error
from policies.core.graph import Links, ResourceGraph
from policies.core.provider_values import ProviderValues
from policies.core.resource import Resource
from policies.core.rule import BrokenRuleError, Rule, RuleContext

_ID = re.compile(r"\bid=\"([a-z0-9-]+)\"")


@dataclass(frozen=True, slots=True)
class _Defect:
    """A module that cannot be used."""

    module: str
    reason: str
    """What was raised and where, or what is missing."""

    def describe(self) -> str:
        return f"{self.module} cannot be used: {self.reason}"


def platforms() -> Sequence[str]:
    """The names of all platforms, whether they can be used or not; none is loaded."""
    return list(_find_platforms(_paths()))


def title(platform: str) -> str:
    """What a platform is called in headings: the `TITLE` of its folder (default the folder's name)."""
    return str(getattr(_load(_folder(platform)), "TITLE", platform))


def all_rules(*names: str) -> Sequence[Rule]:
    """The rules of some platforms (default all), by id; those of others are not loaded.

    Raises:
        LookupError: there is no platform of a name.
    """
    return sorted((rule for name in _select(names) for rule in _rules(name, _paths())), key=lambda rule: rule.id)


def all_links(*names: str) -> Sequence[Links]:
    """How resources of some platforms (default all) refer to each other.

    Raises:
        LookupError: there is no platform of a name.
    """
    parts = [_links(name, _paths()) for name in _select(names)]
    return [part for part in parts if isinstance(part, Links)]


def all_values(*names: str) -> Mapping[str, type[ProviderValues]]:
    """What decides values on mocks for some platforms (default all), by the package of their types.

    Raises:
        LookupError: there is no platform of a name.
    """
    parts = [_values(name, _paths()) for name in _select(names)]
    return {part.package: part for part in parts if not isinstance(part, _Defect)}


def find_defective_values() -> Sequence[str]:
    """What is wrong with the values of platforms whose types are therefore made up as those of no platform."""
    parts = [_values(name, _paths()) for name in platforms()]
    return [part.describe() for part in parts if isinstance(part, _Defect)]


def _select(names: Sequence[str]) -> Sequence[str]:
    known = platforms()
    for name in names:
        if name not in known:
            msg = f"no platform is called '{name}'; policies/platforms has {', '.join(known)}"
            raise LookupError(msg)
    return names or known


def _paths() -> tuple[str, ...]:
    """Where platforms are looked for; what was loaded is remembered for as long as these stay the same."""
    return tuple(folders.__path__)


@cache
def _find_platforms(paths: tuple[str, ...]) -> Sequence[str]:
    return sorted(module.name for module in pkgutil.iter_modules(paths) if module.ispkg)


def _folder(platform: str) -> str:
    return f"{folders.__name__}.{platform}"


@cache
def _rules(platform: str, paths: tuple[str, ...]) -> Sequence[Rule]:
    package = _load(_folder(platform))
    if isinstance(package, _Defect):
        return [_stand_in(platform, package, ())]
    defects = [part for part in (_links(platform, paths), _values(platform, paths)) if isinstance(part, _Defect)]
    found: dict[str, Rule] = {}
    for name in _modules(package):
        rule = _rule(name, found)
        if isinstance(rule, Rule):
            found[rule.id] = rule
        elif rule is not None and rule not in defects:
            defects.append(rule)
    for defect in defects:
        rule = _stand_in(platform, defect, found)
        found[rule.id] = rule
    return list(found.values())


def _rule(name: str, found: Mapping[str, Rule]) -> Rule | _Defect | None:
    module = _load(name)
    if isinstance(module, _Defect):
        return module
    rule: Any = getattr(module, "RULE", None)
    if rule is None:
        return None
    if not isinstance(rule, Rule):
        return _Defect(name, "its RULE is no Rule")
    if rule.id in found:
        return _Defect(name, f"its rule has the id {rule.id} of {found[rule.id].check.__module__}")
    return rule


@cache
def _links(platform: str, _: tuple[str, ...]) -> Links | _Defect:
    links = _part(f"{_folder(platform)}.links", "LINKS")
    return links if isinstance(links, Links | _Defect) else _Defect(f"{_folder(platform)}.links", "LINKS is no Links")


@cache
def _values(platform: str, _: tuple[str, ...]) -> type[ProviderValues] | _Defect:
    values = _part(f"{_folder(platform)}.values", "VALUES")
    if isinstance(values, _Defect) or (isinstance(values, type) and issubclass(values, ProviderValues)):
        return values
    return _Defect(f"{_folder(platform)}.values", "VALUES is no class of ProviderValues")


def _part(name: str, attribute: str) -> object:
    """What a platform must have, or why it cannot be used."""
    module = _load(name)
    if isinstance(module, _Defect):
        return module
    return getattr(module, attribute, _Defect(name, f"it has no {attribute}"))


def _modules(package: ModuleType) -> Iterator[str]:
    """The modules in a package and in the packages in it, and packages that cannot be loaded."""
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        inner = _load(module.name) if module.ispkg else None
        if isinstance(inner, ModuleType):
            yield from _modules(inner)
        else:
            yield module.name


def _load(name: str) -> ModuleType | _Defect:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        return _Defect(name, "there is no such module" if error.name == name else locate_error(error))
    except Exception as error:  # noqa: BLE001 - whatever a module raises, the others work
        return _Defect(name, locate_error(error))


def _stand_in(platform: str, defect: _Defect, taken: Iterable[str]) -> Rule:
    """A rule that breaks: with the id of the one whose place it takes where the module's text says it."""
    reason = defect.describe()

    def check(_: Resource, __: RuleContext) -> NoReturn:
        raise BrokenRuleError(reason)

    found = _ID.search(_text(defect.module))
    named = found[1] if found and found[1] not in taken else ""
    parts = defect.module.removeprefix(_folder(platform)).replace("_", "-").split(".")
    return Rule(
        id=named or "-".join([platform, *filter(None, parts)]),
        title=f"{defect.module} can be used",
        category="resilience",
        severity="critical",
        types=(),
        check=check,
        sources=(),
        subjects=lambda graph: [_root(graph)],
        defect=reason,
    )


def _text(module: str) -> str:
    try:
        spec = find_spec(module)
        return Path(spec.origin).read_text("utf-8") if spec and spec.origin else ""
    except (ImportError, OSError, ValueError):
        return ""


def _root(graph: ResourceGraph) -> Resource:
    """The stack itself, at which something is reported that concerns no resource."""
    return next(iter(graph.of_type(STACK)), Resource(urn=f"urn:pulumi::::{STACK}::stack", type=STACK, properties={}))
