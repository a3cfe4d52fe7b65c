"""Lambda: what functions reserve of the account, and what they keep warm."""

from collections.abc import Iterator

from engine.protocol import CheckFailure
from sandbox.aws.checks.identity import FUNCTION, FUNCTION_ALIAS, bare_name
from sandbox.aws.checks.rules import rule
from sandbox.aws.checks.services.functions import LATEST, PROVISIONED
from sandbox.aws.checks.view import View, shown
from sandbox.aws.checks.world import World

CONCURRENCY = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"
WARM = "https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html"
# What functions without a reservation keep.
FLOOR = 100


@rule(FUNCTION, source=CONCURRENCY)
def reserved_concurrency(view: View, world: World) -> Iterator[CheckFailure]:
    """What all functions reserve leaves the account its floor."""
    path = "reservedConcurrentExecutions"
    wanted = view.number(path)
    if wanted is None:
        return
    if wanted < -1 or not isinstance(wanted, int):
        yield view.fail(path, f"is {wanted}; use 0 or more, or -1 for no reservation")
        return
    others = [View(other).number(path) or 0 for other in world.others(FUNCTION, view.name)]
    taken = sum(number for number in others if number > 0)
    free = max(world.account_concurrency - FLOOR - taken, 0)
    if wanted > free:
        beside = f" and other functions reserve {taken}" if taken else ""
        reason = (
            f"is {wanted}; the account runs {world.account_concurrency} at once{beside}, and {FLOOR} stay unreserved: "
            f"use {free} or less, or ask AWS for a higher quota"
        )
        yield view.fail(path, reason)


@rule(PROVISIONED, source=WARM)
def provisioned_version(view: View, world: World) -> Iterator[CheckFailure]:
    """What is kept warm is a published version."""
    name = view.text("qualifier")
    alias = world.find(FUNCTION_ALIAS, f"{bare_name(view.text('functionName'))}:{name}")
    if name == LATEST:
        yield view.fail("qualifier", f'is "{LATEST}"; use a published version or an alias of one')
    elif alias and View(alias).known("functionVersion") == LATEST:
        yield view.fail("qualifier", f'is {shown(name)}, an alias of "{LATEST}"; point it to a published version')


@rule(PROVISIONED, source=WARM)
def provisioned_within_reserved(view: View, world: World) -> Iterator[CheckFailure]:
    """No more is kept warm than the function reserves."""
    path, function = "provisionedConcurrentExecutions", world.find(FUNCTION, view.text("functionName"))
    wanted, reserved = view.number(path), View(function or {}).number("reservedConcurrentExecutions")
    if wanted is not None and reserved is not None and 0 <= reserved < wanted:
        yield view.fail(
            path, f"is {wanted}, more than the {reserved} that the function reserves; use {reserved} or less"
        )
