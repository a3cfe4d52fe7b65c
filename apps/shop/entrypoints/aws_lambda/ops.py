"""What operators call with rights of their own; no HTTP leads here."""

from typing import Any

from apps.shop.entrypoints.aws_lambda.runtime import logger, start
from apps.shop.entrypoints.operations import carry_out
from apps.shop.entrypoints.problems import ApiProblem

SHOP = start("ops")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Carry out an action; a refused one comes back as its problem."""
    try:
        answer = carry_out(SHOP, event)
    except ApiProblem as problem:
        logger.info("operator action refused", extra={"code": problem.code})
        return {"problem": problem.body()}
    logger.info("operator action", extra={"action": event["action"]})
    return answer
