"""Behaviours of AWS that the shop leans on, one module for each service or topic."""

import functools
import sys

from sandbox.contract.behaviour import Behaviour, collect_behaviours

# Its own documentation: https://docs.aws.amazon.com, and pages that it answers for.
SOURCES = ("https://docs.aws.amazon.com/", "https://repost.aws/", "https://aws.amazon.com/")


@functools.cache
def behaviours() -> tuple[Behaviour, ...]:
    """Every behaviour."""
    return collect_behaviours(sys.modules[__name__], SOURCES)
