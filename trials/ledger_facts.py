"""What a client's ledger says: its lines joined by customer and idempotency key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

AttemptOutcome = Literal["accepted", "shed", "refused", "failed", "ambiguous"]
OUTCOMES: tuple[AttemptOutcome, ...] = ("accepted", "shed", "refused", "failed", "ambiguous")
ACCEPTED, SHED = 202, frozenset({429, 503})
SERVER_ERROR = 500
TERMINAL = frozenset({"CONFIRMED", "CANCELLED"})
"""States in which an order ends."""
RANK = {"PENDING": 0, "RESERVED": 1, "CONFIRMED": 2, "CANCELLED": 2}
# The problem of a store that failed: whether it had stored the order is not known, and the same key finds out.
UNSURE = frozenset({"busy"})
# A key whose first request is still under way, or that was used for another body: the client must act, nothing failed.
REFUSALS = range(400, 500)


@dataclass(slots=True)
class KeyFacts:
    """Everything that was sent and answered under one idempotency key."""

    customer: str
    bodies: dict[str, dict[str, int]] = field(default_factory=dict)
    """Quantity by SKU of what was sent, by the body's digest."""
    orders: dict[str, str] = field(default_factory=dict)
    """Digest of the body that was accepted, by order id."""
    digests: set[str] = field(default_factory=set)
    """Of the answers that accepted."""
    attempts: int = 0
    ambiguous: int = 0
    """Attempts whose outcome the client does not know."""

    @property
    def is_refused(self) -> bool:
        """Whether no attempt under this key can have made an order."""
        return not self.orders and not self.ambiguous


@dataclass(slots=True)
class LedgerFacts:
    """A whole ledger."""

    keys: dict[tuple[str, str], KeyFacts] = field(default_factory=dict)
    """By customer and key."""
    accepted: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Customer and key, by order id."""
    outcomes: dict[AttemptOutcome, int] = field(default_factory=lambda: dict.fromkeys(OUTCOMES, 0))
    """How many attempts had each outcome."""
    unexplained: list[str] = field(default_factory=list)
    """Answers that the contract knows no reason for."""
    hasty: list[str] = field(default_factory=list)
    """Refusals by the shop's own load shedding that do not say when to come again."""
    backwards: list[str] = field(default_factory=list)
    """Orders that a customer saw in an earlier state than before."""
    states: dict[str, str] = field(default_factory=dict)
    """The last state in which an order was seen."""
    facts: list[Mapping[str, Any]] = field(default_factory=list)
    """Lines about what the trial itself did, such as a message that it poisoned."""
    customers: set[str] = field(default_factory=set)
    latest: float = 0.0
    """Seconds since the epoch of the last line, by the client's clock."""
    disordered: int = 0
    """Lines whose time lies before that of the line above."""


def parse_ledger(lines: Iterable[Mapping[str, Any]]) -> LedgerFacts:
    """Join a ledger's lines, as `trials.ledger.read_lines` gives them. An attempt without an answer is ambiguous.

    Raises:
        KeyError: a line lacks what its kind has.
    """
    found = LedgerFacts()
    unanswered: dict[int, tuple[str, str, str]] = {}
    for line in lines:
        found.disordered += line["at"] < found.latest
        found.latest = max(found.latest, line["at"])
        match line["line"]:
            case "attempt":
                unanswered[line["n"]] = (line["customer"], line["key"], line["body"])
                _add_attempt(found, line)
            case "answer":
                customer, key, body = unanswered.pop(line["n"])
                _add_answer(found, found.keys[customer, key], (customer, key), body, line)
            case "seen":
                _add_sight(found, line["order"], line["state"])
            case _:
                found.facts.append(line)
    for customer, key, _ in unanswered.values():
        found.keys[customer, key].ambiguous += 1
        found.outcomes["ambiguous"] += 1
    return found


def attempt_outcome(line: Mapping[str, Any]) -> AttemptOutcome:
    """What an answer means for the order.

    A refusal by status alone, without a problem of the shop's, comes from something in front of it: 5xx of that kind
    may have been given after the shop had stored the order, 429 never is.
    """
    status, own = line.get("status"), line.get("code")
    if status is None:
        return "ambiguous"
    if status == ACCEPTED:
        return "accepted"
    if status in SHED and (own or status == 429):
        return "shed"
    if status >= SERVER_ERROR:
        return "failed" if own else "ambiguous"
    return "refused" if status in REFUSALS else "failed"


def _add_attempt(found: LedgerFacts, line: Mapping[str, Any]) -> None:
    facts = found.keys.get((line["customer"], line["key"]))
    if facts is None:
        facts = found.keys[line["customer"], line["key"]] = KeyFacts(line["customer"])
        found.customers.add(line["customer"])
    facts.attempts += 1
    facts.bodies[line["body"]] = dict(line.get("lines", ()))


def _add_answer(found: LedgerFacts, facts: KeyFacts, key: tuple[str, str], body: str, line: Mapping[str, Any]) -> None:
    outcome = attempt_outcome(line)
    found.outcomes[outcome] += 1
    if outcome == "accepted":
        order = line["order"]
        facts.orders.setdefault(order, body)
        facts.digests.add(line.get("digest", ""))
        found.accepted.setdefault(order, key)
    elif outcome == "ambiguous":
        facts.ambiguous += 1
        # A gateway that sheds with 503 is what was asked for; any other answer of its own is not.
        if line.get("status") is not None and line["status"] not in SHED:
            found.unexplained.append(f"attempt {line['n']}: {line['status']}")
    elif outcome == "failed":
        facts.ambiguous += 1
        found.unexplained.append(f"attempt {line['n']}: {line['status']} {line.get('code', '')}")
    elif outcome == "shed":
        facts.ambiguous += line.get("code") in UNSURE
        if line.get("code") and not line.get("retry"):
            found.hasty.append(f"attempt {line['n']}: {line['status']} {line['code']}")


def _add_sight(found: LedgerFacts, order: str, state: str) -> None:
    before = found.states.get(order)
    has_left_its_end = before in TERMINAL and state != before
    if before is not None and (RANK.get(state, 0) < RANK.get(before, 0) or has_left_its_end):
        found.backwards.append(f"order {order}: seen {state} after {before}")
    found.states[order] = state
