"""What a check may know about other resources: those that this provider has seen."""

import threading
from collections.abc import Callable
from typing import Any

from engine.protocol import Properties
from sandbox.aws.checks.identity import BUS, FUNCTION, TABLE, bus_name, identities, unqualified
from sandbox.aws.checks.view import unknown

# What an account may run at once unless it asks for more:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ACCOUNT_CONCURRENCY = 1_000
# Every account has it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus.html
DEFAULT_BUS = "default"


def _nowhere(token: str, reference: str) -> bool:
    del token, reference
    return False


class World:
    """Resources of a provider, found under their names, ARNs, URLs and ids. Safe for threads.

    Resources come in twice: when their inputs are checked, under the ARN that their name makes (`expect`), and when
    they exist, under what AWS calls them (`remember`). A preview knows only the first.
    """

    def __init__(
        self, *, region: str, account: str, account_concurrency: int = ACCOUNT_CONCURRENCY,
        elsewhere: Callable[[str, str], bool] = _nowhere,
    ) -> None:  # fmt: skip
        """Start with nothing known.

        Args:
            region: The provider's region; targets elsewhere are not looked for.
            account: The account's id; targets elsewhere are not looked for.
            account_concurrency: Concurrent executions that the account may run (default 1,000).
            elsewhere: Whether a resource of a type, by name or ARN, exists outside this world (default: none does).
        """
        self.region, self.account, self.account_concurrency = region, account, account_concurrency
        self._elsewhere = elsewhere
        self._names: dict[str, dict[str, Properties]] = {}
        self._planned: dict[str, dict[str, Properties]] = {}
        self._lock = threading.Lock()

    def expect(self, token: str, name: str, inputs: Properties) -> None:
        """Take note of a resource, by its logical name, whose inputs passed their checks."""
        with self._lock:
            self._planned.setdefault(token, {})[name] = inputs
        self._take(token, inputs, {}, "")

    def remember(self, token: str, id_: str, inputs: Properties, outputs: Properties) -> None:
        """Take note of a resource that exists."""
        self._take(token, {**outputs, **inputs}, outputs, id_)

    def forget(self, token: str, id_: str) -> None:
        """A resource is gone."""
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
            return self._names.get(token, {}).get(_plain(token, reference))

    def others(self, token: str, name: str) -> list[Properties]:
        """Every other planned resource of a type; `name` is the logical name of the one that asks."""
        with self._lock:
            return [found for logical, found in self._planned.get(token, {}).items() if logical != name]

    def missing(self, token: str, reference: Any) -> bool:
        """Whether it is certain that AWS would not find a resource.

        Another account's or region's is never called missing, and neither is what only the deployment will name. One
        that the program makes later, without a dependency, is missing: AWS would be asked too early as well.
        """
        if not isinstance(reference, str) or not reference or unknown(reference) or not self._here(reference):
            return False
        plain = _plain(token, reference)
        if token == BUS and bus_name(plain) == DEFAULT_BUS:
            return False
        return self.find(token, plain) is None and not self._elsewhere(token, plain)

    def _here(self, reference: str) -> bool:
        parts = reference.split(":")
        if parts[0] != "arn":
            return True
        return len(parts) > 5 and parts[3] in ("", self.region) and parts[4] in ("", self.account)

    def _take(self, token: str, full: Properties, outputs: Properties, id_: str) -> None:
        names = [id_, *identities(token, full, outputs, region=self.region, account=self.account)]
        with self._lock:
            known = self._names.setdefault(token, {})
            known.update({name: full for name in names if isinstance(name, str) and name and not unknown(name)})


def _plain(token: str, reference: str) -> str:
    """A reference without what only points into the resource: an alias, a stream, an index."""
    if token == FUNCTION:
        return unqualified(reference)
    if token == TABLE:
        return reference.split("/stream/", maxsplit=1)[0].split("/index/", maxsplit=1)[0]
    return reference
