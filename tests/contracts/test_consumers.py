"""Who applies which event stands in the contract; the stack and the shop in one process follow it."""

from apps.contracts.documents import consumers, events
from apps.shop.adapters.memory import SUBSCRIPTIONS
from stacks.aws.parts import EVENTS

TABLES = {"orders": "orders", "inventory": "inventory", "payment": "payments"}


def test_the_stacks_rules_deliver_what_the_contract_says() -> None:
    assert {TABLES[name]: list(types) for name, types in EVENTS.items()} == consumers()


def test_the_shop_in_one_process_delivers_what_the_contract_says() -> None:
    assert {TABLES[name]: list(types) for name, types in SUBSCRIPTIONS.items()} == consumers()


def test_every_event_of_the_contract_is_one_that_can_be_sent() -> None:
    applied = {type_ for types in consumers().values() for type_ in types}
    assert applied <= set(events())
