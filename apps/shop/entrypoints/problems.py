"""Refusals as clients and operators get them: stable codes, one status each (apps/contracts/problems.json)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from apps.contracts import PROBLEMS
from apps.shop.domain import errors
from apps.shop.domain.errors import ShopRefusalError, TryAgainError, UnknownSkuError

# Code, and seconds after which another try makes sense, of every error that is an answer.
MEANINGS: Mapping[type[Exception], tuple[str, int | None]] = {
    errors.BadCursorError: ("bad_cursor", None),
    errors.FaultsDisabledError: ("faults_disabled", None),
    errors.KeyReusedError: ("key_reused", None),
    errors.OrderConfirmedError: ("order_confirmed", None),
    errors.OrderInFlightError: ("order_in_flight", 1),
    errors.OrderNotFoundError: ("order_not_found", None),
    errors.ProductNotFoundError: ("product_not_found", None),
    errors.ShopFullError: ("shop_full", 2),
    errors.TryAgainError: ("busy", 1),
    errors.UnknownQueueError: ("unknown_queue", None),
    errors.UnknownSkuError: ("unknown_sku", None),
}


@dataclass(eq=False)
class ApiProblem(Exception):  # noqa: N818 - RFC 9457's word
    """A refusal in the form of RFC 9457 (application/problem+json).

    Not frozen: contextlib writes `__traceback__` to exceptions that pass through it.
    """

    code: str
    """Stable; clients decide by it."""
    detail: str
    retry_after: int | None = None
    """Seconds after which another try makes sense."""
    fields: tuple[dict[str, str], ...] = field(default=())
    """Bad fields with a reason each."""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    """What HTTP asks for beside the body, e.g. `allow`."""

    @property
    def status(self) -> int:
        """The code's status."""
        return _statuses()[self.code]

    def body(self) -> dict[str, object]:
        """The problem document."""
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


def problem_of(error: ShopRefusalError | TryAgainError) -> ApiProblem:
    """The problem that an error of the shop is to whoever asked."""
    code, retry_after = next(MEANINGS[kind] for kind in type(error).__mro__ if kind in MEANINGS)
    if isinstance(error, TryAgainError):  # its reason is for the log
        return ApiProblem(code, "The shop is busy; try the same request again.", retry_after)
    skus = error.skus if isinstance(error, UnknownSkuError) else ()
    fields = tuple({"field": "lines", "reason": f"unknown sku '{sku}'"} for sku in skus)
    return ApiProblem(code, str(error), retry_after, fields)


@cache
def _statuses() -> Mapping[str, int]:
    return {code: about["status"] for code, about in json.loads(PROBLEMS.read_text(encoding="utf-8")).items()}
