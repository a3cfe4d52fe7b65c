"""Behaviours of AWS that the shop leans on, one module for each service or topic."""

import functools
import sys

from sandbox.contract.behaviour import Behaviour, collect


@functools.cache
def behaviours() -> tuple[Behaviour, ...]:
    """Every behaviour."""
    return collect(sys.modules[__name__])
