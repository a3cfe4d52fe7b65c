"""Processes and adapters of the sandbox: data planes are started here, and providers served to the real CLI."""

from sandbox.host.errors import SandboxError
from sandbox.host.progress import Progress
from sandbox.host.sandbox import Sandbox
from sandbox.host.supervisor import PlaneStatus

__all__ = ["PlaneStatus", "Progress", "Sandbox", "SandboxError"]
