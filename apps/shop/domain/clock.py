"""Times as the shop writes them: UTC, sortable as text."""

from datetime import UTC, datetime, timedelta


def text(moment: datetime) -> str:
    """A moment with milliseconds, e.g. 2026-01-31T12:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """A moment from its text."""
    return datetime.fromisoformat(text)


def after(moment: datetime, seconds: float) -> str:
    """A later moment, as text."""
    return text(moment + timedelta(seconds=seconds))
