"""The contract of AWS: behaviours that the shop leans on, a module or a folder for each service.

Services are named as in `handlers` and `checks`; `fixtures` is what checks of behaviours share.
"""

import functools
import sys

from sandbox.contract.behaviour import Behaviour, collect_behaviours

# Its own documentation: https://docs.aws.amazon.com, and pages that it answers for.
SOURCES = ("https://docs.aws.amazon.com/", "https://repost.aws/", "https://aws.amazon.com/")


@functools.cache
def behaviours() -> tuple[Behaviour, ...]:
    """Every behaviour."""
    return collect_behaviours(sys.modules[__name__], SOURCES)
