"""The minute's look at everything overdue."""

from typing import Any

from apps.shop.application.sweep import sweep
from apps.shop.entrypoints.aws_lambda.runtime import logger, start

SHOP = start("sweeper")


def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Sweep once."""
    done = sweep(SHOP)
    logger.info("swept", extra=done)
    return done
