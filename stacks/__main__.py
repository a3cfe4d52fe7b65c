"""Runs the program of the stack's architecture; only that one is imported."""

import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pulumi

from stacks.settings import SettingsError, parse

PROGRAMS: Mapping[str, str] = MappingProxyType({"aws": "stacks.aws_serverless"})


def main() -> None:
    """Read the settings once, build the architecture, export its outputs.

    Raises:
        pulumi.RunError: the architecture is unknown or a setting is bad.
    """
    config = pulumi.Config("scaleshop")
    architecture = config.require("architecture")
    if architecture not in PROGRAMS:
        msg = f"scaleshop:architecture is '{architecture}'; known: {', '.join(PROGRAMS)}."
        raise pulumi.RunError(msg)
    values: Mapping[str, Any] = config.get_object("settings") or {}
    try:
        settings = parse(values, stack=pulumi.get_stack())
    except SettingsError as error:
        raise pulumi.RunError(str(error)) from None
    program = importlib.import_module(PROGRAMS[architecture])
    for name, value in program.build(settings, origin_verify=config.get_secret("originVerify")).items():
        pulumi.export(name, value)


if __name__ == "__main__":
    main()
