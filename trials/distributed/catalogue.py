"""What a shop sells, asked before a distributed run: the product with the least stock first, which is the hot one."""

from collections.abc import Sequence
from typing import Any

import requests  # pyright: ignore[reportMissingModuleSource] - of locust's environment

from trials.buying import REQUEST_SECONDS, identity

ASKING = "trial-catalogue"


class CatalogueError(Exception):
    """The shop does not answer as it should, or sells nothing."""


def sold(base_url: str, token: str | None) -> Sequence[str]:
    """The products that are in stock.

    Raises:
        CatalogueError: nobody answers as the contract says, or nothing is in stock.
    """
    with requests.Session() as session:
        session.trust_env = False  # as the customers themselves: no proxy of the environment
        session.headers.update(identity(ASKING, token))
        try:
            products = [str(product["sku"]) for product in _get(session, f"{base_url}/v1/products?limit=100")["items"]]
            stock = {sku: _get(session, f"{base_url}/v1/products/{sku}/availability")["available"] for sku in products}
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            msg = f"--host: {base_url} does not answer as a shop should: {error}"
            raise CatalogueError(msg) from error
    found = sorted((sku for sku in products if stock[sku] > 0), key=lambda sku: stock[sku])
    if not found:
        msg = f"--host: {base_url} sells nothing: its catalogue is empty or sold out"
        raise CatalogueError(msg)
    return found


def _get(session: requests.Session, url: str) -> Any:
    answer = session.get(url, timeout=REQUEST_SECONDS)
    answer.raise_for_status()
    return answer.json()
