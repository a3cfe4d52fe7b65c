"""Every rule there is: a module below `policies.rules` that has a `RULE` is one."""

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from typing import Any

from policies import rules
from policies.core.graph import Links
from policies.core.rule import Rule


@cache
def all_rules(*platforms: str) -> Sequence[Rule]:
    """The rules of some platforms (default all), by id."""
    found: list[Rule] = [module.RULE for module in _modules(platforms) if hasattr(module, "RULE")]
    return sorted(found, key=lambda rule: rule.id)


@cache
def all_links(*platforms: str) -> Sequence[Links]:
    """How resources of some platforms (default all) refer to each other."""
    return [module.LINKS for module in _modules(platforms) if hasattr(module, "LINKS")]


def _modules(platforms: Sequence[str]) -> Sequence[Any]:
    names = [
        module.name
        for package in pkgutil.iter_modules(rules.__path__, f"{rules.__name__}.")
        if package.ispkg and (not platforms or package.name.rsplit(".", 1)[-1] in platforms)
        for module in pkgutil.iter_modules(importlib.import_module(package.name).__path__, f"{package.name}.")
    ]
    return [importlib.import_module(name) for name in names]
