"""Why something was not done: refusals, which stay as they are, and what another try may get done."""

from collections.abc import Sequence


class ShopRefusalError(Exception):
    """A refusal; nothing was done. Its text is for whoever asked."""


class OrderNotFoundError(ShopRefusalError):
    """There is no such order, or it is somebody else's: which of the two is not said."""


class OrderConfirmedError(ShopRefusalError):
    """The order is confirmed and can't be cancelled any more."""


class OrderInFlightError(ShopRefusalError):
    """Another request with the same idempotency key is being stored."""


class KeyReusedError(ShopRefusalError):
    """The idempotency key belongs to an order with another body."""


class ShopFullError(ShopRefusalError):
    """More orders wait than the shop settles in time."""


class UnknownSkuError(ShopRefusalError):
    """Products of an order that the catalog does not have."""

    def __init__(self, skus: Sequence[str]) -> None:
        super().__init__(f"Not in the catalog: {', '.join(skus)}.")
        self.skus = tuple(skus)


class ProductNotFoundError(ShopRefusalError):
    """There is no such product."""


class UnknownQueueError(ShopRefusalError):
    """No consumer's queue has this name."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"No queue '{name[:40]}'; there are: {', '.join(sorted(known))}.")


class BadCursorError(ShopRefusalError):
    """A cursor that no page came with."""


class FaultsDisabledError(ShopRefusalError):
    """The action breaks something, and the settings allow no faults."""


class TryAgainError(Exception):
    """Something that may work later: the message stays in its queue, the client gets 503."""


class ContendedError(TryAgainError):
    """Others changed the same state at every try."""
