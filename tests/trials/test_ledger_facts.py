"""What an answer means."""

from typing import Any

import pytest

from trials.ledger_facts import LedgerFacts, attempt_outcome, parse_ledger


def parse_answers(*answers: dict[str, Any]) -> LedgerFacts:
    found: list[dict[str, Any]] = []
    for number, answer in enumerate(answers, start=1):
        attempt = {"line": "attempt", "n": number, "at": 1.0 + number, "customer": "c", "key": "k", "body": "b"}
        found += [attempt, {"line": "answer", "n": number, "at": 1.5 + number, **answer}]
    return parse_ledger(found)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ({"status": 202, "order": "o"}, "accepted"),
        ({"status": 429}, "shed"),
        ({"status": 503, "code": "shop_full", "retry": True}, "shed"),
        ({"status": 503}, "ambiguous"),
        ({"status": 504}, "ambiguous"),
        ({"status": None, "why": "ReadTimeout"}, "ambiguous"),
        ({"status": 409, "code": "order_in_flight"}, "refused"),
        ({"status": 422, "code": "key_reused"}, "refused"),
        ({"status": 500, "code": "internal_error"}, "failed"),
        ({"status": 200}, "failed"),
    ],
)
def test_an_answer_means_what_the_contract_says(answer: dict[str, Any], meaning: str) -> None:
    assert attempt_outcome(answer) == meaning


def test_a_key_that_was_only_refused_can_not_have_an_order() -> None:
    (facts,) = parse_answers({"status": 429}, {"status": 503, "code": "shop_full", "retry": True}).keys.values()
    assert facts.is_refused


@pytest.mark.parametrize(
    "answer",
    [
        {"status": None},
        {"status": 500, "code": "internal_error"},
        {"status": 503},
        {"status": 503, "code": "busy", "retry": True},
    ],
)
def test_after_an_answer_that_says_nothing_for_sure_an_order_may_be_there(answer: dict[str, Any]) -> None:
    (facts,) = parse_answers({"status": 429}, answer).keys.values()
    assert not facts.is_refused


def test_a_server_error_is_unexplained_and_a_gateways_shedding_is_not() -> None:
    assert parse_answers({"status": 503}, {"status": 429}).unexplained == []
    assert parse_answers({"status": 502}).unexplained == ["attempt 1: 502"]
    assert parse_answers({"status": 500, "code": "internal_error"}).unexplained == ["attempt 1: 500 internal_error"]


def test_the_shops_own_shedding_must_say_when_to_come_again() -> None:
    assert parse_answers({"status": 503, "code": "shop_full"}).hasty == ["attempt 1: 503 shop_full"]
    assert parse_answers({"status": 503, "code": "shop_full", "retry": True}).hasty == []


@pytest.mark.parametrize(
    ("states", "backwards"),
    [
        (("PENDING", "RESERVED", "CONFIRMED", "CONFIRMED"), False),
        (("PENDING", "CANCELLED"), False),
        (("RESERVED", "PENDING"), True),
        (("CONFIRMED", "CANCELLED"), True),
        (("CANCELLED", "CONFIRMED"), True),
    ],
)
def test_an_order_that_is_seen_going_back_is_named(states: tuple[str, ...], backwards: bool) -> None:
    seen = [{"line": "seen", "at": float(at), "order": "o", "state": state} for at, state in enumerate(states)]
    assert bool(parse_ledger(seen).backwards) == backwards


def test_a_clock_that_was_set_back_is_noticed() -> None:
    seen = [{"line": "seen", "at": at, "order": "o", "state": "PENDING"} for at in (2.0, 1.0, 3.0)]
    assert parse_ledger(seen).disordered == 1
