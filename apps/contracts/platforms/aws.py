"""The environment of the shop's functions on AWS."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Generic, NotRequired, TypedDict

from apps.contracts.environment import TEXT, ShopEnvironment, T, VariableFormat, read_environment

QUEUE_PARTS = ("url", "dead_letter_url")


def _read_queues(text: str) -> Mapping[str, Mapping[str, str]]:
    return {name: {part: str(urls[part]) for part in QUEUE_PARTS} for name, urls in json.loads(text).items()}


QUEUES = VariableFormat("a JSON object of queues with 'url' and 'dead_letter_url' each", _read_queues)


class AwsEnvironment(ShopEnvironment[T], Generic[T]):
    """What every function is given."""

    CATALOG_TABLE: Annotated[T, TEXT]
    """The name of the table of products."""
    ORDERS_TABLE: Annotated[T, TEXT]
    """The name of the table of orders."""
    INVENTORY_TABLE: Annotated[T, TEXT]
    """The name of the table of stock and reservations."""
    PAYMENTS_TABLE: Annotated[T, TEXT]
    """The name of the table of payments."""
    EVENT_BUS: Annotated[T, TEXT]
    """The name of the bus that events are published to."""
    POWERTOOLS_SERVICE_NAME: Annotated[T, TEXT]
    """The function's name in its log:
    https://docs.aws.amazon.com/powertools/python/latest/#environment-variables
    """


class CheckoutVariables(TypedDict, Generic[T]):
    """What `checkout` is given as well."""

    ORIGIN_VERIFY_SECRET_ARN: NotRequired[Annotated[T, TEXT]]
    """The secret with the accepted values of the header that CloudFront adds; without it any caller is answered."""


class OpsVariables(TypedDict, Generic[T]):
    """What `ops` is given as well."""

    QUEUE_URLS: Annotated[T, QUEUES]
    """The consumers' queues and their dead-letter queues, as JSON."""


class CheckoutEnvironment(AwsEnvironment[T], CheckoutVariables[T], Generic[T]):
    """The environment of `checkout`."""


class OpsEnvironment(AwsEnvironment[T], OpsVariables[T], Generic[T]):
    """The environment of `ops`."""


def read_aws_environment(unit: str, variables: Mapping[str, str]) -> Mapping[str, Any]:
    """The values of a function's variables, by name.

    Args:
        unit: The function, such as `checkout`.
        variables: What its process was given.

    Raises:
        ShopEnvironmentError: variables are missing, malformed or misspelt; all are named at once.
    """
    schema = {"checkout": CheckoutEnvironment, "ops": OpsEnvironment}.get(unit, AwsEnvironment)
    return read_environment(schema, variables, known=(CheckoutVariables, OpsVariables))
