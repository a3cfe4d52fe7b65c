"""What a client may be told: stable codes, one status each."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Problem(Exception):  # noqa: N818 - RFC 9457's word
    """A refusal in the form of RFC 9457 (application/problem+json)."""

    status: int
    code: str
    """Stable; clients decide by it."""
    detail: str
    retry_after: int | None = None
    """Seconds after which another try makes sense."""
    fields: tuple[dict[str, str], ...] = field(default=())
    """Bad fields with a reason each."""

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
    """Something that may work later: the message stays in its queue."""
