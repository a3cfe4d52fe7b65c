"""Orders over HTTP."""

from typing import Any

from apps.shop.entrypoints.aws_lambda.api import answer
from apps.shop.entrypoints.aws_lambda.runtime import environment_of, start
from apps.shop.entrypoints.checkout import ROUTES

SHOP = start("checkout")
ORIGIN_SECRET: str | None = environment_of("checkout").get("ORIGIN_VERIFY_SECRET_ARN")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Answer a request."""
    return answer(SHOP, event, ROUTES, origin_secret=ORIGIN_SECRET)
