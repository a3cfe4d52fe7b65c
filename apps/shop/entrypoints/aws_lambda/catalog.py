"""Products over HTTP."""

from typing import Any

from apps.shop.entrypoints.aws_lambda.api import answer
from apps.shop.entrypoints.aws_lambda.runtime import start
from apps.shop.entrypoints.catalog import ROUTES

SHOP = start("catalog")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer a request."""
    return answer(SHOP, event, ROUTES)
