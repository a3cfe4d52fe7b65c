"""The host of the sandbox: starts data planes as processes, and serves provider packages to the Pulumi CLI."""

from sandbox.host.errors import SandboxError
from sandbox.host.progress import Progress
from sandbox.host.sandbox import Sandbox
from sandbox.host.supervisor import PlaneStatus

__all__ = ["PlaneStatus", "Progress", "Sandbox", "SandboxError"]
