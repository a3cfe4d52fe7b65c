"""What AWS refuses, refused here."""

from sandbox.providers.aws.checks import services as services
from sandbox.providers.aws.checks.validate import validate
from sandbox.providers.aws.checks.world import World

__all__ = ["World", "validate"]
