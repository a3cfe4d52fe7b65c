"""Which service applies which events: the stack's subscriptions, the shop in one process and the trials follow it."""

import json
from collections.abc import Mapping
from functools import cache

from apps.contracts import CONSUMERS


@cache
def consumers() -> Mapping[str, tuple[str, ...]]:
    """The types of the events that each service applies, by the service's name."""
    return {name: tuple(types) for name, types in json.loads(CONSUMERS.read_text(encoding="utf-8")).items()}
