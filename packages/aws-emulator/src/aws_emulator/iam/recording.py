"""A record of which grant allowed how many calls, and of what was refused."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

# A client that is refused in a loop, each time for another resource, must not fill the memory.
MOST_REFUSALS = 1_000


class PermissionGrant(NamedTuple):
    """One action on one resource, as a statement allows it."""

    holder: str
    """Name of the role, or ARN of the resource, whose policy it is."""
    policy: str
    """Name of the role's policy; Sid of the statement where a resource has one policy."""
    action: str
    """As written, `sqs:SendMessage` or with wildcards."""
    resource: str
    """As written: an ARN, with wildcards where it has some; whom it lets in where a resource has one policy."""


class PermissionRefusal(NamedTuple):
    """Something that no grant allowed."""

    holder: str
    action: str
    resource: str


class PermissionRecording:
    """Counts since the plane was made; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._uses: Counter[PermissionGrant] = Counter()
        self._refusals: Counter[PermissionRefusal] = Counter()

    def record_use(self, grants: Iterable[PermissionGrant]) -> None:
        """Count a call that these grants allowed, each by itself."""
        with self._lock:
            self._uses.update(grants)

    def record_refusal(self, refusal: PermissionRefusal) -> None:
        """Count a call that nothing allowed."""
        with self._lock:
            if refusal in self._refusals or len(self._refusals) < MOST_REFUSALS:
                self._refusals[refusal] += 1

    def count_uses(self, grant: PermissionGrant) -> int:
        """How many calls a grant has allowed."""
        return self._uses.get(grant, 0)

    def list_refusals(self) -> Sequence[Mapping[str, Any]]:
        """What was refused, and how often."""
        with self._lock:
            return [{**refusal._asdict(), "count": count} for refusal, count in sorted(self._refusals.items())]

    def sum_counts(self) -> tuple[int, int]:
        """Calls that a grant allowed, and refused ones."""
        with self._lock:
            return sum(self._uses.values()), sum(self._refusals.values())

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self._uses.clear()
            self._refusals.clear()

    def dump(self) -> Mapping[str, Any]:
        """Everything, as JSON."""
        with self._lock:
            return {
                "uses": [[*grant, count] for grant, count in self._uses.items()],
                "refusals": [[*refusal, count] for refusal, count in self._refusals.items()],
            }

    def load(self, saved: Mapping[str, Any]) -> None:
        """Take what `dump` gave."""
        with self._lock:
            self._uses.update({PermissionGrant(*fields): count for *fields, count in saved["uses"]})
            self._refusals.update({PermissionRefusal(*fields): count for *fields, count in saved["refusals"]})
