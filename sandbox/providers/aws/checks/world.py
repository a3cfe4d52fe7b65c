"""What a check may know about other resources: those that this provider has seen."""

import threading
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from sandbox.protocol import Properties
from sandbox.providers.aws.checks.identity import BUS, FUNCTION, QUEUE, TABLE, identities, unqualified
from sandbox.providers.aws.checks.view import unknown

# What an account may run at once unless it asks for more, and what no function may reserve of it:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
ACCOUNT_CONCURRENCY = 1_000


class World:
    """Resources of a provider by type, found again under their ids, names, ARNs and URLs. Safe for threads.

    Resources come in twice: when their inputs are checked, under the ARN that their name makes (`expect`), and when
    they exist, under what AWS calls them (`remember`). A preview knows only the first.
    """

    def __init__(
        self, *, region: str, account: str, account_concurrency: int = ACCOUNT_CONCURRENCY,
        settings: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        """Start with nothing known.

        Args:
            region: The provider's region; targets elsewhere are not looked for.
            account: The account's id; targets elsewhere are not looked for.
            account_concurrency: Concurrent executions that the account may run (default 1,000).
            settings: `outside`: ARNs of this account that other programs made, which rules may not call missing;
                `missing_targets`: False when no target may be called missing (default True).
        """
        self.region, self.account, self.account_concurrency = region, account, account_concurrency
        self.settings: Mapping[str, Any] = MappingProxyType(dict(settings or {}))
        self._known: dict[str, dict[str, Properties]] = {}
        self._names: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    @property
    def known(self) -> Mapping[str, Mapping[str, Properties]]:
        """Every resource by type and id (before it exists: its ARN or logical name)."""
        with self._lock:
            return {token: dict(found) for token, found in self._known.items()}

    def expect(self, token: str, name: str, inputs: Properties) -> None:
        """Take note of a resource whose inputs were checked, unless it is known already under the same names."""
        self._take(token, f"expected {name}", inputs, {})

    def remember(self, token: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take note of a resource that exists."""
        self._take(token, id_, {**outputs, **inputs}, outputs)

    def forget(self, token: str, id_: str) -> None:
        """A resource is gone."""
        with self._lock:
            self._known.get(token, {}).pop(id_, None)
            names = self._names.get(token, {})
            for name in [name for name, owner in names.items() if owner == id_]:
                del names[name]

    def find(self, token: str, reference: Any) -> Properties | None:
        """The resource that an id, a name, an ARN or a URL means; None when it is not known."""
        if not isinstance(reference, str):
            return None
        with self._lock:
            id_ = self._names.get(token, {}).get(reference)
            return None if id_ is None else self._known[token].get(id_)

    def all(self, token: str) -> list[Properties]:
        """Every known resource of a type; the same one may come twice, as planned and as made."""
        with self._lock:
            return list(self._known.get(token, {}).values())

    def queue(self, reference: Any) -> Properties | None:
        """A queue by ARN, name or URL."""
        return self.find(QUEUE, reference)

    def function(self, reference: Any) -> Properties | None:
        """A function by name or ARN, also by the ARN of an alias or version."""
        return self.find(FUNCTION, unqualified(reference)) if isinstance(reference, str) else None

    def table(self, reference: Any) -> Properties | None:
        """A table by name, ARN or the ARN of its stream or index."""
        plain = reference.split("/stream/")[0].split("/index/")[0] if isinstance(reference, str) else reference
        return self.find(TABLE, plain)

    def bus(self, reference: Any) -> Properties | None:
        """A bus by name or ARN."""
        return self.find(BUS, reference)

    def ours(self, arn: str) -> bool:
        """Whether a missing ARN may be called missing: it belongs to this account and region, and to this program."""
        parts = arn.split(":")
        here = len(parts) > 5 and parts[3] in ("", self.region) and parts[4] in ("", self.account)
        return here and self.settings.get("missing_targets", True) and arn not in self.settings.get("outside", ())

    def _take(self, token: str, id_: str, full: Properties, outputs: Properties) -> None:
        names = [id_, *identities(token, full, outputs, region=self.region, account=self.account)]
        with self._lock:
            self._known.setdefault(token, {})[id_] = full
            known = self._names.setdefault(token, {})
            known.update({name: id_ for name in names if isinstance(name, str) and name and not unknown(name)})
