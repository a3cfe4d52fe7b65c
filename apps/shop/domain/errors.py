"""What a client may be told: stable codes, one status each."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A refusal in the form of RFC 9457 (application/problem+json).

    Not frozen: contextlib writes `__traceback__` to exceptions that pass through it.
    """

    status: int
    code: str
    """Stable; clients decide by it. All are listed in apps/contracts/problems.json."""
    detail: str
    retry_after: int | None = None
    """Seconds after which another try makes sense."""
    fields: tuple[dict[str, str], ...] = field(default=())
    """Bad fields with a reason each."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What HTTP asks for beside the body, e.g. `allow`."""

    def body(self) -> dict[str, object]:
        shown: dict[str, object] = {
            "type": f"https://errors.shop.example/{self.code}",
            "title": self.code.replace("_", " "),
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.fields:
            shown["errors"] = list(self.fields)
        return shown


class TryAgainError(Exception):
    """Something that may work later: the message stays in its queue, the client gets 503."""
