"""How a source of metrics hands on what it counts."""

from collections.abc import Mapping
from typing import Any, Protocol


class RecordMetric(Protocol):
    """Takes a value of a metric, in the account and region of the request or in those that are named."""

    def __call__(
        self, namespace: str, name: str, value: float, unit: str, dimensions: Mapping[str, str], scope: Any = None
    ) -> None:
        """Take it."""
        ...
