"""What AWS refuses, refused here."""

from sandbox.aws.checks import services as services
from sandbox.aws.checks.validate import validate
from sandbox.aws.checks.world import World

__all__ = ["World", "validate"]
