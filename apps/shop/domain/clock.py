"""Times as the shop writes them: UTC, sortable as text."""

from datetime import UTC, datetime, timedelta


def format_time(moment: datetime) -> str:
    """Format a moment with milliseconds, e.g. 2026-01-31T12:00:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse(text: str) -> datetime:
    """Parse a moment from its text."""
    return datetime.fromisoformat(text)


def add_seconds(moment: datetime, seconds: float) -> str:
    """The moment some seconds later, as text."""
    return format_time(moment + timedelta(seconds=seconds))
