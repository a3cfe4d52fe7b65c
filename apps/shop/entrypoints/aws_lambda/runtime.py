"""What every function shares: its environment, the shop, made once per execution environment, and the log."""

import os
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from apps.contracts.platforms.aws import read_aws_environment
from apps.shop.adapters.aws.shop import shop_on_aws
from apps.shop.application.shop import Shop
from apps.shop.domain.errors import TryAgainError

logger = Logger()

Records = Sequence[Mapping[str, Any]]


@cache
def environment_of(unit: str) -> Mapping[str, Any]:
    """The variables of this process, read as a unit's.

    Raises:
        ShopEnvironmentError: variables are missing, malformed or misspelt.
    """
    return read_aws_environment(unit, os.environ)


def start(unit: str) -> Shop:
    """The shop for a unit; called at import: a wrong environment fails the deployment's first call, not an order.

    Raises:
        ShopEnvironmentError: variables are missing, malformed or misspelt.
    """
    return shop_on_aws(environment_of(unit))


def process_records(records: Records, name: Callable[[Any], str], work: Callable[[Any], None]) -> dict[str, Any]:
    """Work on every record; those that failed are named, so that only they come again.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting
    """
    failed: list[dict[str, str]] = []
    for record in records:
        try:
            work(record)
        except TryAgainError as error:
            logger.warning("record comes again", extra={"record": name(record), "reason": str(error)})
            failed.append({"itemIdentifier": name(record)})
        except Exception:  # one record must not hold the others back
            logger.exception("record failed", extra={"record": name(record)})
            failed.append({"itemIdentifier": name(record)})
    logger.info("batch", extra={"records": len(records), "failed": len(failed)})
    return {"batchItemFailures": failed}
