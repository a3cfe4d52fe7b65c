"""All supplements, in the order in which they are put in."""

from sandbox.planes.aws.inside.functions import Functions
from sandbox.planes.aws.inside.supplement import Supplement

SUPPLEMENTS: tuple[type[Supplement], ...] = (Functions,)
