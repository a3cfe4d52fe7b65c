"""Stock, driven by events."""

from typing import Any

from apps.shop.entrypoints.aws_lambda.queue import consume
from apps.shop.entrypoints.aws_lambda.runtime import start

SHOP = start("inventory")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handle a batch of messages."""
    return consume(SHOP, event, "inventory")
