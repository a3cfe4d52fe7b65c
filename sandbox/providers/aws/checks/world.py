"""What a check may know about other resources: those that this provider has seen."""

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.protocol import UNKNOWN, Properties

# A new account may have 10 or 50; the documented quota is the default here:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ACCOUNT_CONCURRENCY = 1_000
IDENTITIES = ("arn", "url", "name", "invokeArn", "qualifiedArn", "id")


class World:
    """Resources of a provider by type, found again under their ids, names, ARNs and URLs."""

    def __init__(self, *, region: str, account: str, account_concurrency: int = ACCOUNT_CONCURRENCY) -> None:
        self.region, self.account, self.account_concurrency = region, account, account_concurrency
        self._known: dict[str, dict[str, Properties]] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def remember(self, token: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take note of a resource that exists."""
        full = {**outputs, **inputs}
        with self._lock:
            self._known.setdefault(token, {})[id_] = full
            names = self._names.setdefault(token, {})
            for name in (id_, *(full.get(key) for key in IDENTITIES)):
                if isinstance(name, str) and name and UNKNOWN not in name:
                    names[name] = id_

    def find(self, token: str, reference: Any) -> Mapping[str, Any] | None:
        """The resource that an id, a name, an ARN or a URL means; None when it is not known."""
        if not isinstance(reference, str):
            return None
        with self._lock:
            id_ = self._names.get(token, {}).get(reference)
            return self._known[token].get(id_) if id_ is not None else None

    def all(self, token: str) -> Iterator[Properties]:
        """Every known resource of a type."""
        with self._lock:
            return iter(list(self._known.get(token, {}).values()))

    def others(self, token: str, key: str, value: Any) -> list[Properties]:
        """Known resources of a type, without the one whose property has a value."""
        return [found for found in self.all(token) if found.get(key) != value]
