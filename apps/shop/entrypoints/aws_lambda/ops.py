"""What operators call with rights of their own; no HTTP leads here."""

from typing import Any

from apps.shop.application.operating import operate
from apps.shop.domain.errors import Problem
from apps.shop.entrypoints.aws_lambda.runtime import logger, start

SHOP = start("ops")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Carry out an action; a refused one comes back as its problem."""
    try:
        answer = operate(SHOP, event)
    except Problem as problem:
        logger.info("operator action refused", extra={"code": problem.code})
        return {"problem": problem.body()}
    logger.info("operator action", extra={"action": event["action"]})
    return answer
