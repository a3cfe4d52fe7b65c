"""What AWS refuses, refused here: one module a service, named as its handlers are; `core` is what they share.

Importing the package registers the rules of every module in it.
"""

from sandbox.aws.checks.core.known_resources import KnownResources
from sandbox.aws.checks.core.rules import validate
from sandbox.modules import import_modules

import_modules(__name__, __path__, "checks module")

__all__ = ["KnownResources", "validate"]
