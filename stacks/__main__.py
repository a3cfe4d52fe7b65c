"""Runs the program of the stack's architecture; only that one is imported.

An architecture is a folder of this package with `settings.py` (`parse` makes the settings) and `program.py` (`build`
makes everything there is, and returns the outputs that operators need).
"""

import importlib
import pkgutil

import pulumi

import stacks
from stacks.settings import SettingsError


def architectures() -> list[str]:
    """The names of all architectures."""
    return sorted(module.name for module in pkgutil.iter_modules(stacks.__path__) if module.ispkg)


def main() -> None:
    """Read the settings once, build the architecture, export its outputs.

    Raises:
        pulumi.RunError: the architecture is unknown or a setting is bad.
    """
    config, stack = pulumi.Config("scaleshop"), pulumi.get_stack()
    architecture, known = config.get("architecture"), ", ".join(architectures())
    if architecture is None:
        msg = f"Stack '{stack}': scaleshop:architecture is not set; set it in the stack's file to one of: {known}."
        raise pulumi.RunError(msg)
    if architecture not in architectures():
        msg = f"Stack '{stack}': scaleshop:architecture is '{architecture}'; known: {known}."
        raise pulumi.RunError(msg)
    try:
        parse = importlib.import_module(f"stacks.{architecture}.settings").parse
        settings = parse(config.get_object("settings") or {}, stack=stack)
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    program = importlib.import_module(f"stacks.{architecture}.program")
    for name, value in program.build(settings, config).items():
        pulumi.export(name, value)


if __name__ == "__main__":
    main()
