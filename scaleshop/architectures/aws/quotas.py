"""Quotas of the sandbox's account: `--quota NAME=NUMBER` read, checked, and handed to the running data plane."""

from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.aws.emulator import known_quotas, quota_refusal
from sandbox.host.local_http import LocalHttpError, request_json
from scaleshop.errors import CommandError, Exit

CONCURRENCY = "lambda.concurrency"


def parse(texts: Sequence[str]) -> dict[str, int]:
    """The quotas that a command's options name.

    Raises:
        CommandError: one can't be set; every bad one is named.
    """
    found: dict[str, int] = {}
    wrong: list[str] = []
    for text in texts:
        name, _, number = text.partition("=")
        value = int(number) if number.isascii() and number.isdigit() else number
        refused = _twice(name, value, found) or quota_refusal(name, value) if number else _missing(name)
        if refused:
            wrong.append(f"  --quota {text}: {refused}")
        elif isinstance(value, int):
            found[name] = value
    if wrong:
        raise CommandError("\n".join(["These quotas can't be set:", *wrong]), Exit.USAGE)
    return found


def apply(endpoint: str, asked: Mapping[str, int], account_concurrency: int | None = None) -> Mapping[str, int]:
    """Make the data plane's quotas those that are asked for, and all others AWS's.

    Args:
        endpoint: Where the plane serves.
        asked: Quotas by name.
        account_concurrency: What the stack's settings say that the account has, unless it is asked for.

    Returns:
        The quotas that were set before and are AWS's again.

    Raises:
        CommandError: the plane does not take them.
    """
    stated = {CONCURRENCY: account_concurrency} if account_concurrency else {}
    listed = _exchange("GET", endpoint, None)["quotas"]
    defaults = {quota["name"]: quota["default"] for quota in listed}
    wanted = {name: value for name, value in {**stated, **asked}.items() if value != defaults.get(name)}
    before = {quota["name"]: quota["value"] for quota in listed if quota["value"] != quota["default"]}
    if before != wanted:
        _exchange("PUT", endpoint, wanted)
    return {name: value for name, value in before.items() if name not in wanted}


def _missing(name: str) -> str:
    known = known_quotas().get(name)
    default = known.default if known else 10
    return f"write a number, as in `{name or CONCURRENCY}={default}`"


def _twice(name: str, value: object, found: Mapping[str, int]) -> str | None:
    return f"it is {found[name]} already" if found.get(name, value) != value else None


def _exchange(method: str, endpoint: str, document: Mapping[str, int] | None) -> Mapping[str, Any]:
    try:
        return dict(request_json(f"{endpoint}/_sandbox/quotas", method=method, document=document))
    except LocalHttpError as error:
        msg = (
            f"The data plane at {endpoint} does not take quotas: {error}\n"
            "One of an older version may still run: `scaleshop down`, then `scaleshop up`."
        )
        raise CommandError(msg, Exit.ENVIRONMENT) from error
