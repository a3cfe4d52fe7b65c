"""What a mutant does to the events that analytics counts."""

from trials.mutations import Line, Record


def drops_a_sale(_: list[Line], records: list[Record]) -> None:
    """Drops a sale."""
    records.remove(_sale(records))


def counts_a_sale_twice(_: list[Line], records: list[Record]) -> None:
    """Counts a sale twice: under another event's id, for the same event twice is what at-least-once delivery does."""
    table, sale = _sale(records)
    records.append((table, {**sale, "event_id": "44444444-4444-7444-8444-444444444444"}))


def counts_another_amount(_: list[Line], records: list[Record]) -> None:
    """Counts another amount."""
    _sale(records)[1]["total_minor"] += 1


def counts_a_sale_of_nobody(_: list[Line], records: list[Record]) -> None:
    """Counts a sale that no store knows."""
    table, sale = _sale(records)
    nobody = "55555555-5555-7555-8555-555555555555"
    records.append((table, {**sale, "pk": f"ORDER#{nobody}", "order_id": nobody, "event_id": nobody}))


def _sale(records: list[Record]) -> Record:
    return next((table, record) for table, record in records if record["kind"] == "sale")
