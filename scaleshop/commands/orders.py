"""`scaleshop order` and `redrive`: what a customer and an operator do."""

import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from scaleshop import console
from scaleshop.errors import CommandError, Exit
from scaleshop.options import TOKEN, ArchOption, AsJson, Stack, Target
from scaleshop.session import open_session


def order(
    sku: Annotated[str, typer.Option(help="What to buy.")] = "MUG-01",
    quantity: Annotated[int, typer.Option(min=1, max=20, help="How many.")] = 1,
    payment: Annotated[str, typer.Option(help="What the fake provider does: ok, decline, slow, ...")] = "ok",
    key: Annotated[str | None, typer.Option(help="Idempotency key (default a new one).")] = None,
    customer: Annotated[str, typer.Option(help="Who buys, where authentication is off.")] = "console",
    seconds: Annotated[float, typer.Option(min=0, help="How long to follow it.")] = 30,
    arch: ArchOption = None,
    stack: Stack = None,
    target: Target = "sandbox",
    as_json: AsJson = False,
) -> None:
    """Place an order and follow it to its end. Exit code 0 means CONFIRMED.

    Examples: `scaleshop order --sku MUG-01 --quantity 2`, `scaleshop order --payment decline --json`
    """
    from trials.client import Customer, ShopError, body  # noqa: PLC0415 - loads an HTTP client

    shop = open_session(arch, stack, target=target).require_shop()
    buyer = Customer(shop.api_url, os.environ.get(TOKEN), customer)
    try:
        answer = buyer.order({sku: quantity}, payment, key)
        placed = body(answer)
        if answer.status_code != 202:
            _explain_refusal(placed, answer.status_code, as_json=as_json)
        if not as_json:
            replayed = " (a replay)" if answer.headers.get("idempotency-replayed") else ""
            console.err().print(f"{placed['order_id']} {placed['state']}{replayed}", markup=False)
        ended = buyer.follow(placed["order_id"], seconds)
    except ShopError as error:
        msg = f"The shop does not answer as it should: {error}"
        raise CommandError(msg, Exit.FAILED) from error
    finally:
        buyer.close()
    if as_json:
        console.print_json(ended)
    else:
        console.out().print(_line(ended), markup=False)
    if ended["state"] != "CONFIRMED":
        raise typer.Exit(Exit.FAILED)


def redrive(
    queue: Annotated[str, typer.Argument(help="Consumer: orders, inventory or payment.")],
    dry_run: Annotated[bool, typer.Option(help="Only show what waits.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Most messages to move.")] = 100,
    arch: ArchOption = None,
    stack: Stack = None,
    target: Target = "sandbox",
    as_json: AsJson = False,
) -> None:
    """Send dead letters back to their queue.

    Examples: `scaleshop redrive orders --dry-run`, `scaleshop redrive payment --limit 10`
    """
    shop = open_session(arch, stack, target=target).require_shop()
    found = shop.operate("redrive", queue=queue, dry_run=dry_run, limit=limit)
    if as_json:
        console.print_json(found)
        return
    printed = console.out()
    if dry_run and found.get("letters"):
        table = console.table("type", "order", "message")
        for letter in found["letters"]:
            table.add_row(letter["type"], letter["order_id"], letter["message_id"])
        printed.print(table)
    printed.print(f"{queue}: {found['found']} dead letters, {found['moved']} moved", markup=False)


def _explain_refusal(problem: dict[str, Any], status: int, *, as_json: bool) -> None:
    if as_json:
        console.print_json(problem)
        raise typer.Exit(Exit.FAILED)
    msg = f"The shop refused the order: {status} {problem.get('code', '')}: {problem.get('detail', problem)}"
    raise CommandError(msg, Exit.FAILED)


def _line(ended: Mapping[str, Any]) -> str:
    total = f"{ended.get('total_minor', 0) / 100:.2f} {ended.get('currency', '')}"
    reason = f" ({ended['reason']})" if ended.get("reason") else ""
    return f"{ended.get('order_id')} {ended.get('state')}{reason} {total}"
