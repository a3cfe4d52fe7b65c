"""Orders over HTTP."""

from typing import Any

from apps.shop.entrypoints.aws_lambda.api import answer
from apps.shop.entrypoints.ordering import ROUTES


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer a request."""
    return answer(event, ROUTES, verify_origin=True)
