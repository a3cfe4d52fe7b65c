"""Reusable Pulumi components, one package a platform, each of which lists its classes in `__all__`.

The lists are read without importing the packages: that would load the SDKs of all clouds.
"""

import ast
import functools
import importlib
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any


@functools.cache
def platforms() -> Mapping[str, str]:
    """The platform of each component, by the name of its class."""
    packages = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return MappingProxyType({name: package for package in packages for name in _listed(package)})


def load(name: str) -> Any:
    """The class of a component.

    Raises:
        KeyError: no platform has a component of that name.
    """
    return getattr(importlib.import_module(f"{__name__}.{platforms()[name]}"), name)


def _listed(package: str) -> list[str]:
    for node in ast.parse((Path(__file__).parent / package / "__init__.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return ast.literal_eval(node.value)
    return []
