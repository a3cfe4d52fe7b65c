"""Who applies which event stands in the contract, and only there."""

from apps.contracts.consumers import consumers
from apps.contracts.documents import events


def test_every_event_of_the_contract_is_one_that_can_be_sent() -> None:
    applied = {type_ for types in consumers().values() for type_ in types}
    assert applied <= set(events())
