"""Resources that checks may look up: those that this provider has planned or seen."""

import threading
from collections.abc import Callable
from typing import Any

from engine.protocol import Properties
from sandbox.aws.checks.core.input_view import contains_unknown
from sandbox.aws.checks.core.resource_names import BUS, FUNCTION, TABLE, bus_name, identities, strip_qualifier

# What an account may run at once unless it asks for more:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ACCOUNT_CONCURRENCY = 1_000
# Every account has it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
DEFAULT_BUS = "default"


def _exists_nowhere(token: str, reference: str) -> bool:
    del token, reference
    return False


class KnownResources:
    """Resources of a provider, found under their names, ARNs, URLs and ids. Safe for threads.

    A resource is added twice: when its inputs are checked, under the ARN that its name makes (`add_planned`), and when
    it exists, under what AWS calls it (`add_existing`). A preview adds only the first.
    """

    def __init__(
        self, *, region: str, account: str, account_concurrency: int = ACCOUNT_CONCURRENCY,
        elsewhere: Callable[[str, str], bool] = _exists_nowhere,
    ) -> None:  # fmt: skip
        """Begin with none.

        Args:
            region: The provider's region; targets elsewhere are not looked for.
            account: The account's id; targets elsewhere are not looked for.
            account_concurrency: Concurrent executions that the account may run (default 1,000).
            elsewhere: Whether a resource of a type, by name or ARN, exists unseen by this provider (default: none).
        """
        self.region, self.account, self.account_concurrency = region, account, account_concurrency
        self._elsewhere = elsewhere
        self._names: dict[str, dict[str, Properties]] = {}
        self._planned: dict[str, dict[str, Properties]] = {}
        self._lock = threading.Lock()

    def add_planned(self, token: str, name: str, inputs: Properties) -> None:
        """Add a resource, by its logical name, whose inputs passed their checks."""
        with self._lock:
            self._planned.setdefault(token, {})[name] = inputs
        self._add(token, inputs, {}, "")

    def add_existing(self, token: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Add a resource that exists, with AWS's id and outputs."""
        self._add(token, {**outputs, **inputs}, outputs, id_)

    def remove(self, token: str, id_: str) -> None:
        """Remove a resource that was deleted."""
        with self._lock:
            names = self._names.get(token, {})
            gone = names.get(id_)
            for name in [name for name, found in names.items() if found is gone]:
                del names[name]

    def find(self, token: str, reference: Any) -> Properties | None:
        """The resource that a name, an ARN, a URL or an id means; None when it is not known."""
        if not isinstance(reference, str):
            return None
        with self._lock:
            return self._names.get(token, {}).get(_strip_parts(token, reference))

    def list_others(self, token: str, name: str) -> list[Properties]:
        """Every other planned resource of a type; `name` is the logical name of the one that asks."""
        with self._lock:
            return [found for logical, found in self._planned.get(token, {}).items() if logical != name]

    def is_missing(self, token: str, reference: Any) -> bool:
        """Whether it is certain that AWS would not find a resource.

        Another account's or region's is never called missing, and neither is what only the deployment will name. One
        that the program makes later, without a dependency, is missing: AWS would be asked too early as well.
        """
        if (
            not isinstance(reference, str)
            or not reference
            or contains_unknown(reference)
            or not self._is_own(reference)
        ):
            return False
        whole = _strip_parts(token, reference)
        if token == BUS and bus_name(whole) == DEFAULT_BUS:
            return False
        return self.find(token, whole) is None and not self._elsewhere(token, whole)

    def _is_own(self, reference: str) -> bool:
        parts = reference.split(":")
        if parts[0] != "arn":
            return True
        return len(parts) > 5 and parts[3] in ("", self.region) and parts[4] in ("", self.account)

    def _add(self, token: str, full: Properties, outputs: Properties, id_: str) -> None:
        names = [id_, *identities(token, full, outputs, region=self.region, account=self.account)]
        with self._lock:
            known = self._names.setdefault(token, {})
            known.update(
                {name: full for name in names if isinstance(name, str) and name and not contains_unknown(name)}
            )


def _strip_parts(token: str, reference: str) -> str:
    """A reference without what only points into the resource: an alias, a stream, an index."""
    if token == FUNCTION:
        return strip_qualifier(reference)
    if token == TABLE:
        return reference.split("/stream/", maxsplit=1)[0].split("/index/", maxsplit=1)[0]
    return reference
