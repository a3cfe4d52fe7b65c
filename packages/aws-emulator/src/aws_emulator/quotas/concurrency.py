"""How an account's concurrency is shared among its functions.

Every function with a reservation has that much and no more; the others share what is left, except for what is
provisioned for one of them. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ConcurrencyShare:
    """What a function has for itself."""

    reserved: int | None = None
    provisioned: int = 0

    @property
    def exclusive(self) -> int:
        """What others can't have."""
        return self.provisioned if self.reserved is None else self.reserved


def find_exceeded_limit(
    name: str, shares: Mapping[str, ConcurrencyShare], running: Mapping[str, int], account: int
) -> Literal["function", "account"] | None:
    """Whose limit one more execution of a function would break; None if it may run.

    Args:
        name: The function.
        shares: What functions have for themselves; others have nothing.
        running: Executions under way, by function.
        account: The account's quota.
    """
    own, now = shares.get(name, ConcurrencyShare()), running.get(name, 0)
    if own.reserved is not None and now >= own.reserved:
        return "function"
    if sum(running.values()) >= account:
        return "account"
    if own.reserved is not None or now < own.provisioned:
        return None
    common = account - sum(share.exclusive for share in shares.values())
    return "account" if _count_common(shares, running) >= common else None


def validate_reservation(
    name: str, wanted: int, shares: Mapping[str, ConcurrencyShare], account: int, floor: int
) -> str | None:
    """AWS's text where a reservation would leave too little to the other functions.

    Args:
        name: The function.
        wanted: What it is to reserve.
        shares: What functions have for themselves.
        account: The account's quota.
        floor: What must stay unreserved; the whole quota where that is smaller.
    """
    least = min(floor, account)
    others = sum(share.exclusive for other, share in shares.items() if other != name)
    if account - others - wanted >= least:
        return None
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        f"below its minimum value of [{least}]."
    )


def validate_provisioning(
    name: str, wanted: int, shares: Mapping[str, ConcurrencyShare], account: int, floor: int
) -> str | None:
    """AWS's text where a function may not keep so many environments ready.

    Args:
        name: The function.
        wanted: All that is provisioned for its versions and aliases.
        shares: What functions have for themselves.
        account: The account's quota.
        floor: What must stay unreserved.
    """
    reserved = shares.get(name, ConcurrencyShare()).reserved
    if reserved is None:
        text = validate_reservation(name, wanted, shares, account, floor)
        return text and text.replace("ReservedConcurrentExecutions", "ConcurrentExecutions")
    if wanted > reserved:
        return (
            "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for function"
        )
    return None


def _count_common(shares: Mapping[str, ConcurrencyShare], running: Mapping[str, int]) -> int:
    """Executions that run on what functions share."""
    found = ((shares.get(name, ConcurrencyShare()), count) for name, count in running.items())
    return sum(max(count - share.provisioned, 0) for share, count in found if share.reserved is None)
