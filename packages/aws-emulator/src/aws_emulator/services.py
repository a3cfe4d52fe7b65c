"""The emulator as deliveries see it, which are written without it."""

from typing import Any, Protocol

from aws_emulator.permissions.checks import PermissionChecks


class EmulatorServices(Protocol):
    """The emulator, as far as a delivery needs it."""

    permissions: PermissionChecks

    def module(self, name: str) -> Any:
        """A service's module."""
        ...
